"""Wrong input of every sort: where it is, what it is, what would be right; nothing is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.program import FAKES, Command, Ran, on_fakes

MALFORMED = """
suite: xtreme
model: no
seeds: [1, "2"]
limit_eval: 1e3
recipes:
  mine:
    source: mine
    all: {learning_rate: 1e-5, batch: 8, epoch: 3}
"""


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every finished file of a store."""
    return {str(p): p.read_bytes() for p in folder.glob("phases/**/*") if p.is_file()}


def refused(ran: Ran) -> str:
    """Return the message of a command that must refuse its input, line by line."""
    assert ran.status == 2, ran.err
    assert ran.out == "" or ran.json["error"]["exit_status"] == 2
    assert "\nxharness: " in f"\n{ran.err}"
    assert "Traceback" not in ran.err
    return ran.err


def test_a_wrong_name_is_refused_before_anything_runs(compare: Command) -> None:
    """Wrong names, of which test_wrong_inputs.py has all sorts, leave no store behind."""
    refused(compare("--targets", "colurs"))
    refused(compare("--device", "gpu"))

    assert not Path("store").exists()


def test_all_wrong_names_make_one_message(compare: Command) -> None:
    """Five mistakes on one command line are five lines of one message."""
    ran = compare(
        *("--targets", "colurs", "--intermediates", "frst", "--strategies", "englsh"),
        *("--languages", "xx", "--model", "fak-model"),
    )

    assert refused(ran).splitlines()[0] == "xharness: command line: 5 problems"
    assert len(ran.err.splitlines()) == 6


def test_every_problem_of_a_config_file_at_once(compare: Command) -> None:
    """Numbers that YAML reads as text and an unquoted no are named with what to write."""
    Path("mine.yaml").write_text(MALFORMED, "utf-8")
    message = refused(compare("--config", "mine.yaml"))

    assert message.splitlines()[0] == "xharness: mine.yaml: 5 problems"
    for part in (
        "model: YAML reads an unquoted no as False; quote it: 'no'",
        "seeds.1: '2' is wrong; input should be a valid integer",
        "limit_eval: '1e3' is wrong; input should be a valid integer",
        "recipes.mine.all.learning_rate: '1e-5' is text to YAML; write 1.0e-05",
        "recipes.mine.all: no recipe field is called 'epoch'; did you mean epochs?",
    ):
        assert part in message


def test_a_malformed_tasks_yaml(
    compare: Command, xharness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mistakes in tasks.yaml itself are found in the same way, also by the list of suites."""
    from xharness.planning import settings

    text = settings.defaults_path().read_text("utf-8")
    path = Path("tasks.yaml").absolute()
    path.write_text(
        re.sub(r"learning_rate: [\d.e-]+", "learning_rate: 1e-3", text, count=1).replace(
            "title: XTREME", "title: no"
        ),
        "utf-8",
    )
    monkeypatch.setattr(settings, "defaults_path", lambda: path)
    for ran in (compare(), xharness("list", "suites")):
        message = refused(ran)

        assert message.startswith(f"xharness: {path}: 2 problems\n")
        assert ".all.learning_rate: '1e-3' is text to YAML; write 0.001" in message
        assert "suites.xtreme.title: False is wrong; input should be a valid string" in message


@pytest.mark.parametrize("command", ["compare", "plan"])
def test_a_language_that_yaml_reads_as_false(xharness: Command, command: str) -> None:
    """`languages: [no]` is refused with the cure, and "no" in quotes is an ordinary name."""
    Path("mine.yaml").write_text("suite: xtreme\nlanguages: [no]\n", "utf-8")
    unquoted = refused(xharness(command, "--config", "mine.yaml"))
    Path("mine.yaml").write_text('suite: xtreme\nlanguages: ["no"]\n', "utf-8")
    quoted = refused(xharness(command, "--config", "mine.yaml"))

    assert "languages.0: YAML reads an unquoted no as False; quote it: 'no'" in unquoted
    assert "no language of these targets is called 'no'" in quoted


def test_a_store_that_cannot_be_made(compare: Command) -> None:
    """A store below a plain file is refused with its path and what to do."""
    Path("file").write_text("in the way", "utf-8")
    message = refused(compare("--store", "file/store"))

    assert message.startswith("xharness: file/store: a file is in the way of a folder")
    assert "name another --store" in message
    assert Path("file").read_text("utf-8") == "in the way"


def test_a_store_of_a_newer_xharness(compare: Command) -> None:
    """A layout that this version does not know is not touched."""
    Path("store").mkdir()
    Path("store/store.json").write_text('{"schema": 99}', "utf-8")
    message = refused(compare())

    assert "has schema 99, this xharness reads 1" in message
    assert [p.name for p in Path("store").iterdir()] == ["store.json"]


def flip(path: Path) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def stored(pattern: str) -> list[Path]:
    return sorted(Path("store/phases").glob(f"*/*/{pattern}"))


@pytest.mark.parametrize("name", ["score.json", "provenance.json", "manifest.json"])
def test_a_flipped_byte_is_refused(compare: Command, name: str) -> None:
    """A stored file that is not what was written ends the command; all others stay as they are."""
    compare()
    damaged = next(p for p in stored(name) if (p.parent / "score.json").exists())
    if name == "manifest.json":
        damaged.write_bytes(damaged.read_bytes()[:-20])
    else:
        flip(damaged)
    before = bytes_of(Path("store"))
    message = refused(compare())

    assert str(damaged) in message
    assert f"delete the folder {damaged.parent} and run again" in message
    assert bytes_of(Path("store")) == before
    shutil.rmtree(damaged.parent)
    assert compare("--json").json["phases"]["run"] == 1


def test_a_flipped_byte_that_a_phase_reads_fails_that_phase(compare: Command) -> None:
    """A phase that reads a damaged file fails with its name; the rest is scored, status 1."""
    sound = {r["key"]: r["score"] for r in compare("--json").json["results"]}
    predictions = stored("predictions.jsonl")[0]
    for path in stored("score.json"):
        shutil.rmtree(path.parent)
    flip(predictions)
    ran = compare("--json")

    assert ran.status == 1
    assert ran.json["phases"] == {"planned": 24, "kept": 14, "run": 9, "failed": 1}
    assert all(sound[r["key"]] == r["score"] for r in ran.json["results"])
    assert f"{predictions} of predict " in ran.said
    assert "look for more damage with `xharness store verify`" in ran.said


ROWS = """
from dataclasses import replace
from xharness import Classification, Source, Role, hookimpl
from xharness.testing import fake_task

def read(row, language):
    return Classification(text=row["text"], label=row["label"] or None)

def task(name, role=Role.TARGET):
    source = Source(path=name, files={"train": name + ".csv", "test": name + "-{language}.csv"},
                    columns=("text", "label"), licence="CC0-1.0")
    return replace(fake_task(name=name, role=role), read=read, sources=(source,), cluster=None,
                   item=lambda row, i: str(i), splits={"train": "train", "test": "test"})

@hookimpl
def xharness_tasks():
    return [task("mine"), task("good")]
"""
"""A plugin with two targets that read the user's own files."""

GOOD = "text,label\n" + "".join(
    f"thing {i} is {c},{c}\n" for i, c in enumerate(("red", "green", "blue") * 2)
)


@pytest.fixture
def own_rows(xharness: Command, tiny_model: Path) -> Callable[..., Ran]:
    """Return a comparison of a real, tiny encoder on the user's own files.

    Its keywords replace the content of files: `mine`, `mine_en`, `mine_de`; its arguments are
    added to the command line.
    """

    def call(*arguments: str, command: str = "compare", **files: str) -> Ran:
        Path("rows.py").write_text(ROWS, "utf-8")
        for name in ("mine", "mine_en", "mine_de", "good", "good_en", "good_de"):
            Path(f"{name.replace('_', '-')}.csv").write_text(files.get(name, GOOD), "utf-8")
        return xharness(
            *(command, "--json", "--offline", "--suite", "xtreme", "--plugin", "rows.py"),
            *("--model", tiny_model, "--strategies", "none", "--targets", "mine,good"),
            *("--set", "recipe.steps=2", "--set", "recipe.max_length=16", *arguments),
            OMP_NUM_THREADS="1",
        )

    return call


def failed(ran: Ran) -> str:
    """Return what standard error says of a comparison of which one part failed."""
    assert ran.status == 1, ran.err
    assert "Traceback" not in ran.err
    assert {r["language"] for r in ran.json["results"] if r["target"] == "good"} == {"en", "de"}
    assert ran.json["phases"]["failed"] > 0
    return ran.said


def test_sound_rows_are_scored(own_rows: Callable[..., Ran]) -> None:
    """The comparison that the next tests spoil is sound."""
    ran = own_rows()

    assert ran.status == 0, ran.err
    assert {r["n"] for r in ran.json["results"]} == {6}


def test_a_missing_column(own_rows: Callable[..., Ran]) -> None:
    """A file without a declared column is refused: the columns there are stand in the message."""
    message = refused(own_rows(mine_de=GOOD.replace("text,label", "text,colour")))

    assert "mine-de.csv: no column label; the columns are text, colour" in message
    assert not Path("store").exists()


def test_an_unlabelled_row_in_training(own_rows: Callable[..., Ran]) -> None:
    """A training row without a label is never given one: its number and the labels are named."""
    rows = GOOD.splitlines()
    rows[3] = "thing 2 is blue,"
    rows[5] = "thing 4 is green,yellow"
    message = refused(own_rows(mine="\n".join(rows) + "\n"))

    assert (
        "mine.csv, line 4: mine en train, row 2 (item 2): has no label; right would be one of "
        "red, green" in message
    )
    assert "line 6: mine en train, row 4 (item 4): label 'yellow' is not one of red" in message


def test_an_empty_language(own_rows: Callable[..., Ran]) -> None:
    """A language without rows is no score of zero: the comparison is refused and names it."""
    message = refused(own_rows(mine_de="text,label\n"))

    assert "mine-de.csv: has a header and no rows; one per example would be right" in message


def test_all_that_is_wrong_with_rows_comes_at_once(own_rows: Callable[..., Ran]) -> None:
    """Every file that a plan will read is looked at before the store is made, and by `doctor`."""
    ran = own_rows(mine_de="text,label\n", good="text,label\na,b,c\n", good_en="")
    problems = ran.json["error"]["problems"]
    here = f"{Path.cwd()}/"
    checked = own_rows(command="doctor", mine_de="text,label\n", good="text,label\na,b,c\n")

    assert [line.replace(here, "") for line in problems] == [
        "mine-de.csv: has a header and no rows; one per example would be right",
        (
            "good.csv, line 2: 3 fields where the header has 2; a text with a separator in it "
            "stands in quotation marks"
        ),
        "good-en.csv: is empty; a header and one row per example would be right",
    ]
    assert not Path("store").exists()
    assert checked.status == 1
    assert checked.json["missing"] == problems[:2]


def test_a_missing_file_is_refused_at_once(
    own_rows: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data that is not there is found before anything runs."""
    assert "file.csv" not in refused(own_rows("--targets", "mine,goo"))
    Path("rows.py").unlink()
    monkeypatch.setitem(globals(), "ROWS", ROWS.replace('name + ".csv"', '"nowhere.csv"'))
    message = refused(own_rows())

    assert "nowhere.csv: cannot be read: No such file or directory" in message
    assert not Path("store").exists()


def test_corrupt_weights(own_rows: Callable[..., Ran], tiny_model: Path, tmp_path: Path) -> None:
    """Weights that are cut off are found before anything runs, in one sentence with the file."""
    broken = tmp_path / "org" / "broken"
    shutil.copytree(tiny_model, broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    ran = own_rows("--model", str(broken))

    message = refused(ran)

    assert f"{weights}: is cut off: 1,000 bytes, of which the header alone has " in message
    assert "ModelError" not in ran.err
    assert not Path("store").exists()


def test_a_trained_checkpoint_with_a_flipped_byte(own_rows: Callable[..., Ran]) -> None:
    """Predictions never come from weights that are not what was trained; the rest is kept."""
    assert own_rows("--targets", "mine", "--languages", "en").status == 0
    weights = stored("checkpoints/0/model.safetensors")[0]
    flip(weights)
    before = bytes_of(Path("store"))
    ran = own_rows()
    message = failed(ran)

    assert f"{weights} of train mine seed 1: has SHA-256 " in message
    assert before.items() <= bytes_of(Path("store")).items()
    assert {r["language"] for r in ran.json["results"] if r["target"] == "mine"} == {"en"}


@pytest.mark.parametrize("what", ["plugins", "tasks", "models"])
def test_a_plugin_in_the_way_of_another(xharness: Command, what: str) -> None:
    """Two files that offer one task are named in a line, and the command does what it should."""
    shutil.copy(FAKES, "copy.py")
    ran = xharness("list", what, "--plugin", FAKES, "--plugin", "copy.py")

    assert ran.status == 0
    assert "task 'first' is offered by 2 plugins, fakes_plugin and copy: neither has it" in ran.said


SECOND = """
from xharness import Kind, hookimpl
from xharness.testing import fake_task

@hookimpl
def xharness_tasks():
    return [fake_task(Kind.TAGGING, "tags", languages=("sw",))]
"""
"""A plugin that offers a task which the fakes offer too."""


def test_a_doubled_name_stops_no_command(compare: Command, xharness: Command) -> None:
    """Whatever does not use the name goes on as before; qualified, it can be compared."""
    Path("second.py").write_text(SECOND, "utf-8")
    both = ("--plugin", "second.py")
    alone = compare("--json").json["results"]
    for command in (
        ("list", "plugins", "--plugin", str(FAKES)),
        ("leaderboard", "--plugin", str(FAKES)),
        ("show", "first", "--plugin", str(FAKES)),
        ("cite", *on_fakes()),
        ("plan", *on_fakes()),
    ):
        ran = xharness(*command, *both)

        assert ran.status == 0, ran.err
        assert "write fakes_plugin:tags or second:tags" in ran.said
    assert compare("--json", *both).json["results"] == alone
    chosen = compare("--json", *both, "--targets", "second:tags", "--strategies", "none")
    assert {(r["target"], r["language"]) for r in chosen.json["results"]} == {("second:tags", "sw")}
    assert "'tags'" in refused(compare(*both, "--targets", "tags"))


def test_translations_are_looked_at_first(xharness: Command) -> None:
    """A broken line of a file of translations is named by `compare` and by `doctor`."""
    Path("translated").mkdir()
    Path("translated/en-de.tsv").write_text("one\teins\ntwo\n", "utf-8")
    flags = [*on_fakes(), "--languages", "en,de"]
    flags[flags.index("english")] = "translate:translator=files@translated"
    message = refused(xharness("compare", *flags))
    problem = f"{Path.cwd()}/translated/en-de.tsv, line 2: has 1 columns; two would be right"

    assert problem in message
    assert not Path("store").exists()
    assert xharness("doctor", *flags, "--json").json["missing"] == [problem]

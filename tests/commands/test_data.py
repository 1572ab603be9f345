"""`data check`, `data fetch` and `cite`, and what becomes of data that a folder lacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from support import data_root
from support.program import FAKES, Command, Ran, on_fakes
from xharness import Recipe, Slice, Train
from xharness.cli import build
from xharness.data import cards, sources
from xharness.engine import fetch
from xharness.phases import Checkpoint, Model, Phase, Predict, Stream
from xharness_targets import tydiqa

PLUGIN = """
from xharness import Accuracy, Classification, Kind, Role, Source, Task, hookimpl


def read(row, language):
    return Classification(text=row["text"], label=("cold", "warm")[row["label"]])


@hookimpl
def xharness_tasks():
    return [
        Task(
            name="weather",
            role=Role.TARGET,
            kind=Kind.CLASSIFICATION,
            version=1,
            sources=(
                Source(
                    path="org/weather",
                    config="w.{language}",
                    revision="0123456789" * 4,
                    columns=("text", "label"),
                    licence="CC0-1.0",
                    citation="@misc{weather, title = {Weather}}",
                    expected={"train/en": 2, "test/en": 2, "test/de": 2},
                ),
            ),
            languages=("en", "de"),
            splits={"train": "train", "test": "test"},
            labels=("cold", "warm"),
            read=read,
            metric=Accuracy(),
            trains_on="weather",
            summary="is it cold or warm",
        )
    ]
"""

ROWS = ({"text": "snow", "label": 0}, {"text": "sun", "label": 1})


class Root:
    """A folder laid out like the hub, with the data set of the plugin in it."""

    def __init__(self, folder: Path) -> None:
        self.plugin = folder / "weather.py"
        self.plugin.write_text(PLUGIN, "utf-8")
        self.folder = folder / "root"
        self.configs: list[str] = []
        for config, split in (("w.en", "train"), ("w.en", "test"), ("w.de", "test")):
            self.write(config, split, ROWS)

    def write(
        self,
        config: str,
        split: str,
        rows: Sequence[dict[str, Any]],
        *,
        names: Sequence[str] = ("cold", "warm"),
        said: str = "",
    ) -> None:
        """Write a split and a card that lists it; `said` is what the card says beside."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = self.folder / "org" / "weather"
        (folder / config).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows)), folder / config / f"{split}.parquet")
        if config not in self.configs:
            self.configs.append(config)
        there = {c: sorted((folder / c).glob("*.parquet")) for c in self.configs}
        lines = ["---", "configs:"]
        for name, files in there.items():
            lines += [f"- config_name: {name}", "  data_files:"]
            lines += [f"  - {{split: {f.stem}, path: {name}/{f.name}}}" for f in files]
        lines += ["dataset_info:"] if names else []
        for name in there if names else ():
            lines += [f"- config_name: {name}", "  features:", "  - {name: text, dtype: string}"]
            lines += ["  - name: label", "    dtype:", "      class_label:", "        names:"]
            lines += [f"          '{i}': {n}" for i, n in enumerate(names)]
        (folder / "README.md").write_text("\n".join([*lines, "---", said, ""]), "utf-8")

    def remove(self, config: str, split: str) -> None:
        """Remove one file; the card goes on naming it."""
        (self.folder / "org" / "weather" / config / f"{split}.parquet").unlink()


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


@pytest.fixture
def check(xharness: Command, root: Root, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return `xharness data check weather --json` on the folder."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", root.folder.parent / "cache")

    def call(*arguments: str) -> Ran:
        place = ("--plugin", root.plugin, "--data-root", root.folder, "--offline")
        return xharness("data", "check", "weather", *place, *arguments)

    return call


def found(ran: Ran) -> list[tuple[str, str, str, str, str]]:
    """Return language, split, what, found and mark of each difference."""
    names = ("language", "split", "what", "found", "mark")
    return [tuple(row[n] for n in names) for row in ran.json["differences"]]


def test_data_as_declared(check: Command) -> None:
    """Where rows, labels, columns and languages are as declared, nothing is listed."""
    ran = check("--json")

    assert (ran.status, ran.json["tasks"], ran.json["differences"]) == (0, ["weather"], [])


def test_every_difference_is_listed(check: Command, root: Root) -> None:
    """A short split, an undeclared language and other names of labels are told together."""
    root.write("w.fr", "test", ROWS)
    root.write("w.de", "test", ROWS[:1], names=("warm", "cold"))
    ran = check("--json")

    assert ran.status == 1
    assert found(ran) == [
        ("en", "train", "labels", "warm, cold", ""),
        ("en", "test", "labels", "warm, cold", ""),
        ("de", "test", "rows", "1", ""),
        ("de", "test", "labels", "warm, cold", ""),
        ("", "", "languages", "w.fr", ""),
    ]


def test_rows_that_cannot_be_read(check: Command, root: Root) -> None:
    """A label out of range and a missing column are differences like others."""
    root.write("w.en", "train", [ROWS[0], {"text": "sun", "label": 2}])
    root.write("w.de", "test", [{"text": "snow"}, {"text": "sun"}], names=())
    listed = {what: text for _, _, what, text, _ in found(check("--json"))}

    assert "weather en train, row 1: the task cannot read it; IndexError" in listed["rows"]
    assert listed["columns"].endswith("no column label; the columns are text")


def test_a_label_that_never_occurs(check: Command, root: Root) -> None:
    """Training rows without one of the labels are told, because its head would never learn it."""
    root.write("w.en", "train", [ROWS[0], ROWS[0]])

    assert found(check("--json")) == [("en", "train", "labels", "never warm", "")]


def test_a_mirror_accounts_for_its_differences(check: Command, root: Root) -> None:
    """What a card calls a mirror is marked so, a re-split too, and is no failure."""
    said = "# Weather, a small mirror\n\n| w.de | test | 1 | 2 | RE-SPLIT |"
    root.write("w.de", "test", ROWS[:1], said=said)
    ran = check("--json")
    shown = check()

    assert (ran.status, found(ran)) == (0, [("de", "test", "rows", "1", "mirror, re-split")])
    assert "1 task compared, 1 difference, 0 of them in data that no card calls a" in shown.out


def test_unknown_task_and_suite_are_named(xharness: Command) -> None:
    """A misspelt task or suite is answered with the nearest."""
    assert "did you mean xnli" in xharness("data", "check", "xnly").said
    assert "did you mean xtreme" in xharness("data", "check", "--suite", "xtrem").said


def test_what_a_data_root_lacks_is_left_out_and_said(
    xharness: Command, root: Root, tmp_path: Path
) -> None:
    """A suite's language without files is not compared; the plan and its table name it."""
    said = "# Weather, a small mirror"
    root.write("w.en", "test", ROWS, said=said)
    root.remove("w.de", "test")
    mine = tmp_path / "mine.yaml"
    mine.write_text("targets: [weather]\nintermediates: [first]\nstrategies: [none]\n", "utf-8")
    place = ("--plugin", FAKES, "--plugin", root.plugin, "--data-root", root.folder)
    choice = ("--suite", "xtreme", "--model", "fake-model", "--config", mine)
    planned = xharness("plan", *place, *choice, "--json")
    named = xharness("plan", *place, *choice, "--targets", "weather")
    shown = xharness("compare", *place, *choice)

    assert planned.status == 0
    assert "weather: left out in de: weather: " in planned.said
    assert [p["phase"] for p in planned.json["phases"] if p["kind"] == "predict"] == [
        "predict weather en test after weather"
    ]
    assert (named.status, "no file matches w.de/test.parquet" in named.said) == (2, True)
    assert "rows: mirror" in shown.out
    assert "weather left out" in " ".join(shown.out.split())


MODEL = Model(weights="hub:1", tokenizer="hub:1", name="m", location="org/model@1")


def phases(data: str, model: Model = MODEL) -> list[Phase]:
    """Return a training on TyDiQA's English rows and two predictions, data of one digest."""
    stream = Stream(task="tydiqa", version=1, data=data, languages=("en",))
    train = Train(
        start=model, streams=(stream,), recipe=Recipe(learning_rate=1e-3, batch=1), seed=1
    )
    common = {"task": "tydiqa", "version": 1, "data": data, "split": "test"}
    return [
        train,
        *(Predict(start=Checkpoint(train=train), language=n, **common) for n in ("ko", "sw")),
    ]


def test_everything_of_a_plan_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model and each split at its commit are asked for, languages that share one once."""
    asked: list[Any] = []
    monkeypatch.setattr(sources, "whole_split", lambda *given: asked.append(given))
    monkeypatch.setattr(fetch, "open_location", lambda *given, **_: asked.append(given))
    commit = "0123456789" * 4
    wanted = fetch.wanted(phases(f"hub:{commit}"), {"tydiqa": tydiqa.TASK})
    for one in wanted:
        one.fetch()

    assert [(w.kind, w.name) for w in wanted] == [
        ("model", "org/model@1"),
        ("rows", f"google/xtreme@{commit} tydiqa train"),
        ("rows", f"google/xtreme@{commit} tydiqa validation"),
    ]
    assert [given[3] for given in asked[1:]] == [commit, commit]


def test_own_rows_and_folders_are_not_fetched() -> None:
    """Files, generators and a model in a folder come from no hub."""
    here = Model(weights="sha256:1", tokenizer="sha256:1", name="m", location="/model")

    assert fetch.wanted(phases("sha256:1", here), {"tydiqa": tydiqa.TASK}) == []


def test_nothing_to_fetch_is_said(xharness: Command) -> None:
    """A comparison whose rows are all here has nothing to fetch, and says so."""
    ran = xharness("data", "fetch", *on_fakes())

    assert (ran.status, "Nothing comes from the hub" in " ".join(ran.out.split())) == (0, True)


def test_fetch_takes_every_flag_of_compare() -> None:
    """So that the line of a comparison can be used again."""
    program: Any = typer.main.get_command(build())
    compare, data_fetch = program.commands["compare"], program.commands["data"].commands["fetch"]
    flags, taken = ({f for o in c.params for f in o.opts} for c in (compare, data_fetch))

    assert flags - taken == set()


def test_cite_is_exactly_what_is_compared(xharness: Command) -> None:
    """Each data set and the model is cited once, the training rows' and the benchmark's too."""
    flags = ("--targets", "xquad,tatoeba", "--intermediates", "mnli", "--suite", "xtreme")
    ran = xharness("cite", *flags)
    keys = [line.partition("{")[2].rstrip(",") for line in ran.out.splitlines() if line[:1] == "@"]

    assert keys == [
        *("artetxe2020xquad", "hu2020xtreme", "artetxe2019laser", "rajpurkar2016squad"),
        *("williams2018mnli", "conneau2020xlmr"),
    ]
    found = xharness("cite", *flags, "--json").json

    assert found["without"] == []
    assert list(found["licences"]) == [
        *("xquad", "tatoeba", "squad_v1", "mnli", "xlm-roberta-base"),
    ]
    assert ran.out.endswith("% licence of xlm-roberta-base: MIT\n")


def test_cite_names_translators_and_text(xharness: Command) -> None:
    """What strategies translate with, mix in or train on instead is cited, with its licence."""
    nllb = "translate:translator=nllb-200-distilled-600M@/models/nllb"
    flags = ("--targets", "xnli", "--suite", "xtreme", "--strategies")
    ran = xharness("cite", *flags, f"mlm,source:language=zh,{nllb}")

    assert "@online{wikidump," in ran.out
    assert "@inproceedings{hu2020ocnli," in ran.out
    assert "@article{nllb2022," in ran.out
    assert "% licence of nllb-200-distilled-600M: CC BY-NC 4.0 (non-commercial)\n" in ran.out
    assert "nllb" not in xharness("cite", *flags, "source:language=zh").out


def test_cite_of_a_plan_in_the_store(xharness: Command, compare: Command) -> None:
    """A stored comparison is cited as its flags would be; what names no entry is said."""
    assert compare().status == 0
    stored = xharness("cite", "--plan", "latest", "--plugin", FAKES)

    assert stored.out == xharness("cite", *on_fakes()).out
    assert stored.status == 0


def test_mark_of_a_folder_without_a_card(tmp_path: Path) -> None:
    """Rows that no card speaks of have no mark."""
    assert cards.mark(tmp_path, Slice(config="c", split="test")) == ""


def test_rows_are_told_apart_from_those_of_xtreme(xharness: Command, tmp_path: Path) -> None:
    """In the order in which XTREME sorts them rows are the same; another sentence is counted."""
    data_root.put_pairs(tmp_path / "root")
    (tmp_path / "pairs.py").write_text(data_root.PLUGIN, "utf-8")
    for language in ("de", "sw"):
        stem = tmp_path / "download" / "tatoeba" / f"{language}-en"
        stem.parent.mkdir(parents=True, exist_ok=True)
        for side, column in ((language, "theirs"), ("en", "english")):
            texts = [pair[column] for pair in data_root.PAIRS]
            texts = sorted(texts) if side == "en" else texts
            texts = ["sentensi", *texts[1:]] if side == "sw" else texts
            Path(f"{stem}.{side}").write_text("".join(f"{t}\n" for t in texts), "utf-8")
    ran = xharness(
        *("data", "check", "tatoeba", "--plugin", "pairs.py", "--data-root", "root", "--json"),
        *("--xtreme-files", "download"),
        **data_root.DISABLED,
    )

    assert ran.status == 1
    assert found(ran) == [("sw", "test", "XTREME's rows", "8, 1 of them with other text", "")]

"""Flags over a config file over tasks.yaml, and every mistake in a file at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xharness.errors import StudyError
from xharness.planning import settings
from xharness.planning.settings import Flags, Settings

DEFAULTS = """
default_suite: small
suites:
  small:
    title: a small suite
    model: tiny
    strategies: [english]
    intermediates: [nli, nli+qa]
    targets: [xnli, tags]
    seeds: [1, 2]
    recipe: quick
    limit_eval: 100
    pooling: {layer: {12: 8}, method: cls}
recipes:
  quick:
    source: a test
    all: {learning_rate: 1.0e-3, batch: 8, epochs: 1}
    tasks:
      nli: {batch: 16}
"""


@pytest.fixture
def defaults(tmp_path: Path) -> Path:
    """Return a tasks.yaml of one suite and one recipe."""
    path = tmp_path / "tasks.yaml"
    path.write_text(DEFAULTS, "utf-8")
    return path


def load(defaults: Path, content: str | None = None, **flags: Any) -> Settings:
    """Return the settings of some flags, with a config file of this content."""
    if content is not None:
        flags["config"] = defaults.parent / "mine.yaml"
        flags["config"].write_text(content, "utf-8")
    return settings.load(Flags(**flags), defaults)


def problems(defaults: Path, content: str | None = None, **flags: Any) -> tuple[str, ...]:
    """Return what is wrong with some flags or a config file."""
    with pytest.raises(StudyError) as caught:
        load(defaults, content, **flags)
    return caught.value.problems


def test_without_flags_the_suite_decides(defaults: Path) -> None:
    """Everything comes from the default suite's block, and it is known that nobody chose it."""
    found = load(defaults)

    assert (found.suite, found.suite_by_default, found.title) == ("small", True, "a small suite")
    assert (found.model, found.strategies, found.targets) == (
        "tiny",
        ("english",),
        ("xnli", "tags"),
    )
    assert found.intermediates == (("nli",), ("nli", "qa"))
    assert (found.seeds, found.languages) == ((1, 2), None)
    assert (found.limit_train, found.limit_eval) == (None, 100)
    assert (found.recipes.layer, found.recipes.pooling) == ({12: 8}, "cls")


CONFIG = """
suite: small
model: ./folder
strategies: [none]
intermediates: [qa]
targets: [tags]
languages: [en, "no"]
seeds: [7]
limit_train: 50
limit_eval: 10
set: {recipe.epochs: 3}
"""


def test_a_config_file_wins_over_the_suite(defaults: Path) -> None:
    """Every setting can stand in a file; the suite then counts as chosen."""
    found = load(defaults, CONFIG)

    assert not found.suite_by_default
    assert (found.model, found.strategies, found.targets) == ("./folder", ("none",), ("tags",))
    assert (found.intermediates, found.languages, found.seeds) == ((("qa",),), ("en", "no"), (7,))
    assert (found.limit_train, found.limit_eval) == (50, 10)
    assert found.recipes.recipe("tags", width=1).epochs == 3.0


def test_flags_win_over_the_config_file(defaults: Path) -> None:
    """What stands on the command line is what counts; overrides of both are kept."""
    found = load(
        defaults,
        CONFIG,
        model="other",
        strategies="english, none",
        intermediates="nli+qa,nli",
        targets="xnli",
        languages="sw",
        seeds="2",
        limit_train=5,
        limit_eval=6,
        set=("recipe.batch=4",),
    )
    recipe = found.recipes.recipe("tags", width=1)

    assert (found.model, found.strategies, found.targets) == (
        "other",
        ("english", "none"),
        ("xnli",),
    )
    assert found.intermediates == (("nli", "qa"), ("nli",))
    assert (found.languages, found.seeds) == (("sw",), (1, 2))
    assert (found.limit_train, found.limit_eval) == (5, 6)
    assert (recipe.batch, recipe.epochs) == (4, 3.0)


def test_a_config_file_can_bring_suites_and_recipes(defaults: Path) -> None:
    """Own suites and recipes stand beside those of tasks.yaml."""
    config = """
suite: mine
suites:
  mine: {title: t, model: m, strategies: [], intermediates: [], targets: [], seeds: [1], recipe: r}
recipes:
  r: {source: s, all: {learning_rate: 1.0e-5, batch: 1, steps: 9}, selection: weight-average}
"""
    found = load(defaults, config)

    book = found.recipes
    assert (found.suite, book.name, book.selection) == ("mine", "r", "weight-average")


@pytest.mark.parametrize(
    ("text", "seeds"), [("3", (1, 2, 3)), ("11,12", (11, 12)), ("7,", (7,)), ("1", (1,))]
)
def test_seeds_are_a_count_or_a_list(defaults: Path, text: str, seeds: tuple[int, ...]) -> None:
    """A number alone is how many, numbers with a comma are which."""
    assert load(defaults, seeds=text).seeds == seeds


@pytest.mark.parametrize("text", ["", "0", "x", "1,1", "-1", "1.5"])
def test_seeds_that_are_none_are_refused(defaults: Path, text: str) -> None:
    """No seed, one seed twice, or something that is no seed, is said with what is right."""
    (found,) = problems(defaults, seeds=text)

    assert found.startswith("seeds: ")
    assert "11,12" in found


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("recipe.epochs", "'recipe.epochs' is not field=value, such as recipe.epochs=3"),
        ("recipe.epoch=3", "no recipe field is called 'epoch'; did you mean epochs?"),
        ("recipe.nli.epoch=3", "set: recipe.nli: no recipe field is called 'epoch'"),
        ("recipe.epochs=many", "recipe.epochs: 'many' is wrong; write a number above 0"),
        ("recipe.batch=1e3", "recipe.batch: '1e3' is wrong; write a whole number from 1"),
        ("recipe=quik", "no recipe is called 'quik'; did you mean quick?"),
        ("recipe.a.b.c=1", "no setting is called 'recipe.a.b.c'; known: recipe, "),
        ("pooling.depth=1", "no setting is called 'pooling.depth'"),
        ("pooling.x.layer=1", "no setting is called 'pooling.x.layer'"),
        ("pooling.layer=top", "pooling.layer: 'top' is wrong; write a whole number"),
        ("pooling.method=max", "no method is called 'max'; known: cls, mean"),
        ("selection=last", "a flag of its own; write --selection last"),
        (
            "selection=average",
            "write --selection last|english-dev|target-dev|weight-average",
        ),
    ],
)
def test_a_wrong_override_is_named(defaults: Path, given: str, problem: str) -> None:
    """Every mistake in --set says where it is and what would be right."""
    found = problems(defaults, set=(given,))

    assert len(found) == 1
    assert found[0].startswith("set: ")
    assert problem in found[0]


def test_overrides_that_are_right_are_kept(defaults: Path) -> None:
    """Recipe fields, also of one task, and pooling can be set."""
    found = load(
        defaults,
        set=(
            *("recipe.learning_rate=1e-4", "recipe.nli.batch=2", "pooling.layer=3"),
            "pooling.method=mean",
        ),
    ).recipes

    assert found.recipe("nli", width=1).batch == 2
    assert found.recipe("qa", width=1).learning_rate == 1e-4
    assert (found.layer, found.pooling) == (3, "mean")


@pytest.mark.parametrize(
    ("flag", "config", "rules"),
    [
        (None, "", ()),
        ("last, target-dev", "", ("last", "target-dev")),
        (None, "selection: [english-dev]", ("english-dev",)),
        ("last", "selection: [english-dev]", ("last",)),
    ],
)
def test_selection_rules(
    defaults: Path, flag: str | None, config: str, rules: tuple[str, ...]
) -> None:
    """One rule or several, from a flag or else the config file; nothing said is the recipe's."""
    assert load(defaults, config, selection=flag).selection == rules


@pytest.mark.parametrize(
    ("flag", "problem"),
    [
        ("best", "no rule is called 'best'; known: english-dev, last, target-dev, weight-average"),
        ("last,last", "selection: names a rule twice; write english-dev, or last,english-dev"),
        ("", "selection: names no rule"),
    ],
)
def test_wrong_rules_are_named(defaults: Path, flag: str, problem: str) -> None:
    """A rule that is unknown or named twice, or no rule, is said with what is right."""
    (found,) = problems(defaults, selection=flag)

    assert problem in found


def test_a_recipe_cannot_choose_by_the_target(defaults: Path) -> None:
    """What a training starts from serves every target, so a recipe's rule cannot be target-dev."""
    config = """
suite: mine
suites:
  mine: {title: t, model: m, strategies: [], intermediates: [], targets: [], seeds: [1], recipe: r}
recipes:
  r: {source: s, all: {learning_rate: 1.0e-5, batch: 1, steps: 9}, selection: target-dev}
"""
    (found,) = problems(defaults, config)

    assert "recipe r: selection" in found
    assert "'target-dev'" in found


def test_all_wrong_flags_are_named_at_once(defaults: Path) -> None:
    """Seeds and overrides that are wrong make one message."""
    found = problems(defaults, seeds="x", set=("recipe.epoch=3", "what=1"))

    assert len(found) == 3


WRONG = """
suite: no
targets: xnli
seeds: ["1"]
limit_train: 1e3
languages: [en, no]
speed: 9
recipes:
  mine:
    all: {learning_rate: 1e-5, bach: 8}
    tasks: {nli: {epochs: -1}}
suites:
  small: {title: [1]}
"""


def test_every_problem_of_a_file_is_named_at_once(defaults: Path) -> None:
    """Wrong types, unquoted no, numbers as text, unknown and missing settings: one message."""
    found = "\n".join(problems(defaults, WRONG))

    for part in (
        "suite: YAML reads an unquoted no as False; quote it: 'no'",
        "targets: 'xnli' is wrong; input should be a valid list",
        "seeds.0: '1' is wrong; input should be a valid integer",
        "limit_train: '1e3' is wrong; input should be a valid integer",
        "languages.1: YAML reads an unquoted no as False; quote it: 'no'",
        "speed: unknown setting",
        "recipes.mine.source: missing",
        "recipes.mine.all.learning_rate: '1e-5' is text to YAML; write 1.0e-05",
        "recipes.mine.all: no recipe field is called 'bach'; did you mean batch?",
        "recipes.mine.tasks.nli.epochs: -1 is wrong; write a number above 0",
        "suites.small.title: [1] is wrong; input should be a valid string",
        "suites.small.recipe: missing",
    ):
        assert part in found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a: [", "is not YAML: "),
        ("[1, 2]", "the file: [1, 2] is wrong; names with their values"),
        ("just text", "the file: 'just text' is wrong"),
        ("recipes: [1]", "recipes: [1] is wrong"),
        ("recipes: {mine: 3}", "recipes.mine: 3 is wrong"),
        ("recipes: {mine: {source: x, all: 3}}", "recipes.mine.all: 3 is wrong"),
        ("recipes: {mine: {source: x, all: {}, tasks: [1]}}", "recipes.mine.tasks: [1] is wrong"),
        ("yes: 1", "True is wrong; keys should be strings"),
        ("!!python/object:os.system {}", "is not YAML: "),
    ],
)
def test_files_of_another_shape_are_refused(defaults: Path, content: str, problem: str) -> None:
    """Whatever stands in a file, the answer is a sentence, and nothing in it is run."""
    found = problems(defaults, content)

    assert any(problem in line for line in found), found


def test_a_file_that_cannot_be_read_is_named(defaults: Path, tmp_path: Path) -> None:
    """A missing file, a folder, and bytes that are no text say so."""
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"\xff\xfe\x00")

    assert "cannot be read: No such file" in problems(defaults, config=tmp_path / "none.yaml")[0]
    assert "cannot be read: Is a directory" in problems(defaults, config=tmp_path)[0]
    assert "is not YAML" in problems(defaults, config=bad)[0]


def test_an_empty_config_changes_nothing(defaults: Path) -> None:
    """A file with nothing in it leaves the suite's settings, but for where mistakes are."""
    assert load(defaults, "# nothing\n").targets == load(defaults).targets


def test_a_recipe_that_trains_nothing_is_refused(defaults: Path) -> None:
    """An own recipe without learning rate or length is refused before anything is planned."""
    config = "recipes: {mine: {source: s, all: {batch: 8}}}\nset: {recipe: mine}"

    assert problems(defaults, config) == (
        "recipe mine: learning_rate: missing",
        "recipe mine: epochs or steps: missing",
    )


def test_an_unknown_suite_gets_the_nearest(defaults: Path) -> None:
    """A misspelt suite is named with the one that was meant."""
    assert problems(defaults, suite="smal") == (
        "suite: no suite is called 'smal'; did you mean small?",
    )


def test_our_own_file_is_sound() -> None:
    """tasks.yaml loads; each of its suites and recipes can be used, with its source stated."""
    for name, block in settings.suites().items():
        found = settings.load(Flags(suite=name))

        assert found.recipes.name == block.recipe
        assert found.recipes.source
    assert settings.suites()["lab"].title == "fictional languages, not XTREME"


def test_phang2020_is_the_papers_setting() -> None:
    """Jiant's guides for Phang et al. 2020: Adam 1e-5, batch 32, two epochs, ten for tagging."""
    book = settings.load(Flags(suite="xtreme", set=("recipe=phang2020",))).recipes
    nli, tags, qa = (book.recipe(task, width=1024) for task in ("mnli", "udpos", "squad_v1"))

    assert (nli.learning_rate, nli.batch, nli.epochs) == (1e-5, 32, 2.0)
    assert (nli.epsilon, nli.clip, nli.warmup, nli.schedule) == (1e-8, 1.0, 0.1, "linear")
    assert (tags.epochs, qa.batch) == (10.0, 16)
    assert book.lengths("squad_v1").max_length == 384
    assert book.selection == "english-dev"


def test_phang2020_has_what_only_the_papers_code_says() -> None:
    """Heads as in jiant's heads.py, decay 0.01 of model_setup.py, windows 128 tokens apart."""
    book = settings.load(Flags(suite="xtreme", set=("recipe=phang2020",))).recipes
    qa = book.recipe("squad_v1", width=1024)

    assert (qa.head, qa.weight_decay) == ("mlp", 0.01)
    assert book.lengths("squad_v1").stride == 128


@pytest.mark.parametrize("suite", ["lab", "xtreme"])
def test_heads_are_one_layer_unless_a_recipe_says_otherwise(suite: str) -> None:
    """The recipes that suites have by themselves keep the head that they were tuned with."""
    book = settings.load(Flags(suite=suite)).recipes

    assert book.recipe("mnli", width=768).head == "linear"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("seed: 3", "seed: unknown setting; did you mean seeds?"),
        ("suites: {m: {titel: x}}", "suites.m.titel: unknown setting; did you mean title?"),
        ("set: [recipe.epochs=3]", "names with their values would be right, as in a: 1"),
    ],
)
def test_an_unknown_setting_gets_the_nearest(defaults: Path, line: str, problem: str) -> None:
    """A misspelt setting is named with the one that was meant, inside a block too."""
    assert problem in "; ".join(problems(defaults, line))


def test_seeds_in_a_file_are_counted_as_on_the_command_line(defaults: Path) -> None:
    """seeds: 3 is 1, 2, 3; a list says which; set: names and values."""
    found = load(defaults, "seeds: 3\nset: {recipe.epochs: 3}\n")

    assert found.seeds == (1, 2, 3)
    assert found.recipes.overrides == {"epochs": 3}

"""Agreement between languages, from stored predictions, with kappa as scikit-learn has it."""

from __future__ import annotations

import math
from io import StringIO
from random import Random

import pytest
from rich.console import Console
from sklearn.metrics import cohen_kappa_score

from support.fake_comparison import TASKS, Compared, compared
from support.program import Command
from xharness import Kind, stats
from xharness.analysis import consistency
from xharness.commands import leaderboard, views
from xharness.testing import fake_task


def test_kappa_is_scikit_learns() -> None:
    """Two hundred labels of three kinds give what sklearn.metrics.cohen_kappa_score gives."""
    rng = Random(1)  # noqa: S311 - not for secrets
    a = [rng.choice("xyz") for _ in range(200)]
    b = [x if rng.random() < 0.6 else rng.choice("xyz") for x in a]

    assert stats.kappa(a, b) == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison on labels, tags, answers and sentences."""
    asked = fake_task(Kind.SPAN_QA, "asked", languages=("en", "de"), rows=20)
    folder = tmp_path_factory.mktemp("said") / "store"
    targets = ("colours", "tags", "match", "asked")
    return compared(folder, targets=targets, tasks=(*TASKS, asked))


def predictions(done: Compared, language: str, seed: int) -> dict[str, str]:
    """Return what `none` said about colours."""
    answer = next(
        a for a in done.plan.answers
        if (a.strategy, a.target, a.language, a.seed) == ("none", "colours", language, seed)
    )  # fmt: skip
    score = done.store.find(answer.key)
    assert score is not None
    found = done.store.find(score.manifest["inputs"][0])
    assert found is not None
    return {row["item"]: row["prediction"] for row in found.lines("predictions.jsonl")}


def test_labels_are_compared_item_by_item(done: Compared) -> None:
    """The stored predictions of both seeds give the agreement of German and Swahili."""
    measured = consistency.measure(done.plan, done.store, done.registry.tasks)
    row = next(r for r in measured.rows if (r.strategy, r.target) == ("none", "colours"))
    shares = []
    for seed in (1, 2):
        de, sw = predictions(done, "de", seed), predictions(done, "sw", seed)
        shares.append(sum(de[item] == sw[item] for item in de) / len(de))
    pair = next(p for p in row.pairs if p.languages == ("de", "sw"))

    assert pair.agreement == pytest.approx(100 * sum(shares) / 2)
    assert (pair.n, row.n, row.seeds, len(row.pairs)) == (40, 40, 2, 3)
    assert row.agreement == pytest.approx(sum(p.agreement for p in row.pairs) / 3)
    assert row.everywhere is not None
    assert row.everywhere <= min(p.agreement for p in row.pairs)


def test_labels_are_ranked_alike_or_not(done: Compared) -> None:
    """RankC of German and Swahili, with the weights e^2, e and 1 worked by hand.

    The fakes rank their answer first and the other labels as declared: red-green-blue,
    green-red-blue, blue-red-green. Red and green have the same first two, which weighs e + 1;
    red and blue, green and blue share one of the first two: e / 2 + 1.
    """
    weights = [math.e**2, math.e, 1.0]
    close = (weights[1] + weights[2]) / sum(weights)
    far = (weights[1] / 2 + weights[2]) / sum(weights)

    def alike(a: str, b: str) -> float:
        return 1.0 if a == b else far if "blue" in {a, b} else close

    measured = consistency.measure(done.plan, done.store, done.registry.tasks)
    row = next(r for r in measured.rows if (r.strategy, r.target) == ("none", "colours"))
    pair = next(p for p in row.pairs if p.languages == ("de", "sw"))
    values = []
    for seed in (1, 2):
        de, sw = predictions(done, "de", seed), predictions(done, "sw", seed)
        values.append(sum(alike(de[item], sw[item]) for item in de) / len(de))

    assert pair.rank_c == pytest.approx(sum(values) / 2)
    assert row.rank_c == pytest.approx(sum(p.rank_c or 0.0 for p in row.pairs) / 3)


def test_without_rankings_there_is_no_rank_c(
    done: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions that were stored before rankings were have agreement, and no RankC."""
    lines = consistency.stored_lines

    def before(store: object, answer: object) -> object:
        found = lines(store, answer)  # type: ignore[arg-type]
        return [{k: v for k, v in r.items() if k != "ranking"} for r in found or ()]

    monkeypatch.setattr(consistency, "stored_lines", before)
    measured = consistency.measure(done.plan, done.store, done.registry.tasks)
    row = next(r for r in measured.rows if (r.strategy, r.target) == ("none", "colours"))

    assert row.agreement > 0
    assert (row.rank_c, row.pairs[0].rank_c) == (None, None)


def test_answers_are_compared_by_being_right(done: Compared) -> None:
    """Texts differ between languages, so what counts is whether both are right or both wrong."""
    measured = consistency.measure(done.plan, done.store, done.registry.tasks)
    row = next(r for r in measured.rows if (r.strategy, r.target) == ("english", "asked"))
    shares = []
    for seed in (1, 2):
        said = []
        for answer in done.plan.answers:
            if (answer.strategy, answer.target, answer.seed) == ("english", "asked", seed):
                score = done.store.find(answer.key)
                assert score is not None
                found = done.store.find(score.manifest["inputs"][0])
                assert found is not None
                rows = list(found.lines("predictions.jsonl"))
                said.append({r["item"]: r["prediction"] in r["gold"] for r in rows})
        en, de = said
        shares.append(sum(en[item] == de[item] for item in en) / len(en))

    assert row.compared == "right answers"
    assert row.agreement == pytest.approx(100 * sum(shares) / 2)
    assert row.agreement < 100


def test_what_is_not_parallel_is_left_out_with_a_reason(done: Compared) -> None:
    """Tags and sentences of other languages are no translations, and a missing task is said."""
    measured = consistency.measure(done.plan, done.store, done.registry.tasks)
    without = consistency.measure(done.plan, done.store, {})

    assert measured.left_out == {
        "tags": "tagging has no parallel items",
        "match": "retrieval has no parallel items",
    }
    assert without.rows == ()
    assert set(without.left_out.values()) == {"no plugin offers the task"}


def test_rows_that_only_stand_in_one_place_are_no_items(
    done: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the right labels of one item differ between languages, nothing is compared."""
    lines = consistency.stored_lines

    def shifted(store: object, answer: object) -> object:
        found = lines(store, answer)  # type: ignore[arg-type]
        if found and answer.language == "sw":  # type: ignore[attr-defined]
            golds = [row["gold"] for row in found]
            return [
                {**row, "gold": gold}
                for row, gold in zip(found, golds[1:] + golds[:1], strict=True)
            ]
        return found

    monkeypatch.setattr(consistency, "stored_lines", shifted)
    measured = consistency.measure(done.plan, done.store, done.registry.tasks)

    assert measured.left_out["colours"] == "items of en and sw differ in their right labels"


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_tables_fit(done: Compared, width: int) -> None:
    """Summary and matrices keep to the width, and say what was compared on how many items."""
    board = leaderboard.board(done.store, None, done.registry.tasks)
    view = views.consistency(board, done.store, done.registry.tasks, "colours")
    file = StringIO()
    Console(file=file, width=width).print(view.draw(width))
    text = file.getvalue()

    assert max(map(len, text.splitlines())) <= width
    assert "colours: 40 items in all languages, 2 seeds" in text
    assert "RankC: how alike labels are ranked" in " ".join(text.split())
    assert text.count("en-de") + text.count("en-sw") + text.count("de-sw") == 2


def test_consistency_on_the_command_line(compare: Command, xharness: Command) -> None:
    """--consistency has a table for parallel targets, and JSON with every pair."""
    compare()
    from support.program import FAKES

    text = xharness("leaderboard", "--consistency", "--plugin", FAKES).out
    found = xharness("leaderboard", "--consistency", "--plugin", FAKES, "--json").json

    assert "colours: agreement between languages" in text
    assert "match: left out, retrieval has no parallel items." in text
    assert {row["target"] for row in found["consistency"]} == {"colours"}
    assert found["left_out"] == {"match": "retrieval has no parallel items"}

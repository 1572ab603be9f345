"""Numbers come from the store alone, and never stand without what they need."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

import pytest

from support.fake_comparison import Compared, compared
from xharness.analysis import results
from xharness.analysis.results import Summary
from xharness.errors import CorruptArtifactError


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison on three targets with two seeds."""
    folder = tmp_path_factory.mktemp("done") / "store"
    return compared(folder, targets=("colours", "match", "tags"))


@pytest.fixture
def copied(done: Compared, tmp_path: Path) -> Compared:
    """Return the same comparison in a store that may be damaged."""
    shutil.copytree(done.store.root, tmp_path / "store")
    return Compared(
        plan=done.plan,
        store=type(done.store)(tmp_path / "store"),
        registry=done.registry,
        runner=done.runner,
    )


def summaries(found: Compared) -> dict[tuple[str, str], Summary]:
    """Return every summary by strategy and target."""
    made = results.summarise(
        found.plan, results.collect(found.plan, found.store), found.store, found.metrics
    )
    return {(s.strategy, s.target): s for s in made}


def test_every_answer_has_its_result(done: Compared) -> None:
    """Each number carries suite, model, strategy, arm, target, language, seed, n and signature."""
    found = results.collect(done.plan, done.store)
    cells = [(r.strategy, r.intermediates, r.target, r.language, r.seed) for r in found]

    assert cells == [
        (a.strategy, a.intermediates, a.target, a.language, a.seed) for a in done.plan.answers
    ]
    assert {(r.suite, r.model, r.n) for r in found} == {("small", "fake-model", 40)}
    assert {r.signature for r in found if r.target == "tags"} == {"seqeval-chunk-f1@xtreme"}


def test_a_result_is_what_its_predictions_say(done: Compared) -> None:
    """A score is the share of right predictions in the store, in percent."""
    found = results.collect(done.plan, done.store)[0]
    score = done.store.find(done.plan.answers[0].key)
    assert score is not None
    stored = score.json("statistics.json")["statistics"]

    assert found.score == pytest.approx(100 * fmean(right for right, _ in stored))


def test_means_are_over_languages_and_seeds(done: Compared) -> None:
    """Both means are unweighted; the second one is without the source language."""
    rows = [r for r in results.collect(done.plan, done.store) if r.strategy == "english"]
    colours = [r for r in rows if r.target == "colours"]
    found = summaries(done)["english", "colours"]

    assert found.mean == pytest.approx(fmean(r.score for r in colours))
    assert found.mean_non_english == pytest.approx(
        fmean(r.score for r in colours if r.language != "en")
    )
    assert (found.seeds, found.languages, found.n, found.missing) == (2, 3, 120, 0)


def test_a_target_of_one_language_has_no_second_mean(done: Compared) -> None:
    """Without another language there is no mean without English, not a zero."""
    assert summaries(done)["english", "tags"].mean_non_english is None


def test_differences_are_to_the_baseline(done: Compared) -> None:
    """The difference is that of the means; the baseline has none, and no interval."""
    found = summaries(done)
    ours, base = found["english", "colours"], found["none", "colours"]
    assert ours.mean is not None
    assert base.mean is not None

    assert ours.delta == pytest.approx(ours.mean - base.mean)
    assert ours.low is not None
    assert ours.high is not None
    assert ours.delta is not None
    assert ours.low < ours.delta < ours.high
    assert (base.delta, base.low, base.high) == (None, None, None)


def test_the_same_store_gives_the_same_interval(done: Compared) -> None:
    """Intervals are resampled with a fixed seed, so a table never changes by itself."""
    assert summaries(done) == summaries(done)


def test_one_seed_has_no_interval(tmp_path: Path) -> None:
    """With one seed there is a difference and no interval."""
    found = summaries(compared(tmp_path / "store", targets=("colours",), seeds=(1,)))

    assert found["english", "colours"].delta is not None
    assert found["english", "colours"].low is None


def test_a_metric_that_is_not_loaded_gives_no_interval(done: Compared) -> None:
    """Without the task's plugin the scores stand, and nothing is resampled."""
    found = results.summarise(done.plan, results.collect(done.plan, done.store), done.store, {})

    assert all(s.low is None for s in found)
    assert all(s.mean is not None for s in found)


def test_a_missing_score_leaves_no_mean(copied: Compared) -> None:
    """A mean over fewer languages would not compare, so there is none; what is missing counts."""
    gone = next(a for a in copied.plan.answers if (a.strategy, a.language) == ("english", "sw"))
    shutil.rmtree(copied.store.folder_of(gone.key))
    found = summaries(copied)
    ours, base = found["english", "colours"], found["none", "colours"]

    assert (ours.mean, ours.mean_non_english, ours.delta, ours.low) == (None,) * 4
    assert (ours.languages, ours.missing) == (2, 1)
    assert (base.missing, base.mean is None) == (0, False)


def test_without_the_baseline_there_is_no_difference(copied: Compared) -> None:
    """Where the baseline lacks a language the strategy keeps its mean, and has no difference."""
    gone = next(a for a in copied.plan.answers if (a.strategy, a.language) == ("none", "sw"))
    shutil.rmtree(copied.store.folder_of(gone.key))
    ours = summaries(copied)["english", "colours"]

    assert ours.mean is not None
    assert ours.delta is None


def test_nothing_in_the_store(copied: Compared) -> None:
    """A plan without any score has summaries that say so."""
    shutil.rmtree(copied.store.root / "phases")
    found = summaries(copied)

    assert results.collect(copied.plan, copied.store) == ()
    assert {(s.mean, s.delta, s.n) for s in found.values()} == {(None, None, 0)}
    assert found["none", "colours"].missing == 3


@pytest.mark.parametrize("name", ["score.json", "statistics.json"])
def test_a_changed_score_is_refused(copied: Compared, name: str) -> None:
    """A number that was edited by hand never reaches a table."""
    artifact = copied.store.find(copied.plan.answers[-1].key)
    assert artifact is not None
    path = artifact.path / name
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "score": 99.9}), "utf-8")
    with pytest.raises(CorruptArtifactError, match=name):
        summaries(copied)


def test_results_are_plain_values(done: Compared) -> None:
    """Results and summaries can be written as JSON as they are."""
    found = results.collect(done.plan, done.store)
    made = summaries(done).values()

    assert json.loads(json.dumps([asdict(x) for x in (*found, *made)]))

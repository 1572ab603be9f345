"""The contrasts that a plan declares, tested as one family and shown with what they mean."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from rich.console import Console

from support.fake_comparison import TASKS, Compared, compared, trainings
from support.program import FAKES, Command
from support.stats_arms import difference
from xharness import metrics, stats
from xharness.analysis import results
from xharness.analysis.results import Summary
from xharness.phases import Predict
from xharness.planning.contrasts import Contrast, declare, opponents
from xharness.report.grid import grid
from xharness.report.leaderboard import leaderboard
from xharness.testing import fake_task

ROWS = [("none", "-"), ("english", "mnli"), ("english", "qqp"), ("source", "mnli")]


def pairs(against: str) -> list[tuple[str, str]]:
    """Return which rows are compared with which, on one target."""
    return [
        (f"{c.strategy} {c.intermediates}", f"{c.against} {c.against_intermediates}")
        for c in declare(ROWS, ["xnli"], against)
    ]


def test_every_row_is_compared_with_none() -> None:
    """`none` has one arm, which all rows are compared with."""
    assert pairs("none") == [
        ("english mnli", "none -"),
        ("english qqp", "none -"),
        ("source mnli", "none -"),
    ]


def test_arms_meet_the_arm_of_the_same_name() -> None:
    """Against a strategy of two arms a row meets its own; one that has neither, none."""
    assert pairs("english") == [("source mnli", "english mnli")]


def test_a_single_arm_meets_everyone() -> None:
    """Against a strategy of one arm that one is compared with every row."""
    assert pairs("source") == [
        ("none -", "source mnli"),
        ("english mnli", "source mnli"),
        ("english qqp", "source mnli"),
    ]


def test_without_the_strategy_nothing_is_compared() -> None:
    """A plan that lacks `none` declares no contrast with it."""
    assert declare([("english", "mnli")], ["xnli"], "none") == ()


def test_a_plan_from_before_has_the_arm_of_none() -> None:
    """A contrast that was published without the other's arm is against `none`'s only one."""
    old = Contrast(strategy="english", intermediates="mnli", against="none", target="xnli")

    assert opponents([old]) == {("english", "mnli", "xnli"): ("none", "-", "xnli")}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison on three targets with three seeds."""
    folder = tmp_path_factory.mktemp("done") / "store"
    return compared(folder, targets=("colours", "match", "tags"), seeds=(1, 2, 3))


def summaries(found: Compared, known: set[str] | None = None) -> dict[tuple[str, str], Summary]:
    """Return every summary by strategy and target; only known targets have a metric."""
    loaded = {n: m for n, m in found.metrics.items() if known is None or n in known}
    rows = results.collect(found.plan, found.store)
    made = results.summarise(found.plan, rows, found.store, loaded)
    return {(s.strategy, s.target): s for s in made}


def test_a_summary_is_what_stats_says_of_the_stored_examples(done: Compared) -> None:
    """Interval and p are those of `stats.compare`, from the statistics in the store."""
    arms: dict[str, stats.Arm] = {}
    codes: dict[str, int] = {}
    for strategy in ("english", "none"):
        answers = [a for a in done.plan.answers if (a.strategy, a.target) == (strategy, "colours")]
        arm = []
        for seed in (1, 2, 3):
            samples = []
            for answer in (a for a in answers if a.seed == seed):
                artifact = done.store.find(answer.key)
                assert artifact is not None
                stored = artifact.json("statistics.json")
                samples.append(
                    stats.Sample(
                        statistics=np.array(stored["statistics"], dtype=np.float64),
                        clusters=np.array(
                            [codes.setdefault(n, len(codes)) for n in stored["clusters"]]
                        ),
                    )
                )
            arm.append(samples)
        arms[strategy] = arm
    metric = done.metrics["colours"]
    expected = difference(arms["english"], arms["none"], score=lambda t: metrics.score(metric, t))
    found = summaries(done)["english", "colours"]

    assert (found.delta, found.p) == pytest.approx((expected.difference, expected.p))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.detectable == pytest.approx(expected.detectable)


def test_what_would_have_been_found_is_said_for_the_corrected_level(done: Compared) -> None:
    """The level is 5 % if at most one contrast was not found, else 5 % by their number."""
    whole = summaries(done)
    found = [whole["english", t] for t in ("colours", "match", "tags")]
    left = sum(not s.significant for s in found)

    for s in found:
        assert s.detectable is not None
        assert s.detectable_holm is not None
        assert (s.detectable_holm > s.detectable) == (left > 1)


def near_only(phase: Predict) -> float:
    """Return 0.3; after a training 0.8 in the languages near English."""
    return 0.8 if trainings(phase) > 1 and phase.language in {"de", "fr"} else 0.3


def test_near_and_far_languages_are_set_against_each_other(tmp_path: Path) -> None:
    """Gain in de and fr minus gain in ja and ko; hi, which is between, and en are in neither."""
    languages = ("en", "de", "fr", "hi", "ja", "ko")
    tasks = (TASKS[0], fake_task(name="wide", languages=languages, rows=60))
    done = compared(tmp_path, targets=("wide",), tasks=tasks, seeds=(1, 2, 3), skill=near_only)
    found = summaries(done)["english", "wide"]
    means = {
        (strategy, language): fmean(
            r.score
            for r in results.collect(done.plan, done.store)
            if (r.strategy, r.language) == (strategy, language)
        )
        for strategy in ("none", "english")
        for language in languages
    }
    gain = {n: means["english", n] - means["none", n] for n in languages}
    expected = (gain["de"] + gain["fr"] - gain["ja"] - gain["ko"]) / 2

    assert found.near_far == pytest.approx(expected)
    assert found.near_far_low is not None
    assert found.near_far_low > 20
    assert found.near_far_p_holm == found.near_far_p
    assert found.near_far_differs


def test_one_far_language_is_no_group(done: Compared) -> None:
    """A target with a single near or far language has no difference between them."""
    found = summaries(done)["english", "colours"]

    assert (found.near_far, found.near_far_p, found.near_far_differs) == (None, None, False)


def test_holm_is_over_all_declared_contrasts(done: Compared) -> None:
    """Of three contrasts the smallest p counts three times, also where only one can be tested."""
    whole, one = summaries(done), summaries(done, {"colours"})
    raw = [whole["english", t].p for t in ("colours", "match", "tags")]
    alone = one["english", "colours"]

    assert [whole["english", t].p_holm for t in ("colours", "match", "tags")] == list(
        stats.holm(raw)
    )
    assert alone.p is not None
    assert alone.p_holm == pytest.approx(min(1.0, 3 * alone.p))
    assert one["english", "match"].p_holm is None


def test_significance_follows_from_the_corrected_p(done: Compared) -> None:
    """At most 5 % is significant; the strategy that others are held to has no test."""
    found = summaries(done)

    for name in ("colours", "match", "tags"):
        made, base = found["english", name], found["none", name]
        assert made.p_holm is not None
        assert made.significant is (made.p_holm <= 0.05)
        assert (made.against, base.against, base.significant) == ("none", None, None)


def test_ranks_are_those_of_all_rows(done: Compared) -> None:
    """The row with the higher mean is first; where no test separates two, both ranks are open."""
    found = summaries(done)

    for name in ("colours", "match", "tags"):
        made, base = found["english", name], found["none", name]
        assert made.delta is not None
        assert (made.rank, base.rank) == ((1, 2) if made.delta > 0 else (2, 1))
        separated = made.p is not None and made.p <= 0.05
        assert (made.rank_low, made.rank_high) == ((made.rank,) * 2 if separated else (1, 2))


def test_languages_at_large_need_families(done: Compared) -> None:
    """Two languages beside the source are too few to speak of others."""
    made = summaries(done)["english", "colours"]

    assert made.low is not None
    assert (made.low_at_large, made.high_at_large) == (None, None)


def test_rounding_is_no_difference_to_xtreme(done: Compared) -> None:
    """Means of three seeds that only add up in another order have no line of their own."""
    made = leaderboard(grid(list(summaries(done).values()), title="t"), width=200)
    file = StringIO()
    Console(file=file, width=200).print(made)

    assert "XTREME" not in file.getvalue()


def test_one_seed_has_no_test(tmp_path: Path) -> None:
    """With one seed there is no p, no detectable difference and no number of seeds."""
    made = summaries(compared(tmp_path / "store", targets=("colours",), seeds=(1,)))
    found = made["english", "colours"]

    assert found.against == "none"
    assert (found.p, found.p_holm, found.significant) == (None, None, None)
    assert (found.detectable, found.seeds_needed, found.rank) == (None, None, None)


def test_against_is_recorded_in_the_plan(compare: Command, xharness: Command) -> None:
    """--against english compares `none` with it, with the signs turned, then and afterwards."""
    arguments = ("--seeds", "3", "--targets", "colours")
    usual = compare("--json", *arguments).json["summary"]
    turned = compare("--json", *arguments, "--against", "english").json["summary"]
    later = xharness("leaderboard", "--json", "--plugin", str(FAKES)).json["summary"]

    assert [s["against"] for s in usual] == [None, "none"]
    assert [s["against"] for s in turned] == ["english", None]
    assert turned[0]["delta"] == pytest.approx(-usual[1]["delta"])
    assert (turned[0]["low"], turned[0]["p"]) == pytest.approx((-usual[1]["high"], usual[1]["p"]))
    assert later == turned


def test_the_leaderboard_can_be_held_to_another_strategy(
    compare: Command, xharness: Command
) -> None:
    """`leaderboard --against` says that the plan had declared something else."""
    compare("--seeds", "2", "--targets", "colours")
    text = " ".join(xharness("leaderboard", "--against", "english").out.split())

    assert "english: percent; others: points ahead of it (+)" in text
    assert "xharness leaderboard --details --against english" in text
    assert "Compared with english afterwards; the plan declares contrasts against none." in text
    assert "afterwards" not in xharness("leaderboard", "--against", "none").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--against", "englisch"), "did you mean english"),
        (
            ("--against", "english", "--by", "family"),
            "only the first screen, --details and --map compare with another",
        ),
    ],
)
def test_against_is_checked(
    compare: Command, xharness: Command, arguments: tuple[str, ...], said: str
) -> None:
    """A strategy that is not in the plan, or a view that cannot show it, is wrong input."""
    compare("--targets", "colours")
    ran = xharness("leaderboard", *arguments)

    assert ran.status == 2
    assert said in ran.said.replace("\N{BOX DRAWINGS LIGHT VERTICAL} ", "")


def test_comparing_with_a_strategy_that_is_not_compared(compare: Command) -> None:
    """`compare --against` names what could have been meant."""
    ran = compare("--against", "englisch")

    assert ran.status == 2
    assert "no compared strategy is called 'englisch'; did you mean english?" in ran.said


def test_the_table_says_what_the_dagger_means() -> None:
    """Below the table: the dagger, what would be found and with how many seeds, who wins."""
    cells = [
        verdict("colours", 2.5, p_holm=0.02, detectable=2.1, seeds_needed=11),
        verdict("match", 0.5, p_holm=0.4, detectable=3.4, seeds_needed=None),
        verdict("tags", -3.0, p_holm=0.05, detectable=2.0, seeds_needed=9),
    ]
    file = StringIO()
    Console(file=file, width=200).print(leaderboard(grid(cells, title="t"), width=200))
    text = " ".join(file.getvalue().split())

    assert text.count("\N{DAGGER} ") == 2
    assert "+2.5 [+1.5, +3.5]\N{DAGGER} +0.5 [\N{MINUS SIGN}0.5, +1.5] " in text
    assert (
        "\N{DAGGER}: significant at 5 %, corrected for all contrasts that the plan declares" in text
    )
    assert "colours 2.1 (1.0 needs 11 seeds); match 3.4 (1.0 needs more items, or over" in text
    assert "Wins, ties and losses by \N{DAGGER}: english mnli 1, 1, 1." in text


def test_ranks_of_three_rows_are_listed() -> None:
    """A target of three rows has a line with each rank and the ranks that are left open."""
    ranks = {("none", "-"): (3, 2, 3), ("english", "mnli"): (1, 1, 1), ("mlm", "-"): (2, 2, 3)}
    cells = [
        replace(
            verdict("tags", 1.0, p_holm=0.2, detectable=2.0, seeds_needed=9),
            strategy=row[0], intermediates=row[1], rank=rank, rank_low=low, rank_high=high,
        )
        for row, (rank, low, high) in ranks.items()
    ]  # fmt: skip
    file = StringIO()
    Console(file=file, width=200).print(leaderboard(grid(cells, title="t"), width=200))

    assert (
        "Ranks on tags, with 95 % intervals: none 3 (2 to 3), english mnli 1 (1), "
        "mlm 2 (2 to 3)." in " ".join(file.getvalue().split())
    )


def verdict(
    target: str, delta: float, *, p_holm: float, detectable: float, seeds_needed: int | None
) -> Summary:
    """Return a cell with a test."""
    return Summary(
        strategy="english", intermediates="mnli", target=target, mean=60.0, mean_non_english=50.0,
        delta=delta, low=delta - 1, high=delta + 1, seeds=3, languages=15, n=3000,
        signature="accuracy@1", against="none", p=p_holm / 3, p_holm=p_holm,
        detectable=detectable, seeds_needed=seeds_needed,
    )  # fmt: skip

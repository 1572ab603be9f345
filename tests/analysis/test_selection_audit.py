"""How far selection rules differ, and whether they change who is ahead."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from statistics import fmean

import pytest
from rich.console import Console

from support.fake_comparison import Compared, compared
from support.printing import printed
from support.program import Command
from xharness.analysis import results, selection_audit
from xharness.analysis.caveats import Caveats
from xharness.analysis.selection_audit import Audit, AuditedRow
from xharness.commands import leaderboard, views
from xharness.planning import plan as planning
from xharness.report.selection_audit import audit as drawn
from xharness.report.wording import MINUS

RULES = ("weight-average", "last", "english-dev")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison under three rules."""
    folder = tmp_path_factory.mktemp("rules") / "store"
    return compared(folder, targets=("colours",), selection=RULES, keep=3)


def test_means_are_those_of_each_rule(done: Compared) -> None:
    """Under every rule a row's mean is that of the plan with this rule alone."""
    found = selection_audit.collect(done.plan, [], done.store)
    row = next(r for r in found.rows if r.strategy == "english")
    by_rule = {
        rule: fmean(
            r.score
            for r in results.collect(planning.under(done.plan, rule), done.store)
            if r.strategy == "english"
        )
        for rule in RULES
    }

    assert found.rules == RULES
    assert row.means == pytest.approx(by_rule)
    assert row.spread == pytest.approx(max(by_rule.values()) - min(by_rule.values()))
    assert row.oracle_gap == {}


def test_other_plans_add_their_rules(done: Compared) -> None:
    """A plan with one rule gets the others from plans of the store, each rule once."""
    alone = planning.under(done.plan, "last")
    found = selection_audit.collect(alone, [done.plan, done.plan], done.store)

    assert found.rules == ("last", "weight-average", "english-dev")
    assert found.rows[0].means == selection_audit.collect(done.plan, [], done.store).rows[0].means


def test_another_recipe_is_another_comparison(done: Compared) -> None:
    """Plans that differ in model, recipe, limits or suite are passed over; other seeds too."""
    last = planning.under(done.plan, "last")
    other = [
        replace(last, **change)
        for change in (
            {"model": "x"}, {"recipe": "x"}, {"settings": "x"}, {"suite": "x"}, {"limit_eval": 3},
            {"seeds": (7,)},
        )
    ]  # fmt: skip
    found = selection_audit.collect(planning.under(done.plan, "weight-average"), other, done.store)

    assert found.rules == ("weight-average",)


def test_only_common_seeds_count(done: Compared) -> None:
    """A rule that was run with one of the seeds is compared on this one."""
    ours, last = (planning.under(done.plan, rule) for rule in RULES[:2])
    part = replace(last, seeds=(2,), answers=tuple(a for a in last.answers if a.seed == 2))
    found = selection_audit.collect(ours, [part], done.store)
    row = next(r for r in found.rows if r.strategy == "none")
    scores = [
        r.score for r in results.collect(ours, done.store) if r.strategy == "none" and r.seed == 2
    ]

    assert found.seeds == (2,)
    assert row.means["weight-average"] == pytest.approx(fmean(scores))


def audited(strategy: str, **means: float | None) -> AuditedRow:
    """Return a row with these means."""
    return AuditedRow(
        strategy=strategy,
        intermediates="-",
        target="t",
        means=means,
        spread=None,
        oracle_gap={},
        most=None,
        languages=2,
        signature="s@1",
    )


def test_flips() -> None:
    """An order flips where two rules disagree; equal means and missing ones flip nothing."""
    rows = [
        audited("a", last=60.0, average=61.0, dev=None),
        audited("b", last=59.0, average=62.0, dev=1.0),
        audited("c", last=60.0, average=60.5, dev=2.0),
    ]
    found = list(selection_audit.flips(rows))

    assert [(f.ours[0], f.theirs[0]) for f in found] == [("a", "b"), ("b", "c")]
    assert found[0].differences == {"last": 1.0, "average": -1.0}


def test_the_oracle_is_ahead_by_hand() -> None:
    """Target-dev 64 against 61.5 and nothing: a gap of 2.5, and none."""
    assert selection_audit.oracle_gaps({"target-dev": 64.0, "last": 61.5, "average": None}) == {
        "last": 2.5,
        "average": None,
    }
    assert selection_audit.oracle_gaps({"last": 61.5}) == {}


def test_the_language_that_moves_most() -> None:
    """Swahili is 3 points apart, German 1; a language with one score does not count."""
    found = selection_audit.moved_most(("de", "sw", "th"), [[50.0, 40.0, 1.0], [51.0, 43.0, None]])

    assert found == ("sw", 3.0)
    assert selection_audit.moved_most(("de", "sw"), [[50.0, 40.0], [50.0, 40.0]]) is None


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table(done: Compared, width: int) -> None:
    """Every rule has a column, the first one is the plan's own, and no line is too wide."""
    board = leaderboard.board(done.store, None, done.registry.tasks)
    text = printed(views.audit(board, done.store, None), width)

    assert max(map(len, text.splitlines())) <= width
    assert all(rule in text for rule in RULES)
    assert "points ahead of weight-average" in " ".join(text.split())
    assert "No oracle gap" in text


def test_a_target_that_no_rule_moves_has_no_table() -> None:
    """It is only named; elsewhere a flip shows its signs, and a row that stays has a dash."""
    moved = [
        replace(audited("a", last=60.0, dev=60.5), spread=0.5, most=("sw", 0.5)),
        replace(audited("b", last=60.04, dev=60.04), spread=0.0),
    ]
    still = replace(moved[1], target="still")
    found = Audit(
        rules=("last", "dev"),
        seeds=(1,),
        rows=(*moved, still),
        flips=tuple(selection_audit.flips(moved)),
        same_checkpoints=False,
    )
    file = StringIO()
    Console(file=file, width=100).print(
        drawn(found, title="suite: m", width=100, caveats=Caveats())
    )
    lines = [" ".join(line.split()) for line in file.getvalue().splitlines()]

    assert f"t: the order depends on the rule: a against b: last {MINUS}0.04, dev +0.46." in lines
    assert "b 60.0 60.0 (±0.0) 0.0 -" in lines
    assert "still: every rule gives the same scores." in lines
    assert not any("still by selection rule" in line for line in lines)


def test_one_rule_says_what_to_do(compare: Command, xharness: Command) -> None:
    """With one rule there is nothing to audit, and the command that makes another is named."""
    compare()
    ran = xharness("leaderboard", "--audit")

    assert ran.status == 0
    assert "--selection A,B" in " ".join(ran.out.split())
    assert xharness("leaderboard", "--audit", "--json").json["rules"] == ["last"]

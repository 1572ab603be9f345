"""What a comparison found, in one sentence for each row, made from its tests and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from xharness.report.points import row_names, short
from xharness.report.wording import MINUS, count, percent, signed

if TYPE_CHECKING:
    from xharness.analysis.results import Summary
    from xharness.planning.contrasts import TargetEntry

LARGEST = 100.0
"""Points: no difference of two percentages is larger."""


def sentences(
    summaries: Sequence[Summary], failed: Collection[TargetEntry] = ()
) -> Mapping[str, str]:
    """Return the name of each row that is compared with another to what was found about it.

    A difference counts as found if it is significant after Holm's correction. Where none was
    found, the sentence says how large one would have been found; it never says there is none.

    Args:
        summaries: At most one per strategy, arm and target.
        failed: The cells that lack a mean because a phase failed.
    """
    names = short(list(dict.fromkeys(s.target for s in summaries)))
    rows = row_names(list(dict.fromkeys(s.on_target.entry for s in summaries)))
    told = {}
    for row, name in rows.items():
        mine = [s for s in summaries if s.on_target.entry == row and s.against is not None]
        if mine:
            told[name] = "; ".join(_parts(mine, names, failed)) + "."
    return told


def _parts(
    mine: Sequence[Summary], names: Mapping[str, str], failed: Collection[TargetEntry]
) -> Iterator[str]:
    """Yield what was found about one row, the surest first."""
    tested = [s for s in mine if s.delta is not None and s.significant is not None]
    found = [s for s in tested if s.significant]
    for word, some in (
        ("better", [s for s in found if (s.delta or 0.0) > 0]),
        ("worse", [s for s in found if (s.delta or 0.0) <= 0]),
    ):
        if some:
            yield f"{word} on {_on(some, mine, names)}"
    if open_ := [s for s in tested if not s.significant]:
        where = _on(open_, mine, names, every="any of the ")
        yield f"no difference found on {where}{_would(open_, names)}"
    yield from _near_and_far(tested, names)
    yield from _untested([s for s in mine if s.delta is not None and s not in tested], mine, names)
    yield from _lacking([s for s in mine if s.delta is None], mine, names, failed)


def _would(open_: Sequence[Summary], names: Mapping[str, str]) -> str:
    """Return how large a difference would have been found, as " (…)"; nothing if not known."""
    known = [(s.detectable_holm, names[s.target]) for s in open_ if s.detectable_holm is not None]
    sizes = sorted((size for size in known if size[0] <= LARGEST), key=itemgetter(0))
    beyond = [name for size, name in known if size > LARGEST]
    if not sizes:
        return " (nor would one of any size have been)" if beyond else ""
    (least, first), (most, last) = sizes[0], sizes[-1]
    size = f"{percent(least)} points"
    if percent(least) != percent(most):
        size += f" on {first} to {percent(most)} on {last}"
    elif beyond:
        size += f" on {listed([name for _, name in sizes])}"
    return f" ({size} would have been{f'; none of any size on {listed(beyond)}' if beyond else ''})"


def _near_and_far(tested: Sequence[Summary], names: Mapping[str, str]) -> Iterator[str]:
    """Yield where near and far languages gain or lose differently, if that is significant."""
    apart = [(s, s.near_far) for s in tested if s.near_far is not None and s.near_far_differs]
    for more, less, some in (
        ("near", "far", [(s, points) for s, points in apart if points > 0]),
        ("far", "near", [(s, -points) for s, points in apart if points < 0]),
    ):
        if some:
            signs = {(s.delta or 0.0) > 0 for s, _ in some}
            how = " or ".join(w for w, gains in _WAYS.items() if gains in signs)
            low, high = (percent(end(points for _, points in some)) for end in (min, max))
            by = low if low == high else f"{low} to {high}"
            where = listed([names[s.target] for s, _ in some])
            yield f"{more} languages {how} than {less} ones on {where} (by {by})"


_WAYS = {"gain more": True, "lose less": False}
"""How one group of languages differs from another, to whether the row is ahead on the target."""


def _untested(
    some: Sequence[Summary], mine: Sequence[Summary], names: Mapping[str, str]
) -> Iterator[str]:
    """Yield on which targets the row is ahead or behind without a test, and why without."""
    if not some:
        return
    ways: dict[str, list[Summary]] = {"ahead": [], "behind": [], "level": []}
    for s in some:
        ways[_SIGNS[signed(s.delta or 0.0)[0]]].append(s)
    where = [f"{way} on {_on(there, mine, names)}" for way, there in ways.items() if there]
    one_seed = all(s.seeds == 1 for s in some)
    why = "one seed decides nothing" if one_seed else "without an interval nothing is decided"
    yield f"{', '.join(where)}, but {why}"


_SIGNS = {"+": "ahead", MINUS: "behind", "\N{PLUS-MINUS SIGN}": "level"}
"""Sign of a difference, as it is printed, in words."""


def _lacking(
    some: Sequence[Summary],
    mine: Sequence[Summary],
    names: Mapping[str, str],
    failed: Collection[TargetEntry],
) -> Iterator[str]:
    """Yield on which targets nothing can be said, and why."""
    broken = [s for s in some if s.on_target in failed]
    lacking = [s for s in some if s not in broken and s.mean is None]
    alone = [s for s in some if s not in broken and s not in lacking]
    if broken:
        yield f"no result on {_on(broken, mine, names)}, where a phase failed"
    if lacking:
        few, many = (end(s.missing for s in lacking) for end in (min, max))
        languages = count(many, "language") if few == many else f"{few} to {many} languages"
        yield f"no result on {_on(lacking, mine, names)} (scores of {languages} are missing)"
    if alone:
        yield f"not compared on {_on(alone, mine, names)}, where {alone[0].against} has no result"


def _on(
    some: Sequence[Summary], all_: Sequence[Summary], names: Mapping[str, str], every: str = "all "
) -> str:
    """Return targets by name, or "all 9 targets" where they are all of several."""
    if len(some) == len(all_) > 2:
        return f"{every}{len(some)} targets"
    return listed([names[s.target] for s in some])


def listed(names: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last

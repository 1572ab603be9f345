"""Checks that a tracker can be started and told of a training and of a score."""

from __future__ import annotations

from collections.abc import Iterator

from xharness.errors import one_line
from xharness.keys import Key
from xharness.plugin.hooks import Point, Report, Tracker
from xharness.testing.promises import admitted, refuse

_LABELS = {
    "suite": "lab",
    "model": "org/model",
    "recipe": "standard",
    "strategy": "none,relay:reverse=true",
    "intermediates": "first+second",
    "target": "remarks",
    "seed": "1",
}
_RUN, _SCORE = Key("1" * 64), Key("2" * 64)


def reports() -> tuple[Report, ...]:
    """Return what a tracker is told of: a training, its score, and the training again."""
    curve = [(name, n) for n in (0, 1) for name in ("loss", "learning_rate")]
    points = tuple(Point(name=name, step=n, value=0.5 / (n + 1)) for name, n in curve)
    title = "relay first: remarks seed 1 after first"
    trained = Report(run=_RUN, title=title, labels=_LABELS, phase=_RUN, points=points)
    scored = Report(
        run=_RUN,
        title=title,
        labels=_LABELS,
        phase=_SCORE,
        points=(Point(name="test/remarks/sw", step=0, value=87.5),),
    )
    # A run that goes on tells of what is finished once more.
    return trained, scored, trained


def assert_tracker_conforms(tracker: Tracker, place: str = "") -> None:
    """Start a tracker and tell it of a training, its score, and the training again.

    Args:
        tracker: What to check.
        place: What a user would write after its name; a folder of the test, for example.

    Raises:
        AssertionError: If it breaks a promise; names every problem.
    """
    refuse("tracker", tracker, admitted("tracker", tracker) or _told(tracker, place))


def _told(tracker: Tracker, place: str) -> Iterator[str]:
    """Yield what goes wrong when a tracker is told of phases."""
    try:
        tell: object = tracker.start(place)
    except (Exception, SystemExit) as wrong:  # noqa: BLE001  # the author must see it
        yield f"start: raises {one_line(wrong)}"
        return
    if not callable(tell):
        yield f"start: returns {tell!r}; a function of one report would be right"
        return
    for report in reports():
        try:
            tell(report)
        except (Exception, SystemExit) as wrong:  # noqa: BLE001  # the author must see it
            yield f"what start returns: raises {one_line(wrong)} for {report.points[0].name}"

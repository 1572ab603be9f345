"""A plugin of one file with trackers: one that writes lines, and one that fails at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xharness import Report, Tracker, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Writes a line per point into a file."""

    name: str = "lines"

    def start(self, place: str) -> Callable[[Report], None]:
        """Return what writes a report."""

        def tell(report: Report) -> None:
            with Path(place).open("a", encoding="utf-8") as out:
                out.writelines(
                    f"{report.title} {point.name} {point.step} {point.value}\n"
                    for point in report.points
                )

        return tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Fails when it is told something."""

    name: str = "broken"

    def start(self, place: str) -> Callable[[Report], None]:
        """Return what fails."""

        def tell(report: Report) -> None:
            raise OSError(f"no room\nfor {report.points[0].name}")

        return tell


@hookimpl
def xharness_trackers() -> Sequence[Tracker]:
    """Offer both."""
    return [Lines(), Broken()]

"""How numbers are written: one decimal, a sign on every difference, words for durations."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
DAGGER = "\N{DAGGER}"
"""Stands after a difference that is significant, corrected for all contrasts of the plan."""


def percent(value: float) -> str:
    """Return "64.1"."""
    return f"{value:.1f}"


def signed(value: float, digits: int = 1) -> str:
    """Return "+1.2", with a true minus sign when negative, and "±0.0" near zero.

    Args:
        value: Points.
        digits: After the point.
    """
    rounded = f"{abs(value):.{digits}f}"
    if not float(rounded):
        return f"±{rounded}"
    return f"{'+' if value > 0 else MINUS}{rounded}"


def bracketed(low: float, high: float) -> str:
    """Return an interval: "[+0.3, +2.7]"."""
    return f"[{signed(low)}, {signed(high)}]"


def duration(seconds: float) -> str:
    """Return "8 s", "3 min 20 s", "2 h 5 min" or "3 d 4 h"."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def count(value: int, noun: str) -> str:
    """Return "1 seed" or "1,000 seeds"."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"

"""Learning-rate schedules: the update's number to a factor of the peak rate."""

from __future__ import annotations

from xharness.errors import StudyError, unknown


def factor(schedule: str, update: int, total: int, warmup: float, decay: float) -> float:
    """Return the factor of the peak rate for one update, above 0 and at most 1.

    Args:
        schedule: "linear" rises, then falls to zero; "wsd" rises, stays, then falls to zero.
        update: From 0 to total - 1.
        total: Updates in all.
        warmup: Fraction of them over which the rate rises.
        decay: Fraction of them over which "wsd" falls at the end.

    Raises:
        StudyError: If the schedule is unknown.

    Source:
        "linear": Devlin et al. 2019, appendix A.2. "wsd": Hu et al. 2024, section 4, with a
        linear decay.
    """
    if schedule not in {"linear", "wsd"}:
        raise StudyError("recipe", [unknown("schedule", "schedule", schedule, ("linear", "wsd"))])
    rising = round(warmup * total)
    if update < rising:
        return (update + 1) / (rising + 1)
    if schedule == "linear":
        return (total - update) / (total - rising)
    falling = min(round(decay * total), total - rising)
    return min(1.0, (total - update) / (falling + 1))

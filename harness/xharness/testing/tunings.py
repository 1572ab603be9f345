"""Checks that a tuning method keeps every promise that tuning methods make, on a small encoder."""

from __future__ import annotations

from typing import Any

from xharness.testing.promises import admitted, refuse
from xharness.tuning import TuningMethod


def assert_tuning_conforms(method: TuningMethod, encoder: Any = None) -> None:
    """Check what a tuning method makes, trains and merges.

    What it makes must follow from torch's seed, something that it trains must change the outputs,
    and what is stored must compute what was trained.

    Args:
        method: What to check.
        encoder: A model of transformers to try it on; None for a small XLM-R.

    Raises:
        AssertionError: If the method breaks a promise; names every problem.
    """
    problems = admitted("tuning", method)
    if not problems:
        from xharness.engine.training import trial  # loads torch

        problems = [*trial.problems(method, trial.small_encoder() if encoder is None else encoder)]
    refuse("tuning method", method, problems)

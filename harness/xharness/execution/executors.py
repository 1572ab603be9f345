"""Lets an executor run the phases of a plan, and holds it to what executors promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xharness.errors import PluginError, XHarnessError, one_line
from xharness.keys import Key, key
from xharness.phases import Phase
from xharness.plugin.hooks import Executor

_KEPT = "what finished is kept"


def run_all(executor: Executor, phases: Sequence[Phase], run_one: Callable[[Phase], None]) -> None:
    """Let an executor call `run_one` once with every phase.

    Args:
        executor: Perhaps a plugin's.
        phases: Each once, parents first.
        run_one: What it raises ends the run, and is raised here as it is.

    Raises:
        PluginError: If the executor fails by itself, runs what is no phase of the plan, or returns
            before it has run all.
    """
    where = f"executor {executor.name}"
    ours: list[BaseException] = []
    left = {key(phase) for phase in phases}

    def one(phase: Phase) -> None:
        if (phase_key := _key_of(phase)) not in left:
            raise PluginError(
                f"{where}: runs {phase!r}, which is no phase of the plan or was run before; {_KEPT}"
            )
        left.discard(phase_key)
        try:
            run_one(phase)
        except BaseException as wrong:
            ours.append(wrong)
            raise

    try:
        executor.run(phases, one)
    except XHarnessError:
        raise
    except (Exception, SystemExit) as wrong:
        if wrong in ours:
            raise
        raise PluginError(f"{where}: fails with {one_line(wrong)}; {_KEPT}") from wrong
    if left:
        raise PluginError(
            f"{where}: has run {len(phases) - len(left)} of {len(phases)} phases; all would be "
            f"right; {_KEPT}"
        )


def _key_of(phase: Phase) -> Key | None:
    """Return the key of a phase; None for what is none."""
    try:
        return key(phase)
    except TypeError:
        return None

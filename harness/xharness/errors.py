"""Everything xharness raises on purpose, and how it is worded.

XHarnessError                     exit status 2 unless it says otherwise
├── StudyError                    a request, a file or a flag is wrong; every problem at once
├── DataError                     rows, columns, labels or languages are not what a task declares
├── ModelError                    weights, config or tokenizer cannot be used
├── TrainingError                 a loss is not finite, or memory is too small
├── StoreError                    the store cannot be read or written
│   └── CorruptArtifactError      a stored file is not what was written
├── PluginError                   a plugin that was asked for, or is needed, fails
├── PlanRefusedError              a plugin gave reasons not to run the plan
├── HubError                      the hub does not give something, or the way to it is cut
├── OfflineError                  something must be fetched and --offline forbids it
├── WorkerError                   a worker process ended while it ran a phase
└── PhaseFailedError              exit status 1: one phase failed, the others stand

A message says where, what is wrong, and what would be right, in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_LISTED = 10
"""Problems of rows that are listed before the rest is only counted."""


class XHarnessError(Exception):
    """Something a user can put right; shown without a traceback."""


class StudyError(XHarnessError):
    """A file or a command line cannot be run; carries every problem found.

    Args:
        path: The file, or "command line".
        problems: One line each: "where: what is wrong, what would be right".
    """

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        super().__init__("\n".join([f"{path}: {count}", *(f"  {p}" for p in self.problems)]))


class DataError(XHarnessError):
    """Rows are not what their task declares."""


class ModelError(XHarnessError):
    """A model's weights, config or tokenizer cannot be used."""


class TrainingError(XHarnessError):
    """A training cannot go on: its loss is not finite, or memory is too small."""


class StoreError(XHarnessError):
    """The store cannot be read or written."""


class CorruptArtifactError(StoreError):
    """A stored file is not, byte for byte, what was written."""


class PluginError(XHarnessError):
    """A plugin that was asked for, or that a run needs, cannot be used."""


class PlanRefusedError(XHarnessError):
    """A plugin gave reasons not to run a plan.

    Args:
        reasons: One sentence each.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(["the plan was refused:", *(f"  {r}" for r in self.reasons)]))


class HubError(XHarnessError):
    """The hub does not give something, or the connection to it does not hold."""


class OfflineError(XHarnessError):
    """Something would have to be fetched, and --offline forbids it."""


class WorkerError(XHarnessError):
    """A worker process ended while it ran a phase."""


class CrashedError(Exception):
    """An unexpected exception in a worker process, passed on to the main process.

    Args:
        name: Class of the exception.
        message: Its message.
        trace: Its traceback.
    """

    def __init__(self, name: str, message: str, trace: str) -> None:
        self.name = name
        self.trace = trace
        super().__init__(message)


class PhaseFailedError(XHarnessError):
    """One phase failed; what finished is kept.

    Args:
        phase: The phase, as a person reads it.
        key: Its key.
        cause: What went wrong, one sentence.
    """

    def __init__(self, phase: str, key: str, cause: str) -> None:
        self.phase = phase
        self.key = key
        self.cause = cause
        super().__init__(f"{phase} {key[:10]} failed: {cause}")


def one_line(wrong: BaseException) -> str:
    """Return an exception's class and message in one line."""
    return " ".join(f"{type(wrong).__name__}: {wrong}".split())


def listed(problems: Sequence[str]) -> str:
    """Return problems one a line: the first ten, and the number of the others."""
    more = len(problems) - _LISTED
    tail = [f"and {more} more rows"] if more > 0 else []
    return "\n".join([*problems[:_LISTED], *tail])


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean a or b?", or the known names when none is near."""
    names = sorted(known)
    near = get_close_matches(name, names, n=2, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"known: {', '.join(names)}" if names else "there are none"


def unknown(where: str, noun: str, name: str, known: Iterable[str]) -> str:
    """Return the one-line problem for a name that does not exist, with the nearest ones."""
    return f"{where}: no {noun} is called {name!r}; {nearest(name, known)}"

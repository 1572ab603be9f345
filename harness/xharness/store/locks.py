"""Locks that one process at a time holds, also between machines that share a disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import SoftFileLease

_LEASE = 60.0
"""Seconds without a heartbeat after which another machine may take a lock over. All processes on
one store must have the same value: filelock refuses a lock that was taken with another one."""
_HEARTBEAT = 10.0
"""Seconds between heartbeats. A slow network disk may lose five in a row before the lease ends."""
_POLL = 0.1
"""Seconds between looks at a lock that another process holds."""
_STEP = 0.5
"""Seconds of waiting after which `waiting` is told again, so that it can stop the waiting."""
_TORN = 10.0
"""Seconds after which a lock's file that is still empty belongs to nobody: a living process
fills it right after making it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The process that holds a lock."""

    pid: int
    host: str

    def __str__(self) -> str:
        """Return "pid 123 on host"."""
        return f"pid {self.pid} on {self.host}"


Waiting = Callable[[Owner], None]
"""Called about twice a second while another process holds a lock; may raise to stop waiting."""


@contextmanager
def hold(path: Path, waiting: Waiting | None = None) -> Iterator[Callable[[], bool]]:
    """Hold a lock inside a with block, waiting for it as long as it takes.

    The lock of a process on this machine that has died is taken at once; that of a process on
    another machine once it has sent no heartbeat for a minute.

    Args:
        path: The lock's file; its folder is made if need be.
        waiting: Told who holds the lock while another process does.

    Yields:
        A function that returns whether the lock is still held. If this process was stopped for
        over a minute, as by a suspended laptop, another one may have taken it.
    """
    from filelock import Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lease = _lease(path)
    timeout = 0.0  # at first, so that `waiting` is told at once
    while True:
        try:
            lease.acquire(timeout=timeout, poll_interval=_POLL)
            break
        except Timeout:
            timeout = _STEP
            _discard_torn(path)
            if waiting is not None and (owner := lease.owner) is not None:
                # The name may carry the container's process namespace after a question mark.
                waiting(Owner(pid=owner.pid, host=owner.hostname.partition("?")[0]))
    try:
        yield lambda: lease.is_lock_held_by_us
    finally:
        lease.release()


@contextmanager
def hold_if_free(path: Path) -> Iterator[bool]:
    """Hold a lock inside a with block, unless a living process has it.

    Yields:
        Whether it is held; False when another process has it.
    """
    from filelock import Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    _discard_torn(path)
    lease = _lease(path)
    try:
        lease.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lease.release()


def _discard_torn(path: Path) -> None:
    """Remove a lock's file that is empty because its process was killed right after making it."""
    with suppress(FileNotFoundError):
        state = path.stat()
        if state.st_size == 0 and time.time() - state.st_mtime > _TORN:
            path.unlink()


def _lease(path: Path) -> SoftFileLease:
    """Return the lock of a file, not yet acquired."""
    # Of filelock's classes only this one has an owner, a heartbeat and a take-over on network
    # disks. After a kill, the strict lock waits until a person removes its file; the marker lock
    # waits for ever if the host is dead. A lease has a price: a process that was stopped may lose
    # it without noticing. What makes sure that a phase is published only once is therefore not
    # the lock, but the rename into place (`Store.publishing`).
    from filelock import SoftFileLease

    return SoftFileLease(path, lease_duration=_LEASE, heartbeat_interval=_HEARTBEAT)

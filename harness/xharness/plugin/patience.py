"""Names a plugin that keeps everybody waiting, so that no user wonders what is slow.

One thread watches all of them: most imports take a millisecond, and a thread for each would take
as long again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 2.0
"""How long a plugin may take before it is named."""
_LOOKS = 10
"""How often it is looked for slow ones in that time."""
_LOG = logging.getLogger("xharness")


@contextmanager
def named_if_slow(plugin: str, what: str) -> Iterator[None]:
    """Say on standard error which plugin is at work, if the with block takes more than 2 seconds.

    Args:
        plugin: Its name.
        what: What it does, such as "its import" or the name of a hook.
    """
    readable = "".join(sign if sign.isprintable() else "?" for sign in plugin)

    text = f"plugin {readable}: {what} takes more than {SECONDS:g} s; waiting for it (Ctrl-C stops)"
    mine = object()
    with _CHANGING:
        _WATCHED[mine] = (time.monotonic() + SECONDS, text)
        if not _WATCHER:
            _WATCHER.append(threading.Thread(target=_watch, name="xharness-patience", daemon=True))
            _WATCHER[0].start()
    try:
        yield
    finally:
        with _CHANGING:
            _WATCHED.pop(mine, None)


_CHANGING = threading.Lock()
"""Held while any of these two changes."""
_WATCHED: dict[object, tuple[float, str]] = {}
"""What is at work now: when to tell of it, and what to say."""
_WATCHER: list[threading.Thread] = []
"""The thread that watches, while there is one."""


def _watch() -> None:
    """Tell of everything that takes too long; end when nothing was at work for a while."""
    idle = 0
    while True:
        time.sleep(SECONDS / _LOOKS)
        with _CHANGING:
            now = time.monotonic()
            late = {mine: text for mine, (due, text) in _WATCHED.items() if due <= now}
            for mine in late:
                del _WATCHED[mine]
            idle = 0 if _WATCHED else idle + 1
            if idle > _LOOKS:
                _WATCHER.clear()
                return
        for text in late.values():
            _LOG.warning("%s", text)

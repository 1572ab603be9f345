"""Names a plugin that keeps everybody waiting, so that no user wonders what is slow."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 2.0
"""How long a plugin may take before it is named."""
_LOG = logging.getLogger("xharness")


@contextmanager
def named_if_slow(plugin: str, what: str) -> Iterator[None]:
    """Say on standard error which plugin is at work, if the with block takes more than 2 seconds.

    Args:
        plugin: Its name.
        what: What it does, such as "its import" or the name of a hook.
    """
    readable = "".join(sign if sign.isprintable() else "?" for sign in plugin)

    def say() -> None:
        _LOG.warning(
            "plugin %s: %s takes more than %g s; waiting for it (Ctrl-C stops)",
            readable,
            what,
            SECONDS,
        )

    timer = threading.Timer(SECONDS, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

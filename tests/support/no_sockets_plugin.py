"""A plugin that lets no connection be opened in any process that loads it."""

from __future__ import annotations

import socket
from typing import Any

from xharness.plugin.hooks import hookimpl


def refuse(*_: Any, **__: Any) -> Any:
    """Refuse to connect or to look up a name."""
    raise AssertionError("a connection was opened")


socket.socket.connect = socket.socket.connect_ex = refuse  # type: ignore[method-assign]
socket.create_connection = socket.getaddrinfo = refuse


@hookimpl
def xharness_check_plan() -> list[str]:
    """Have no objection, if connections are refused."""
    return [] if socket.getaddrinfo is refuse else ["connections are not refused"]

"""What went wrong between this machine and the hub, in a sentence that says what to do.

Errors are told by the names of their classes: they come from several libraries, which changed
theirs from one version to the next.
"""

from __future__ import annotations

from contextlib import suppress

_CLIENTS = {"httpx", "httpx2", "httpcore", "requests", "urllib3"}
"""Packages that the hub's client sends its requests with, in one version or another."""
_LOG_IN = "log in with `hf auth login`"
_AGAIN = "run the same command again, it goes on from there"
_NO_CONNECTION = "or use what is on this machine with --offline or --data-root"

_ABSENT = {"OfflineModeIsEnabled", "LocalEntryNotFoundError", "IncompleteSnapshotError"}
_CUT = {"RemoteProtocolError", "ReadError", "WriteError", "ChunkedEncodingError"}

_NO_FOLDER = "Cache directory for"
"""How the datasets library begins when it has not cached a revision."""

_OF_CLASS = {
    "GatedRepoError": f"is gated; accept its terms on its page of the hub, and {_LOG_IN}",
    "RevisionNotFoundError": (
        "the hub has this revision no more; take its line out of resolved.json in the store to "
        "lock the present one, or give a folder"
    ),
    "RepositoryNotFoundError": (
        f"the hub has none of this name, or it is private; check the name, or {_LOG_IN}"
    ),
    "EntryNotFoundError": "the hub has no such file at this revision; give a folder that has it",
}
_OF_CLASS["RemoteEntryNotFoundError"] = _OF_CLASS["EntryNotFoundError"]
_OF_TEXT = {
    "is a gated dataset": _OF_CLASS["GatedRepoError"],
    "Revision '": _OF_CLASS["RevisionNotFoundError"],
    "doesn't exist on the Hub or cannot be": _OF_CLASS["RepositoryNotFoundError"],
    _NO_FOLDER: (
        "this revision is not on this machine, and the hub did not give it; check the connection, "
        f"then {_AGAIN}"
    ),
    "Consistency check failed": f"a file came with another size than the hub states; {_AGAIN}",
}
"""What the datasets library writes instead of passing on the error."""
_OF_STATUS = {
    401: f"the hub refuses access (401); ask for it on its page, and {_LOG_IN}",
    403: f"the hub refuses access (403); ask for it on its page, and {_LOG_IN}",
    429: f"the hub takes no more requests for now (429); wait some minutes, then {_AGAIN}",
}


def causes(error: BaseException) -> list[BaseException]:
    """Return an error and those that it comes from, the last one first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


def missing(error: BaseException) -> bool:
    """Return whether an error means, while no connection may be opened, that something lacks."""
    return (
        type(error).__name__ in _ABSENT
        or isinstance(error, ConnectionError)
        or str(error).startswith(("Couldn't find cache for", _NO_FOLDER))
    )


def cut(error: BaseException) -> bool:
    """Return whether an error is a connection that ended before it should, not a refused one."""
    return isinstance(error, ConnectionResetError) or (
        _of_client(error) and type(error).__name__ in _CUT
    )


def passing(error: BaseException) -> bool:
    """Return whether an error may be gone in a few seconds."""
    status = _status(error)
    return cut(error) or status == 429 or (status is not None and status >= 500)


def sentence(error: BaseException) -> str:
    """Return what went wrong between here and the hub, and what to do; "" for another error."""
    if said := _OF_CLASS.get(type(error).__name__):
        return said
    if said := next((s for text, s in _OF_TEXT.items() if text in str(error)), ""):
        return said
    if (status := _status(error)) is not None:
        return _of_status(status)
    if cut(error):
        return f"the connection to the hub was cut ({type(error).__name__}); {_AGAIN}"
    if _of_client(error) or isinstance(error, ConnectionError):
        name = type(error).__name__
        return f"the hub cannot be reached ({name}); check the connection, {_NO_CONNECTION}"
    return ""


def _of_client(error: BaseException) -> bool:
    """Return whether an error is one of the libraries that send requests."""
    return type(error).__module__.partition(".")[0] in _CLIENTS


def _status(error: BaseException) -> int | None:
    """Return the HTTP status that an error carries, if it does."""
    with suppress(AttributeError, TypeError, ValueError):
        return int(error.response.status_code)  # type: ignore[attr-defined]
    return None


def _of_status(status: int) -> str:
    """Return what an HTTP status means, and what to do."""
    if status >= 500:
        return f"the hub has an error of its own ({status}); wait some minutes, then {_AGAIN}"
    other = f"the hub answers with status {status}; check the name, or give a folder"
    return _OF_STATUS.get(status, other)

"""A small server that answers as the hub does, over data sets and models laid out like it.

Run as a program, with an empty folder as its argument, it starts the server, runs commands of
xharness against it, each case with a fresh cache, and prints what became of each as JSON.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789" * 4
MODEL = {
    "config.json": b'{"hidden_size": 8, "num_hidden_layers": 2, "model_type": "bert"}',
    "model.safetensors": (2).to_bytes(8, "little") + b"{}",
    "tokenizer.json": b"{}",
}

Fault = Callable[["Request"], "Answer | None"]
"""A request to what is answered instead; None for the usual answer."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for."""

    method: str
    path: str
    count: int
    """How often this path was asked for with this method, this time included."""

    @property
    def is_file(self) -> bool:
        """Whether the content of a data file is asked for."""
        return self.path.endswith(".parquet") and self.method == "GET"

    @property
    def is_weights(self) -> bool:
        """Whether the weights of a model are asked for."""
        return self.path.endswith(".safetensors") and self.method == "GET"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the server."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    """Bytes of the body after which the connection is cut; None for all."""


def error(status: int, code: str = "") -> Answer:
    """Return an answer with an error of the hub."""
    return Answer(status=status, headers={"X-Error-Code": code, "X-Error-Message": code})


@dataclass(kw_only=True)
class Hub:
    """The server, and what was asked of it."""

    root: Path
    fault: Fault = lambda _: None
    asked: list[tuple[str, str]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None
    port: int = 0

    def start(self) -> None:
        """Answer from now on, at the port of before."""
        handler = partial(_Handler, self)
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)  # type: ignore[arg-type]
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuse every connection from now on."""
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, start: int) -> Answer:
        """Return what the hub answers.

        Args:
            method: GET, HEAD or POST.
            path: Without the query.
            start: First byte that is wanted.
        """
        self.asked.append((method, path))
        count = self.asked.count((method, path))
        if (wrong := self.fault(Request(method=method, path=path, count=count))) is not None:
            return wrong
        kind, repository, word, rest = _parsed(path)
        folder = self.root / kind / repository
        if not folder.is_dir():
            return error(404, "RepoNotFound")
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        if word == "resolve":
            return _file(folder / rest.partition("/")[2], start)
        if rest not in {"", "main", COMMIT} and not rest.startswith(COMMIT):
            return error(404, "RevisionNotFound")
        entries = [_entry(folder, p) for p in files]
        if word in {"tree", "paths-info"}:
            below = rest.partition("/")[2]
            return _json([e for e in entries if e["path"].startswith(below)])
        about = {"id": repository, "sha": COMMIT, "private": False, "gated": False, "tags": []}
        return _json({**about, "siblings": [{"rfilename": e["path"]} for e in entries]})


def _parsed(path: str) -> tuple[str, str, str, str]:
    """Return kind, repository, what is asked and the rest of a path."""
    words = path.strip("/").split("/")
    if words[0] == "api":
        words = words[1:]
    else:
        words = words if words[0] in {"datasets", "models"} else ["models", *words]
    kind, repository = words[0], "/".join(words[1:3])
    return kind, repository, words[3] if len(words) > 3 else "", "/".join(words[4:])


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    """Return a file as a tree lists it."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    entry = {"type": "file", "path": path.relative_to(folder).as_posix(), "size": len(content)}
    lfs = {"oid": digest, "size": len(content), "pointerSize": 100}
    return {**entry, "oid": digest[:40], **({"lfs": lfs} if path.suffix == ".parquet" else {})}


def _file(path: Path, start: int) -> Answer:
    """Return a file, from a byte on."""
    if not path.is_file():
        return error(404, "EntryNotFound")
    content = path.read_bytes()
    headers = {
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "X-Repo-Commit": COMMIT,
        "X-Linked-Size": str(len(content)),
        "Accept-Ranges": "bytes",
    }
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return Answer(status=206 if start else 200, body=content[start:], headers=headers)


def _json(content: Any) -> Answer:
    """Return a value as an answer."""
    return Answer(body=json.dumps(content).encode(), headers={"Content-Type": "application/json"})


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"

    def __init__(self, hub: Hub, *given: Any) -> None:
        self.hub = hub
        super().__init__(*given)

    def do_GET(self) -> None:
        """Answer with a body."""
        first = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0]
        self._answer(int(first or 0))

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer(0)

    def do_POST(self) -> None:
        """Read what is sent, and answer."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(0)

    def _answer(self, start: int) -> None:
        """Send what the hub answers."""
        answer = self.hub.answer(self.command, self.path.partition("?")[0], start)
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: answer.sent])
        if answer.sent is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def filled(root: Path) -> Hub:
    """Return a hub with the sentence pairs of `data_root` and a small model."""
    from support.data_root import put_pairs

    put_pairs(root / "datasets")
    model = root / "models" / "org" / "tiny"
    model.mkdir(parents=True)
    for name, content in MODEL.items():
        (model / name).write_bytes(content)
    return Hub(root=root)


def half(hub: Hub, request: Request, *, cut: bool = True) -> Answer:
    """Return half of a file, after which the connection is cut, or as if it were all of it."""
    usual = hub.fault
    hub.fault = lambda _: None
    whole = hub.answer(request.method, request.path, 0)
    hub.fault = usual
    hub.asked.pop()
    middle = len(whole.body) // 2
    if not cut:
        return Answer(body=whole.body[:middle], headers=whole.headers)
    return Answer(body=whole.body, headers=whole.headers, sent=middle)


def flipped(hub: Hub, request: Request) -> Answer:
    """Return a file with other bytes in its middle, and with everything that is said of it."""
    usual = hub.fault
    hub.fault = lambda _: None
    whole = hub.answer(request.method, request.path, 0)
    hub.fault = usual
    hub.asked.pop()
    middle = len(whole.body) // 2
    body = whole.body[:middle] + bytes([whole.body[middle] ^ 1]) + whole.body[middle + 1 :]
    return Answer(body=body, headers=whole.headers)


def faults(hub: Hub) -> dict[str, Fault]:
    """Return what may go wrong, by name."""

    def refused(word: str, status: int, code: str = "", times: int = 1000) -> Fault:
        """Refuse paths that a word is in, so many times each."""
        answer = error(status, code)
        return lambda r: answer if word in r.path and r.count <= times else None

    def cut(times: int) -> Fault:
        """Cut off files of rows, so many times each."""
        return lambda r: half(hub, r) if r.is_file and r.count <= times else None

    return {
        "well": lambda _: None,
        "refused": refused("/org/pairs", 401, "RepoNotFound"),
        "gated": refused("/org/pairs/resolve", 403, "GatedRepo"),
        "forbidden file": refused(".parquet", 403),
        "no such repository": refused("/org/pairs", 404, "RepoNotFound"),
        "no such file": refused(".parquet", 404, "EntryNotFound"),
        "revision gone": refused(COMMIT, 404, "RevisionNotFound"),
        "429 twice": refused(".parquet", 429, times=2),
        "429 always": refused(".parquet", 429),
        "500 once": refused("/", 500, times=1),
        "500 always": refused("/", 500),
        "cut once": cut(1),
        "cut always": cut(1000),
        "wrong size": lambda r: half(hub, r, cut=False) if r.is_file else None,
        "wrong bytes": lambda r: flipped(hub, r) if r.is_file else None,
        "wrong weights": lambda r: flipped(hub, r) if r.is_weights else None,
        "model refused": refused("org/tiny", 401, "RepoNotFound"),
        "model gated": refused("org/tiny/resolve", 403, "GatedRepo"),
    }


def main(folder: Path) -> None:
    """Run every case, and print what became of it."""
    hub = filled(folder / "hub")
    hub.start()
    os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{hub.port}", "HF_HOME": str(folder / "home")}
    os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    os.environ |= {"XHARNESS_DISABLE": "lab,tatoeba", "XHARNESS_WORKERS": "1"}
    import time

    time.sleep = lambda _: None  # what is waited for before another attempt
    from support.data_root import PLUGIN

    plugin = folder / "pairs.py"
    plugin.write_text(PLUGIN, "utf-8")
    print(json.dumps(list(_cases(hub, folder, plugin))))  # noqa: T201


COMPARED = (
    *("--suite", "xtreme", "--model", "org/tiny", "--targets", "tatoeba"),
    *("--strategies", "english", "--intermediates", "first"),
)
COMMANDS = {
    "data fetch": COMPARED,
    "data check": ("tatoeba",),
    "show": ("tatoeba", "--json"),
    "compare": COMPARED,
}
WITHOUT = {
    **COMMANDS,
    "export xtreme": ("-o", "out", "--strategy", "none"),
}
"""Commands that also work without the hub, once everything is here."""


def _cases(hub: Hub, folder: Path, plugin: Path) -> Iterator[dict[str, Any]]:
    """Yield what became of each command in each case."""
    for case, fault in faults(hub).items():
        hub.fault = fault
        for name, arguments in COMMANDS.items():
            if case != "well" or name == "data fetch":
                _fresh(folder / case.replace(" ", "-") / name.replace(" ", "-"))
            yield _ran(hub, case, name, (*arguments, "--plugin", str(plugin)))
        if case == "well":
            yield _other_revision(hub, plugin)
            yield from _offline(hub, "offline, fetched", plugin)
    hub.fault = faults(hub)["well"]
    yield from _checked(hub, folder / "checked", plugin)
    hub.stop()
    for name, arguments in COMMANDS.items():
        _fresh(folder / "down" / name.replace(" ", "-"))
        yield _ran(hub, "down", name, (*arguments, "--plugin", str(plugin)))
    hub.start()
    _fresh(folder / "nothing")
    yield from _offline(hub, "offline, nothing", plugin)


def _checked(hub: Hub, folder: Path, plugin: Path) -> Iterator[dict[str, Any]]:
    """Yield what is said to come before and after it was fetched, and what is fetched again."""
    _fresh(folder)
    for case, name in (
        ("nothing here", "data fetch --check-only"),
        ("nothing here", "data fetch"),
        ("fetched", "data fetch --check-only"),
        ("fetched", "data fetch"),
    ):
        yield _ran(hub, case, name, (*COMPARED, "--json", "--plugin", str(plugin)))


def _offline(hub: Hub, case: str, plugin: Path) -> Iterator[dict[str, Any]]:
    """Yield what became of each command that opens no connection."""
    for name, arguments in WITHOUT.items():
        yield _ran(hub, case, name, (*arguments, "--offline", "--plugin", str(plugin)))


def _other_revision(hub: Hub, plugin: Path) -> dict[str, Any]:
    """Return what becomes of a look at a revision that is not the one that was fetched."""
    store = Path("other")
    store.mkdir()
    (store / "resolved.json").write_text(json.dumps({"dataset:org/pairs": "f" * 40}), "utf-8")
    given = ("tatoeba", "--offline", "--store", str(store), "--plugin", str(plugin))
    return _ran(hub, "offline, another revision", "show", given)


def _fresh(folder: Path) -> None:
    """Begin with an empty cache and an empty store."""
    import datasets
    import huggingface_hub
    from huggingface_hub import HfFileSystem, close_session

    folder.mkdir(parents=True)
    os.chdir(folder)
    huggingface_hub.constants.HF_HUB_CACHE = str(folder / "hub")
    datasets.config.HF_DATASETS_CACHE = folder / "rows"
    datasets.config.DOWNLOADED_DATASETS_PATH = folder / "rows" / "downloads"
    HfFileSystem.clear_instance_cache()
    close_session()  # with its open connections


def _ran(hub: Hub, case: str, name: str, arguments: tuple[str, ...]) -> dict[str, Any]:
    """Run a command as in a process of its own; return what became of it."""
    from xharness.cli import run
    from xharness.data import sources
    from xharness.engine.encoder import loading, rows_cache

    for cached in (sources._open, sources._module, loading.open_location):  # noqa: SLF001
        cached.cache_clear()
    rows_cache.forget()
    hub.asked.clear()
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run([*name.split(), *arguments])
    return {
        "case": case,
        "command": name,
        "status": status,
        "out": out.getvalue(),
        "err": err.getvalue(),
        "requests": len(hub.asked),
        "files": sum(m == "GET" and p.endswith((".parquet", ".safetensors")) for m, p in hub.asked),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

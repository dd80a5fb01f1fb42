"""A hub on this machine, which answers as the Hugging Face hub does where it matters here, as of 2026."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote

LARGE = (".safetensors", ".bin", ".pt", ".ckpt")
ACCEPTED = "hf_thisonehasaccepted"
SIGNATURE = "letsanyonein"


def commit_of(number: int) -> str:
    return f"{number:040x}"


def digest(name: str, data: bytes) -> str:
    if name.endswith(LARGE):
        return sha256(data).hexdigest()
    return sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def safetensors(size: int) -> bytes:
    """A file of one tensor of so many bytes."""
    about = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(about).to_bytes(8, "little") + about + (bytes(range(256)) * (size // 256 + 1))[:size]


@dataclass
class Repository:
    """Commits in order, the last one is main."""

    commits: list[dict[str, bytes]]
    gated: bool = False
    claimed: dict[str, int] = field(default_factory=dict)  # sizes that are not so

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        known = {commit_of(number): files for number, files in enumerate(self.commits, 1)}
        if revision == "main":
            revision = commit_of(len(self.commits))
        return (revision, known[revision]) if revision in known else None


@dataclass
class Hub:
    """What is on it, how it fails, and what it was asked."""

    address: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    cut_after: dict[str, int] = field(
        default_factory=dict
    )  # of a file: bytes until the connection is cut, once
    cuts: dict[str, Iterator[int]] = field(default_factory=dict)  # the same, at every connection
    trickle_after: dict[str, int] = field(
        default_factory=dict
    )  # of a file: bytes until it hardly says more, once
    wrong: dict[str, bytes] = field(default_factory=dict)  # of a file: what is sent in its place
    status: int | None = None  # of every answer
    elsewhere: str = ""  # another host, which sends the content of files to whoever has a signed address
    status_elsewhere: int | None = None
    without_ranges: bool = False  # the other host sends every file from its start
    tokens: list[tuple[str, str | None]] = field(default_factory=list)  # the host, and what it was told
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)  # of a file: bytes that were sent

    def downloads(self) -> list[str]:
        """Paths of the files whose content was asked for."""
        return [path for method, path, _ in self.asked if method == "GET" and "/cdn/" in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.hub.asked.append((self.command, self.path, self.headers.get("Range")))
        self.hub.tokens.append((self.headers["Host"], self.headers.get("Authorization")))
        if self.hub.status is not None:
            return self.answer(self.hub.status)
        parts = unquote(self.path.partition("?")[0]).strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self.api("/".join(parts[2:4]), parts[4:])
        if parts[0] == "cdn":
            if self.hub.status_elsewhere is not None:
                return self.answer(self.hub.status_elsewhere)
            return self.content(parts[1], "/".join(parts[1:3]), parts[3], "/".join(parts[4:]))
        return self.resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))

    def api(self, name: str, rest: list[str]) -> None:
        repository = self.hub.repositories.get(name)
        if repository is None:  # the hub does not tell strangers what exists
            return self.refuse(401, "RepoNotFound")
        if rest == ["auth-check"]:
            return self.answer(200) if self.may(repository) else self.refuse(403, "GatedRepo")
        found = repository.at(rest[1])
        if found is None:
            return self.refuse(404, "RevisionNotFound")
        commit, files = found
        if rest[0] == "revision":
            siblings = [{"rfilename": path} for path in files]
            gated = "auto" if repository.gated else False
            return self.json({"id": name, "sha": commit, "gated": gated, "siblings": siblings})
        return self.json([_entry(path, data, repository) for path, data in files.items()])

    def resolve(self, name: str, revision: str, path: str) -> None:
        repository = self.hub.repositories[name]
        found = repository.at(revision)
        if not self.may(repository):
            return self.refuse(403, "GatedRepo")
        if found is None or path not in found[1]:
            return self.refuse(404, "EntryNotFound")
        commit, files = found
        data = files[path]
        about = {
            "X-Repo-Commit": commit,
            "X-Linked-Etag": f'"{digest(path, data)}"',
            "X-Linked-Size": str(len(data)),
            "Location": f"{self.hub.elsewhere}/cdn/{name}/{commit}/{path}?signature={SIGNATURE}",
        }
        return self.answer(302 if path.endswith(LARGE) else 307, b"", about)

    def content(self, owner: str, name: str, commit: str, path: str) -> None:
        found = self.hub.repositories[name].at(commit)
        assert found is not None
        real = found[1][path]
        about = {"ETag": f'"{digest(path, real)}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        data = self.hub.wrong.get(path, real)
        asked = None if self.hub.without_ranges else self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        if asked and start >= len(data):
            return self.answer(416)
        if asked:
            about["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.head(206 if asked else 200, len(data) - start, about)
        if self.command != "GET":
            return None
        cut = next(self.hub.cuts[path]) if path in self.hub.cuts else self.hub.cut_after.pop(path, None)
        trickle = self.hub.trickle_after.pop(path, None)
        end = next((start + after for after in (cut, trickle) if after is not None), len(data))
        self.send(path, data[start:end])
        while trickle is not None and end < len(data):
            time.sleep(0.05)
            self.send(path, data[end : end + 100])
            end += 100
        self.close_connection = end < len(data)
        return None

    def send(self, path: str, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.hub.sent[path] = self.hub.sent.get(path, 0) + len(data)

    def may(self, repository: Repository) -> bool:
        return not repository.gated or self.headers.get("Authorization") == f"Bearer {ACCEPTED}"

    def refuse(self, status: int, code: str) -> None:
        self.answer(status, b"", {"X-Error-Code": code, "X-Error-Message": f"no: {code}"})

    def json(self, told: object) -> None:
        self.answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def answer(self, status: int, data: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.head(status, len(data), headers or {})
        if self.command == "GET":
            self.wfile.write(data)

    def head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _entry(path: str, data: bytes, repository: Repository) -> dict[str, object]:
    size = repository.claimed.get(path, len(data))
    if not path.endswith(LARGE):
        return {"type": "file", "path": path, "size": size, "oid": digest("small", data)}
    # In git lies what points to a large file.
    oid = digest(path, data)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n".encode()
    lfs = {"oid": oid, "size": size, "pointerSize": len(pointer)}
    return {"type": "file", "path": path, "size": size, "oid": digest("small", pointer), "lfs": lfs}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that goes away is part of the tests."""


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub, until the block ends."""
    hub = Hub("")
    with _served(hub) as port, _served(hub) as other:
        hub.address, hub.elsewhere = f"http://127.0.0.1:{port}", f"http://localhost:{other}"
        yield hub


@contextmanager
def _served(hub: Hub) -> Iterator[int]:
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

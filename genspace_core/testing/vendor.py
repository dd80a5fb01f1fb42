"""A vendor on this machine: a real HTTP server that answers as a test tells it to."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was asked of the server.

    Attributes:
        number: of the call, from 1.
        method, path: "POST", "/v1/images"; the path is without its query.
        query: its values by name.
        headers: with names in small letters.
        body: as it came.
    """

    number: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, from JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says.

    Attributes:
        status: of HTTP.
        body: bytes and texts as they are, anything else as JSON.
        headers: beside Content-Length, and Content-Type where it is not said here.
        delay: seconds before it says anything.
        cut: bytes of the body after which the connection breaks; None for none.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None

    def encoded(self) -> tuple[bytes, str]:
        """The body in bytes, and what type it has."""
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), "text/html; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json"


Route = Callable[[Call], Answer]


def in_order(*answers: Answer) -> Route:
    """A route that gives one answer after the other, and the last one from then on."""
    left, lock = list(answers), Lock()

    def route(_: Call) -> Answer:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return route


class Vendor:
    """A server on 127.0.0.1, for the length of a `with` block. Its routes are called from several threads.

    Args:
        route: what it answers. An exception in it is raised again where the block ends.

    Attributes:
        calls: all that was asked, in the order of arrival.
        most_at_once: the most calls that were being answered at one time.
    """

    def __init__(self, route: Route) -> None:
        self.route = route
        self.calls: list[Call] = []
        self.most_at_once = 0
        self._at_once = 0
        self._fault: Exception | None = None
        self._lock, self._over = Lock(), Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.vendor = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._fault is not None:
            raise self._fault from error

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Write a call down and answer it."""
        parts = urlsplit(target)
        with self._lock:
            call = Call(
                number=len(self.calls) + 1,
                method=method,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers=headers,
                body=body,
            )
            self.calls.append(call)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            answer = self.route(call)
            self._over.wait(answer.delay)
        except Exception as error:
            self._fault = self._fault or error
            return Answer(599, f"the test's own route failed: {error!r}")
        else:
            return answer
        finally:
            with self._lock:
                self._at_once -= 1


class _Server(ThreadingHTTPServer):
    vendor: Vendor
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """A client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or else an answer in two parts waits 40 ms for an acknowledgement

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.vendor.answer(self.command, self.path, headers, self._read(headers))
        body, kind = answer.encoded()
        self.send_response(answer.status)
        for name, value in ({"Content-Type": kind} | dict(answer.headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body[: answer.cut])
        if answer.cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST  # noqa: N815  (the names that http.server asks for)

    def _read(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_: Any) -> None:
        """Not on the tests' output."""

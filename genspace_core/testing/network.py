"""No network, and a hub that refuses: what a plugin with weights is tried against."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest


@contextmanager
def offline() -> Iterator[list[str]]:
    """HF_HUB_OFFLINE=1, and no address can be looked up or reached.

    Yields:
        every attempt at it: an adapter may well catch the error.
    """
    attempts: list[str] = []

    def refuse(*address: Any, **_: Any) -> Any:
        attempts.append(" ".join(str(part) for part in address if not isinstance(part, socket.socket)))
        raise OSError("no network in this test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        if "huggingface_hub" in sys.modules:  # it read the environment when it was imported
            patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield attempts


class _Refuses(BaseHTTPRequestHandler):
    """Answers as the Hugging Face hub does where access has to be asked for."""

    def do_GET(self) -> None:
        text = b"Access to this model is restricted."
        self.send_response(403)
        self.send_header("X-Error-Code", "GatedRepo")
        self.send_header("X-Error-Message", text.decode())
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_GET  # noqa: N815  (the names that http.server asks for)

    def log_message(self, *_: Any) -> None:
        """Not on the tests' output."""


@contextmanager
def gated_hub() -> Iterator[str]:
    """The address of a hub on this machine on which every repository is gated."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refuses)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""httpx over a pool of connections to public addresses alone."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterator
from functools import cache

import httpcore
import httpx

from genspace_core.remote.guarded import GuardedBackend


class GuardedTransport(httpx.BaseTransport):
    """What httpx's own transport does, on a `GuardedBackend`.

    Args:
        allowed: hosts that may lie anywhere.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=64,
            max_keepalive_connections=16,
            network_backend=GuardedBackend(allowed),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Errors are those of httpcore, whose names are those of httpx."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@cache
def _trusted() -> ssl.SSLContext:
    """What certificates are trusted; reading them takes a while."""
    return httpx.create_ssl_context(trust_env=False)


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()

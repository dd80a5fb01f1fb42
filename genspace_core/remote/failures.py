"""From what went wrong on the wire to the error that tells the run engine what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from genspace_core.errors import (
    AuthFailed,
    Fatal,
    GenerationError,
    InvalidRequest,
    QuotaSpent,
    RateLimited,
    Transient,
)
from genspace_core.plugins.wording import one_line, without_secrets
from genspace_core.remote.limits import read_limits, retry_after

_KINDS: Mapping[int, type[GenerationError]] = {
    400: InvalidRequest,
    401: AuthFailed,
    402: QuotaSpent,
    403: AuthFailed,
    404: Fatal,
    405: Fatal,
    408: Transient,
    409: Transient,
    410: Fatal,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    425: Transient,
    429: RateLimited,
    451: InvalidRequest,
}
"""By status; 5xx are passing, anything else fails one picture."""

_UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
"""Errors of httpx (and of its kin, known by the same names) before a request has left."""

_LOST = {"ReadTimeout", "WriteTimeout", "TimeoutException", "ReadError", "WriteError", "CloseError",
         "RemoteProtocolError", "NetworkError", "TransportError"}  # fmt: skip
"""Errors after which nobody knows whether the vendor made, and charged for, a picture."""


def http_error(
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    kind: type[GenerationError] | None = None,
) -> GenerationError:
    """The error for an answer that is none; adapters look for refusals before.

    Args:
        status: of HTTP.
        message: the vendor's words; they are put in one line, without secrets, and shortened.
        headers: of the answer.
        kind: what it is by the vendor's own code, where that says more than the status.
    """
    default = Transient if status >= HTTPStatus.INTERNAL_SERVER_ERROR else GenerationError
    chosen = kind or _KINDS.get(status, default)
    words = one_line(without_secrets(message))  # vendors repeat a key that they refuse
    text = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    told = headers or {}
    limits = read_limits(told)
    if issubclass(chosen, RateLimited):
        return chosen(text, retry_after=retry_after(told), limits=limits)
    if issubclass(chosen, Transient):
        return chosen(text, retry_after=retry_after(told), limits=limits)
    return chosen(text, limits=limits)


def transport_error(error: BaseException) -> GenerationError | None:
    """The error for a connection that failed; None if it is none of that kind.

    Args:
        error: raised by httpx, or by an SDK because of such a one.
    """
    one: BaseException | None = error
    while one is not None:
        names = {cls.__name__ for cls in type(one).__mro__}
        if names & _UNSENT:
            return Transient(f"the server is not reached ({_short(one)})")
        if names & _LOST:
            return Transient(f"the connection was lost before the answer ({_short(one)})", charged=True)
        one = one.__cause__ or one.__context__
    return None


def _short(error: BaseException) -> str:
    text = one_line(without_secrets(str(error)), 120)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

"""The one client that holds the key, and the hosts that it may be taken to."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from typing import Any

import httpx

from genspace_core import bare_address, transport_error
from genspace_core.errors import Fatal, GenerationError

LARGEST = 300_000_000  # bytes of one answer
_CONNECT_S = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read whole; the key does not stand in it, should the server have repeated it.

    Attributes:
        status: of HTTP.
        headers: with names in small letters.
        body: as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Api:
    """Calls of one vendor's API; safe to use from several threads.

    Args:
        base_url: where it lies.
        headers: of every call, with the key.
        key: which is taken out of all answers.
        hosts: others of the vendor's, such as "*.vendor.com".
        allowed: hosts that the user allows.
        timeout: seconds without a byte after which a call is given up.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        key: str,
        hosts: Collection[str],
        allowed: Collection[str],
        timeout: float,
    ) -> None:
        self._base, self._key = httpx.URL(base_url), key.encode()
        self._hosts, self._allowed = tuple(hosts), {host.lower() for host in allowed}
        self._client = httpx.Client(
            headers=dict(headers),
            timeout=httpx.Timeout(timeout, connect=min(_CONNECT_S, timeout), pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            follow_redirects=False,
            verify=_certificates(),
        )

    def send(self, method: str, address: str, **body: Any) -> Reply:
        """Make one call.

        Args:
            method: of HTTP.
            address: whole, or a path after the base URL.
            body: `json` or `files`, as httpx takes them.

        Raises:
            Fatal: the API redirects elsewhere.
            GenerationError: the address is not the vendor's; the connection failed.
        """
        url = self._url(address)
        try:
            with self._client.stream(method, url, **body) as answer:
                if answer.is_redirect:
                    raise Fatal(_redirected(url, answer.headers.get("location", "")))
                return Reply(answer.status_code, self._clean_headers(answer.headers), self._read(answer))
        except httpx.HTTPError as error:
            known = transport_error(error)
            if known is None:
                raise GenerationError(
                    f"the answer cannot be read ({type(error).__name__})", charged=True
                ) from None
            raise known from None

    def _read(self, answer: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > LARGEST:
                raise GenerationError(f"the answer is larger than {LARGEST // 1_000_000} MB", charged=True)
            parts.append(part)
        body = b"".join(parts)
        return body.replace(self._key, b"(key)") if self._key else body

    def _clean_headers(self, headers: httpx.Headers) -> dict[str, str]:
        key = self._key.decode()
        return {name.lower(): text.replace(key, "(key)") if key else text for name, text in headers.items()}

    def _url(self, address: str) -> httpx.URL:
        """The address, if the key may be taken there."""
        if address.startswith("/") and not address.startswith("//"):
            return httpx.URL(str(self._base).rstrip("/") + address)
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if not url.host:
            raise GenerationError("what the vendor gave is no address to go on at", charged=True)
        if not url.userinfo and (self._is_base(url) or self._is_vendors(url) or url.host in self._allowed):
            return url
        raise GenerationError(
            f"the vendor asks to go on at {bare_address(address)}, which is not among its hosts, and the key "
            f'would go along; if that is meant, set allow_hosts = ["{url.host}"]',
            charged=True,
        )

    def _is_base(self, url: httpx.URL) -> bool:
        return (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)

    def _is_vendors(self, url: httpx.URL) -> bool:
        usual = url.scheme == "https" and url.port in {None, 443}
        return usual and any(fnmatch(url.host, pattern) for pattern in self._hosts)


@cache
def _certificates() -> ssl.SSLContext:
    """The usual ones, which take a while to load."""
    return httpx.create_ssl_context()


def _redirected(url: httpx.URL, onward: str) -> str:
    target = bare_address(onward) if "://" in onward else "elsewhere"
    return f"the API at {url.host} redirects to {target}, where the key does not go; correct base_url"

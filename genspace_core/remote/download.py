"""Fetching a finished picture from the address that a vendor gave, within limits."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from typing import Any
from urllib.parse import urljoin, urlsplit

from genspace_core.checkpoints import import_package
from genspace_core.errors import GenerationError, ResultLost, Transient
from genspace_core.remote.answers import bare_address
from genspace_core.remote.failures import transport_error

LARGEST = 200_000_000  # bytes of one picture
MOST_REDIRECTS = 3
_GONE = (401, 403, 404, 410)
_LATER = (408, 425, 429)
INSTALL = "pip install 'genspace-core[remote]'"


class Downloader:
    """Fetches results; safe to use from several threads.

    Args:
        allowed: hosts that results may be redirected to, and that may lie on this machine or in its network.
        timeout: seconds without a byte after which it gives up.
    """

    def __init__(self, allowed: Collection[str] = (), timeout: float = 60.0) -> None:
        self._httpx = import_package("httpx", INSTALL)
        from genspace_core.remote.transport import GuardedTransport

        self._allowed = {host.lower() for host in allowed}
        # The transport alone: httpx's client logs whole addresses, and a signed one is a key.
        self._transport = GuardedTransport(self._allowed)
        self._limits = {"timeout": self._httpx.Timeout(timeout).as_dict()}

    def fetch(self, address: str) -> bytes:
        """The bytes of a result.

        Args:
            address: https; http for hosts that are allowed.

        Raises:
            ResultLost: it is there no more.
            Transient: it could not be fetched now; fetching again costs nothing.
            GenerationError: the address is refused, or what lies there is too large.
        """
        for _ in range(MOST_REDIRECTS + 1):
            self._check(address)
            try:
                body, onward = self._get(address)
            except GenerationError:
                raise
            except Exception as error:
                known = transport_error(error)
                if known is None:
                    raise
                raise Transient(f"the result at {bare_address(address)} did not come: {known}") from None
            if onward is None:
                return body
            address = self._follow(address, onward)
        raise GenerationError(
            f"the result at {bare_address(address)} is redirected more than {MOST_REDIRECTS} times",
            charged=True,
        )

    def _get(self, address: str) -> tuple[bytes, str | None]:
        """The body, or where it is redirected to."""
        request = self._httpx.Request("GET", address, headers={"Accept": "*/*"}, extensions=self._limits)
        with closing(self._transport.handle_request(request)) as answer:
            if answer.is_redirect:
                return b"", str(answer.headers.get("location", ""))
            self._check_status(address, answer.status_code)
            parts, size = [], 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > LARGEST:
                    raise GenerationError(
                        f"the result at {bare_address(address)} is larger than {LARGEST // 1_000_000} MB",
                        charged=True,
                    )
                parts.append(part)
            return b"".join(parts), None

    def _check_status(self, address: str, status: int) -> None:
        if status in _GONE:
            raise ResultLost(
                f"the result at {bare_address(address)} is there no more (HTTP {status}); it has expired"
            )
        if status in _LATER or status >= 500:
            raise Transient(f"the result at {bare_address(address)} did not come: HTTP {status}")
        if status != 200:
            raise GenerationError(f"the result at {bare_address(address)}: HTTP {status}", charged=True)

    def _check(self, address: str) -> None:
        host, scheme = _host_of(address)
        if host and (scheme == "https" or (scheme == "http" and host in self._allowed)):
            return
        raise GenerationError(
            f"the result's address {bare_address(address)} is not one of https; if that is meant, "
            f'set allow_hosts = ["{host}"]',
            charged=True,
        )

    def _follow(self, address: str, onward: str) -> str:
        target = urljoin(address, onward)
        before, after = _host_of(address)[0], _host_of(target)[0]
        if after != before and after not in self._allowed:
            raise GenerationError(
                f"the result at {bare_address(address)} is redirected to {after or 'nowhere'}; if that is "
                f'meant, set allow_hosts = ["{after}"]',
                charged=True,
            )
        return target


def _host_of(address: str) -> tuple[str, str]:
    """Host and scheme in small letters, empty where the address is none."""
    try:
        parts: Any = urlsplit(address)
        return (parts.hostname or "").lower(), parts.scheme.lower()
    except ValueError:
        return "", ""

"""Fetching a finished picture from the address that a vendor gave, within limits."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import closing
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from genspace_core.checkpoints import import_package
from genspace_core.errors import GenerationError, NotCollected, ResultLost, Transient
from genspace_core.remote.answers import bare_address
from genspace_core.remote.failures import transport_error
from genspace_core.remote.networks import PrivateAddressError, is_private

LARGEST = 200_000_000  # bytes of one picture
MOST_REDIRECTS = 3
LONGEST_S = 900.0  # seconds for one picture, however steadily it drips
_GONE = (401, 403, 404, 410)
_LATER = (408, 425, 429)
INSTALL = "pip install 'genspace-core[remote]'"


class Downloader:
    """Fetches results; safe to use from several threads.

    Connections go to public addresses only, or through the proxy for https that the environment names.

    Args:
        allowed: hosts that results may be redirected to, and that may lie on this machine or in its network.
        timeout: seconds without a byte after which it gives up.
    """

    def __init__(self, allowed: Collection[str] = (), timeout: float = 60.0) -> None:
        self._httpx = import_package("httpx", INSTALL)
        from genspace_core.remote.transport import GuardedTransport

        self._allowed = {host.lower() for host in allowed}
        # The transports alone: httpx's client logs whole addresses, and a signed one is a key.
        self._direct = GuardedTransport(self._allowed)
        proxy = getproxies().get("https")
        self._proxied = self._httpx.HTTPTransport(proxy=proxy) if proxy else None
        self._limits = {"timeout": self._httpx.Timeout(timeout).as_dict()}

    def fetch(self, address: str) -> bytes:
        """The bytes of a result.

        Args:
            address: https; http for hosts that are allowed.

        Raises:
            ResultLost: it is there no more.
            Transient: it could not be fetched now; fetching again costs nothing.
            NotCollected: the address is refused, or what lies there is too large.
        """
        for _ in range(MOST_REDIRECTS + 1):
            self._check(address)
            try:
                body, onward = self._get(address)
            except GenerationError:
                raise
            except (ValueError, self._httpx.InvalidURL) as error:  # no host, port or path that could be asked
                raise NotCollected(
                    f"the result's address {bare_address(address)} is none ({error})"
                ) from None
            except Exception as error:
                known = transport_error(error)
                if known is None:
                    raise
                raise Transient(f"the result at {bare_address(address)} did not come: {known}") from None
            if onward is None:
                return body
            address = self._follow(address, onward)
        raise NotCollected(
            f"the result at {bare_address(address)} is redirected more than {MOST_REDIRECTS} times"
        )

    def _get(self, address: str) -> tuple[bytes, str | None]:
        """The body, or where it is redirected to."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}  # nothing that could unfold without end
        request = self._httpx.Request("GET", address, headers=headers, extensions=self._limits)
        until = time.monotonic() + LONGEST_S
        with closing(self._transport(address).handle_request(request)) as answer:
            if answer.has_redirect_location:
                return b"", str(answer.headers["location"])
            self._check_answer(address, answer)
            parts, size = [], 0
            for part in answer.iter_raw():
                size += len(part)
                if size > LARGEST:
                    raise NotCollected(
                        f"the result at {bare_address(address)} is larger than {LARGEST // 1_000_000} MB"
                    )
                if time.monotonic() > until:
                    raise Transient(
                        f"the result at {bare_address(address)} has not come whole in {LONGEST_S:.0f} s"
                    )
                parts.append(part)
        if not size:
            raise Transient(f"the result at {bare_address(address)} is empty")
        return b"".join(parts), None

    def _transport(self, address: str) -> Any:
        host, scheme = _host_of(address)
        return (
            self._proxied if self._proxied and scheme == "https" and not proxy_bypass(host) else self._direct
        )

    def _check_answer(self, address: str, answer: Any) -> None:
        status = answer.status_code
        if status in _GONE:
            raise ResultLost(
                f"the result at {bare_address(address)} is there no more (HTTP {status}); it has expired"
            )
        if status in _LATER or status >= 500:
            raise Transient(f"the result at {bare_address(address)} did not come: HTTP {status}")
        if status != 200:
            raise NotCollected(f"the result at {bare_address(address)}: HTTP {status}")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise NotCollected(
                f"the result at {bare_address(address)} is compressed, though nobody asked for it"
            )

    def _check(self, address: str) -> None:
        host, scheme = _host_of(address)
        if not host:
            raise NotCollected(
                f"the result's address {bare_address(address)} is none; its vendor has to mend it"
            )
        if not (scheme == "https" or (scheme == "http" and host in self._allowed)):
            raise NotCollected(
                f"the result's address {bare_address(address)} is not one of https; if that is meant, "
                f'set allow_hosts = ["{host}"]'
            )
        if host not in self._allowed and is_private(host):
            raise PrivateAddressError(host)

    def _follow(self, address: str, onward: str) -> str:
        try:
            target = urljoin(address, onward)
        except ValueError:
            target = ""
        before, after = _host_of(address)[0], _host_of(target)[0]
        if after != before and after not in self._allowed:
            raise NotCollected(
                f"the result at {bare_address(address)} is redirected to {after or 'nowhere'}; if that is "
                f'meant, set allow_hosts = ["{after}"]'
            )
        return target


def _host_of(address: str) -> tuple[str, str]:
    """Host and scheme in small letters, empty where the address is none."""
    try:
        parts: Any = urlsplit(address)
        return (parts.hostname or "").lower(), parts.scheme.lower()
    except ValueError:
        return "", ""

"""Connections to public addresses alone. Imported only where something is fetched, since it needs httpx."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable
from typing import Any

import httpcore

from genspace_core.remote.networks import PrivateAddressError, is_private


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to public addresses, and to hosts that the user allows.

    The address that was looked at is the one that is connected to: a name cannot turn out to be another one
    in between.

    Args:
        allowed: hosts that may lie anywhere, such as "127.0.0.1".
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = {host.lower() for host in allowed}
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers."""
        last: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                return self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            told = getattr(error, "strerror", None) or error
            raise httpcore.ConnectError(f"{host}: {told}") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host.lower() not in self._allowed:
            for address in addresses:
                if is_private(address):
                    raise PrivateAddressError(host)
        return addresses

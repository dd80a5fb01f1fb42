"""Which addresses belong to the public internet."""

from __future__ import annotations

import ipaddress

from genspace_core.errors import NotCollected

_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")


def is_private(host: str) -> bool:
    """Whether a host is an address, of a loopback or private network or none that anybody has; names are not.

    Args:
        host: name or address.
    """
    try:
        return not is_public(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return host in {"localhost", "localhost."}


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the public internet, and so is the IPv4 address in it, if it holds one."""
    if isinstance(address, ipaddress.IPv4Address):
        reserved = address.is_multicast or address.is_reserved or address in _PROTOCOLS
        return address.is_global and not reserved
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return is_public(inner)
    return address in _PUBLIC_V6 and address.is_global and address not in _DOCUMENTATION


class PrivateAddressError(NotCollected):
    """A result address leads into a network that is not the vendor's."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"the result lies at {host}, which is a loopback or private address; if that is meant, "
            f'set allow_hosts = ["{host}"]'
        )

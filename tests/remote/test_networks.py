"""Addresses of results are those of the public internet alone."""

from __future__ import annotations

import pytest

from genspace_core.remote.networks import is_private


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::", "a.com"]
)
def test_public(host: str) -> None:
    assert not is_private(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "192.0.0.8", "192.0.0.170", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1", "3fff::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "localhost",
    ],
)  # fmt: skip
def test_not_public(host: str) -> None:
    assert is_private(host)

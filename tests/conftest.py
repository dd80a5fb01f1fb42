"""For all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest


@pytest.fixture(scope="session", autouse=True)
def _packages_are_listed_once() -> Iterator[None]:
    """Each run notes the versions of what is installed: more work than the few pictures of most tests."""
    from genspace_core.run import provenance

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "_packages", cache(provenance._packages))
        yield

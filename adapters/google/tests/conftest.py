from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.google.tests.google import KEY, Google
from genspace_core.testing.vendor import Answer, Vendor


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)


@pytest.fixture(scope="session")
def google() -> Iterator[Google]:
    with Vendor(lambda _: Answer(500)) as vendor:
        yield Google(vendor)

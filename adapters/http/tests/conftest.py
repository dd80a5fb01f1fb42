"""Keys for all tests, and no proxy in between."""

from __future__ import annotations

import pytest

from adapters.http.tests.talking import KEY
from genspace_adapter_http import read_recipe, shipped_recipes


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in shipped_recipes():
        monkeypatch.setenv(read_recipe(name).key_variable, KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

"""A hub on this machine, and a desk to give commands at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.desk import DEPTH, PIPE, PLUGINS, Desk
from tests.hub.loopback import Repository, serving


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """With a plugins.toml that names weights on the hub."""
    (tmp_path / "plugins.toml").write_text(PLUGINS)
    with serving() as hub:
        hub.repositories = {
            "them/depth": Repository([DEPTH | {"config.json": b"{}"}, DEPTH]),
            "them/pipe": Repository([PIPE]),
            "them/many": Repository([{"a/one.pt": b"1" * 100, "b/two.pt": b"2" * 100}]),
        }
        yield Desk(hub, tmp_path)

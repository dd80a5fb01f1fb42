"""docs/apis.md: its tables are those of the adapters, and its examples are configurations that hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from genspace_core.plugins.config import resolve
from scripts.api_tables import apis_page, ready_names
from scripts.write_docs import DOCS

PAGE = DOCS / "apis.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
RECIPE = next(block for block in BLOCKS if block.startswith("# easel.toml"))
EXAMPLES = "\n".join(block for block in BLOCKS if block != RECIPE)


def test_the_tables_are_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert page == apis_page(page), "run: make docs"


def test_every_ready_name_has_its_price_or_says_that_it_is_not_known() -> None:
    ready = list(ready_names())
    assert len(ready) > 30
    assert all(one.capabilities.network and one.capabilities.account for one in ready)


@pytest.mark.parametrize("name", tomllib.loads(EXAMPLES)["generators"])
def test_an_example_is_a_generator(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plugins.toml").write_text(EXAMPLES)
    (tmp_path / "easel.toml").write_text(RECIPE)
    generator = resolve("generators", name, tmp_path / "plugins.toml")
    assert "t2i" in generator.capabilities.tasks
    assert generator.capabilities.account

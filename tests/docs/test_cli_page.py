"""docs/cli.md is what the commands say."""

from __future__ import annotations

from pathlib import Path

from scripts.write_docs import DOCS, cli_page


def test_the_page_is_up_to_date():
    assert Path(DOCS / "cli.md").read_text("utf-8") == cli_page(), "run: make docs"

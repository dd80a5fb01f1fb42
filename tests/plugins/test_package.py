"""What goes into the source distribution."""

from __future__ import annotations

from pathlib import Path

from hatchling.builders.sdist import SdistBuilder

ROOT = Path(__file__).resolve().parents[2]


def test_the_source_distribution_holds_what_is_installed_and_no_more() -> None:
    files = [file.relative_path for file in SdistBuilder(str(ROOT)).recurse_included_files()]
    tops = {"genspace_core", "metrics", "plugins.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    assert {Path(file).parts[0] for file in files} - {"pyproject.toml", ".gitignore"} == tops
    assert "metrics/genspace_metrics/plugin.py" in files

"""A folder with throw-away packages, installed once, and two ways to look at it."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genspace_core.plugins import discovery, tables
from tests.plugins.packages import install

ROOT = Path(__file__).resolve().parents[2]
Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder the packages are installed in."""
    target = tmp_path_factory.mktemp("site")
    install(target, tmp_path_factory.mktemp("sources"))
    return target


@pytest.fixture
def python(site: Path, tmp_path: Path) -> Python:
    """Run code in a fresh interpreter that has the packages, in an empty working directory."""

    def run(
        code: str, *arguments: str, paths: tuple[Path, ...] = (site,), **env: str
    ) -> subprocess.CompletedProcess[str]:
        search = os.pathsep.join(str(path) for path in (*paths, ROOT))
        plain = {k: v for k, v in os.environ.items() if k != "GENSPACE_PLUGINS"}
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={**plain, "PYTHONPATH": search, "COLUMNS": "100", **env},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def only_site(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """In this process, see these packages and no others, no shipped tables, an empty directory.

    What else is installed beside GenSpace would show up in the error texts.
    """
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(
        discovery, "distributions", lambda: importlib.metadata.distributions(path=[str(site)])
    )
    shipped = tmp_path / "shipped" / "plugins.toml"
    shipped.parent.mkdir()
    shipped.write_text("")
    monkeypatch.setattr(tables, "shipped_file", lambda: shipped)
    monkeypatch.delenv("GENSPACE_PLUGINS", raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work

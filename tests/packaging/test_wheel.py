"""The wheels hold what they need, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = {
    "genspace_core/plugins/plugins.toml",
    "genspace_core/py.typed",
    "genspace_core/report/templates/report.html",
    "genspace_core/report/templates/report.css",
    "genspace_core/suite/data/categories.toml",
    "genspace_core/suite/data/templates_t2i.toml",
    "genspace_metrics/py.typed",
    "genspace_metrics/data/paper.toml",
    "genspace_metrics/data/spatial.toml",
}


def contents(project: Path, folder: Path) -> set[str]:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", str(folder), str(project)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_the_core_brings_its_data(tmp_path):
    names = contents(ROOT, tmp_path)
    assert names >= DATA
    code = {str(p.relative_to(ROOT)) for p in (ROOT / "genspace_core").rglob("*.py")}
    code |= {str(p.relative_to(ROOT / "metrics")) for p in (ROOT / "metrics").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == code


@pytest.mark.slow
def test_blockworld_brings_its_data(tmp_path):
    names = contents(ROOT / "adapters" / "blockworld", tmp_path)
    package = ROOT / "adapters" / "blockworld" / "genspace_adapter_blockworld"
    wanted = {
        f"{package.name}/{p.relative_to(package)}" for p in package.rglob("*") if p.suffix in {".py", ".toml"}
    }
    assert {name for name in names if not name.startswith(f"{package.name}-")} == wanted

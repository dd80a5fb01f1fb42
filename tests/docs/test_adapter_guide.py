"""The adapter of docs/adapters.md, built from its very code blocks, works as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "adapters.md"


def blocks() -> dict[str, str]:
    """Code by the file name that its first comment gives."""
    found = {}
    for code in re.findall(r"```(?:toml|python)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL):
        name = re.match(r"# ([\w/.]+)", code)
        assert name, code
        found[name[1]] = code
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    files = blocks()
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for name in ("genspace_adapter_grey/plugin.py", "genspace_adapter_grey/model.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(files[name])
    (folder / "genspace_adapter_grey/__init__.py").write_text("")
    info = folder / f"genspace_adapter_grey-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (points,) = project["entry-points"].values()
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[genspace.generators]", *lines, ""]))
    return folder


def in_site(site: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_new_model_can_be_shown_and_benchmarked(site, tmp_path):
    shown = in_site(site, "genspace_core", "plugins", "show", "grey", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "A grey square, whatever is asked." in shown.stdout
    ran = in_site(site, "genspace_core", "run", "-g", "grey", "--limit", "2", "-w", "1", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert len(list((tmp_path / "runs/grey/images").rglob("*.png"))) == 2


def test_its_conformance_test_passes(site, tmp_path):
    (tmp_path / "test_conformance.py").write_text(blocks()["tests/test_conformance.py"])
    done = in_site(site, "pytest", "-q", "-p", "no:cacheprovider", "test_conformance.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout

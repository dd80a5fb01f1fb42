"""Pipelines through the command, as a user runs them."""

from __future__ import annotations

import gc
import json
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from genspace_adapter_diffusers.testing import TinyPipeline
from genspace_core.cli.main import app
from genspace_core.plugins.discovery import find
from genspace_core.run import provenance
from genspace_core.types import Task


class RunConformance(TinyPipeline):
    """What to inherit beside `PipelineConformance`, which may fail for other reasons than the command's.

    Attributes:
        task: what the suite asks for.
        plugin: the name of its entry point.
        pictures: how many to make, two or more.
    """

    task: ClassVar[Task] = "t2i"
    plugin: ClassVar[str] = "diffusers"
    pictures: ClassVar[int] = 3

    @pytest.fixture(scope="class")
    @classmethod
    def suite(cls, tmp_path_factory: pytest.TempPathFactory) -> str:
        return "genspace-t2i" if cls.task == "t2i" else _edits(tmp_path_factory.getbasetemp())

    def test_it_runs(self, suite: str, tmp_path: Path) -> None:
        """Loaded from disk, its pictures in one batch, each kept; repeated, none is made anew."""
        told = dict(self.make_config()) | {"batch_size": self.pictures}
        keys = "\n".join(f"{key} = {_toml(value)}" for key, value in told.items())
        plugins = tmp_path / "plugins.toml"
        plugins.write_text(f'[generators.tiny]\nplugin = "{self.plugin}"\n{keys}\n')
        command = ["run", "-g", "tiny", "-s", suite, "--limit", str(self.pictures), "-w", "1"]
        command += ["--plugins", str(plugins), "--out", str(tmp_path / "runs")]
        _genspace(*command)
        run = tmp_path / "runs" / "tiny"
        made = _pictures(run)
        assert [outcome for outcome, _, _ in made] == ["ok"] * self.pictures
        assert all((run / file).is_file() for _, file, _ in made)
        assert all(info["pipeline"] for _, _, info in made)
        stamps = {file: (run / file).stat().st_mtime_ns for _, file, _ in made}
        _genspace(*command)
        assert {file: (run / file).stat().st_mtime_ns for _, file, _ in _pictures(run)} == stamps


@cache
def _edits(room: Path) -> str:
    """A suite of three edits, built once a session."""
    folder = str(room / "suite-of-edits")
    _genspace("suite", "build-edit", "-g", "perfect", "--limit", "3", "--out", folder, "-w", "1")
    return folder


_find, _packages = cache(find), cache(provenance._packages)


def _genspace(*words: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Nothing is installed meanwhile, and each look at what is takes a while.
        patch.setattr("genspace_core.plugins.registry.find", _find)
        patch.setattr(provenance, "_packages", _packages)
        gc.freeze()  # so does a look at all that torch brought, each time that a plugin makes room
        done = CliRunner().invoke(app, list(words))
        gc.unfreeze()
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def _pictures(run: Path) -> list[tuple[str, str, dict[str, Any]]]:
    with sqlite3.connect(run / "run.db") as database:
        rows = database.execute("SELECT outcome, file, info FROM pictures ORDER BY file").fetchall()
    return [(outcome, file, json.loads(info)) for outcome, file, info in rows]

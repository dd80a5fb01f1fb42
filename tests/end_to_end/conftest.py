"""The command as users run it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Genspace = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command() -> list[str]:
    return [sys.executable, "-m", "genspace_core"]


@pytest.fixture
def genspace(command: list[str], tmp_path: Path) -> Genspace:
    """Run `genspace ARGS` in an empty folder; gives exit status, output and errors."""

    def call(*args: str | Path, cwd: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *map(str, args)],
            cwd=cwd,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call

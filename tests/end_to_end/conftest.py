"""The command as users run it: a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import commands

Genspace = Callable[..., CompletedProcess[str]]


@pytest.fixture
def command() -> list[str]:
    """For tests that stop it, or look at what an interpreter imports for it."""
    return [sys.executable, "-m", "genspace_core"]


@pytest.fixture
def genspace(tmp_path: Path) -> Genspace:
    """Run `genspace ARGS` in an empty folder; gives exit status, output and errors."""
    return partial(commands.genspace, cwd=tmp_path)

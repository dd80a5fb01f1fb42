"""The `genspace` command as a whole: odd terminals and Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STOPPED = """
import sys
from genspace_core.cli import main as m
sys.argv = ["genspace", *sys.argv[1:]]
def app(standalone_mode):
    m._stop(2, None)
m.app = app
m.main()
"""


def test_a_terminal_without_a_character_shows_a_question_mark(tmp_path: Path) -> None:
    (tmp_path / "cafés.toml").write_text('[suites.ours]\nplugin = "genspace-t2i"\n')
    done = subprocess.run(
        [sys.executable, "-m", "genspace_core", "suite", "list", "--plugins", "cafés.toml"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "caf?s.toml, plugin genspace-t2i" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "-g", "x"], "stopped: everything finished is kept; repeat the same command to go on\n"),
        (["leaderboard", "run"], "stopped\n"),
        ([], "stopped\n"),
    ],
)
def test_only_a_run_can_be_gone_on_with(arguments: list[str], told: str) -> None:
    command = [sys.executable, "-c", STOPPED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, told)

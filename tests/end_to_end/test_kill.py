"""kill -9 at random moments, then the same command again: nothing lost, nothing different."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from genspace_core.errors import InputError
from genspace_core.run.reader import open_runs

pytestmark = pytest.mark.slow

KILLS = 5


def pictures(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.png") if not path.name.startswith(".")]


def wait_for(more: int, folder: Path, process: subprocess.Popen[str]) -> None:
    """Until a run has made so many more pictures."""
    before, limit = len(pictures(folder)), time.monotonic() + 60
    while len(pictures(folder)) < before + more and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)


def test_a_run_killed_again_and_again_ends_the_same(genspace, command, tmp_path):
    run = ["run", "-g", "perfect", "--per-template", "2", "-m", "spatial,paper"]
    genspace(*run, "-w", "1", "-o", tmp_path / "whole", check=True)

    chance = random.Random(20241)
    folder = tmp_path / "killed"
    run += ["-w", "2", "-o", folder]
    landed = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [*command, *run], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        wait_for(chance.randrange(12), folder, process)
        time.sleep(chance.uniform(0, 0.3))
        workers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        landed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        gone, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive, "a worker outlived its run"
        assert len(gone) == len(workers)
        with contextlib.suppress(InputError):  # killed before it began: told in one line
            for result in open_runs([folder])[0]:  # what is there can be read at any moment
                assert result.image is None or result.image.is_file()
    assert landed >= KILLS // 2
    made_before = {p: p.stat().st_mtime_ns for p in pictures(folder)}
    genspace(*run, check=True)
    whole, killed = (f / "perfect" / "scores.jsonl" for f in (tmp_path / "whole", folder))
    assert killed.read_bytes() == whole.read_bytes()
    assert {p: p.stat().st_mtime_ns for p in made_before} == made_before  # no finished picture was made again
    assert not list(folder.rglob("*.tmp"))


def test_ctrl_c_keeps_what_is_done(genspace, command, tmp_path):
    process = subprocess.Popen(
        [*command, "run", "-g", "perfect", "--per-template", "20", "-w", "2", "-o", tmp_path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    images = tmp_path / "perfect" / "images"
    deadline = time.monotonic() + 60
    while len(list(images.rglob("*.png"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the command and its workers
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1] == (
        "stopped: everything finished is kept; repeat the same command to go on"
    )
    assert "Traceback" not in errors
    plan = ["run", "-g", "perfect", "--per-template", "20", "--dry-run", "--json", "-o", tmp_path]
    counts = json.loads(genspace(*plan, check=True).stdout)["runs"][0]["pictures"]
    assert counts["done"] >= 5
    assert counts["done"] + counts["to_make"] == 720

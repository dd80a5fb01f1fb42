"""kill -9 at random moments, then the same command again: nothing lost, nothing different."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time

import psutil
import pytest

from genspace_core.errors import InputError
from genspace_core.run.reader import open_runs

pytestmark = pytest.mark.slow

KILLS = 6


def test_a_run_killed_again_and_again_ends_the_same(command, tmp_path):
    arguments = ["run", "-g", "perfect", "--per-template", "6", "-m", "spatial,paper", "-w", "2", "-o"]
    subprocess.run([*command, *arguments, tmp_path / "whole"], check=True, capture_output=True, timeout=300)

    chance = random.Random(20241)
    folder = tmp_path / "killed"
    landed = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [*command, *arguments, folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        time.sleep(chance.uniform(0.3, 2.5))
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
    made_before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.png") if not p.name.startswith(".")}
    done = subprocess.run(
        [*command, *arguments, folder], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    whole, killed = (f / "perfect" / "scores.jsonl" for f in (tmp_path / "whole", folder))
    assert killed.read_bytes() == whole.read_bytes()
    assert {p: p.stat().st_mtime_ns for p in made_before} == made_before  # no finished picture was made again
    assert not list(folder.rglob("*.tmp"))


def test_ctrl_c_keeps_what_is_done(command, tmp_path):
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
    done = subprocess.run(
        [*command, "run", "-g", "perfect", "--per-template", "20", "--dry-run", "--json", "-o", tmp_path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    import json

    pictures = json.loads(done.stdout)["runs"][0]["pictures"]
    assert pictures["done"] >= 5
    assert pictures["done"] + pictures["to_make"] == 720

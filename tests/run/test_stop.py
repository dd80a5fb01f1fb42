"""Stopping a run whose calls take long: one signal waits for them, two do not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest


@pytest.fixture
def start(fake_package, tmp_path):
    """Start a run of eight pictures that take `seconds` each, and wait until two are being made."""

    def begin(seconds: float, plugin: str = "paid") -> subprocess.Popen[str]:
        rows = [
            {"id": f"s/{i}", "task": "t2i", "template": 0, "sub_domain": "camera_pose", "objects": ["dog"],
             "prompt": f"slow {seconds} {i}"}
            for i in range(8)
        ]  # fmt: skip
        (tmp_path / "slow.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (tmp_path / "plugins.toml").write_text(
            f'[generators.slow]\nplugin = "{plugin}"\ncalls = "{tmp_path / "calls"}"\n'
        )
        options = ["-g", "slow", "-s", "slow.jsonl", "-r", "look", "-m", "near", "-w", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "genspace_core", "run", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(fake_package)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not _lines(tmp_path) >= 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        return process

    return begin


def _lines(folder) -> int:
    calls = folder / "calls"
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def test_one_signal_keeps_what_is_being_made(start, tmp_path):
    process = start(2)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "everything finished is kept" in errors
    # A picture counts as finished when it is on disk; those in flight were waited for.
    assert len(list((tmp_path / "runs/slow/images").rglob("*.png"))) >= 2


def test_two_signals_end_it_at_once(start):
    process = start(60)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "dropped" in errors
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def test_a_dead_worker_is_one_line(start, tmp_path):
    process = start(60, "fake")
    for child in psutil.Process(process.pid).children():
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a worker process died" in errors
    assert "Traceback" not in errors

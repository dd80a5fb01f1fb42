"""kill -9 at random moments of a run that costs money."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genspace_core.testing.vendor import Answer
from tests.run.vendor.asking import Desk, generated

KILLS = int(os.environ.get("GENSPACE_TEST_KILLS", "10"))
"""Of one run; 20 were tried, too."""


@pytest.mark.slow
@pytest.mark.parametrize(("plugin", "kills"), [("direct", KILLS), ("queued", KILLS // 2)])
def test_kill_at_random_moments_pays_for_nothing_twice(
    vendor, picture, fake_package, tmp_path, plugin, kills
):
    """At the end every picture is there, and the server counted no more than those and what was in flight."""
    pictures = 300
    desk = Desk(picture)
    vendor.route = (lambda call: Answer(200, picture(call).body, delay=0.25)) if plugin == "direct" else desk
    rows = [
        {"id": f"s/{i:03d}", "task": "t2i", "template": 0, "sub_domain": "camera_pose", "objects": ["dog"],
         "prompt": f"dog {i}"}
        for i in range(pictures)
    ]  # fmt: skip
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "plugins.toml").write_text(
        f'[generators.v]\nplugin = "{plugin}"\naddress = "{vendor.address}"\nat_once = 12\n'
    )
    command = [
        sys.executable,
        "-m",
        "genspace_core",
        "run",
        "-g",
        "v",
        "-s",
        "s.jsonl",
        "-r",
        "look",
        "-m",
        "near",
    ]
    command += ["-w", "1"]
    environment = {**os.environ, "PYTHONPATH": str(fake_package)}
    calls, images = tmp_path / "runs/v/calls", tmp_path / "runs/v/images"
    path, rng, in_flight, lost = "/generate" if plugin == "direct" else "/submit", random.Random(7), 0, []
    for _ in range(kills):
        before = generated(vendor, path)
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        deadline = time.monotonic() + 60
        while generated(vendor, path) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.35))
        process.send_signal(signal.SIGKILL)
        lost.append(process.communicate()[1])
        slips = [json.loads(slip.read_text()) for slip in calls.glob("*.json")] if calls.exists() else []
        in_flight += sum(slip["job"] is None for slip in slips)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert generated(vendor, path) <= pictures + in_flight
    assert generated(vendor, path) >= pictures
    assert len(list(images.rglob("*.png"))) == pictures
    run_file = json.loads((tmp_path / "runs/v/run.json").read_text())
    assert run_file["cost_usd"] == pytest.approx(0.04 * pictures)
    assert run_file["lost_calls"] <= in_flight
    assert run_file["lost_calls"] >= generated(vendor, path) - pictures
    assert "may have been charged for" in "".join([*lost, done.stderr]) or not in_flight
    assert not list(calls.iterdir())
    assert not list(Path(tmp_path).rglob("*.tmp"))

"""How near a run comes to what a vendor allows: real HTTP servers on this machine, and the OpenAI adapter.

`make bench` measures the first case. `python -m bench.vendor --limits` adds servers that let 60 calls a
minute through, all at once, for some minutes.
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from genspace_core.testing import picture
from genspace_core.testing.vendor import Answer, Call, Vendor
from tests.run.pace_servers import Bucket, FixedWindow, SlidingWindow

IMAGE = base64.b64encode(picture(64, 64, seed=1)).decode()
WARM_S = 120.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Seconds since the first call: when each came, whether it was let through; when the last was over."""

    calls: tuple[tuple[float, bool], ...]
    end: float


def run_against(
    pictures: int, seconds: float, at_once: int, allows: Callable[[float, float], tuple[bool, float | None]]
) -> tuple[Arrivals, float]:
    """One `genspace run` of so many pictures, and how long the command took in all."""
    lock, calls, started, last = Lock(), [], 0.0, 0.0

    def route(_: Call) -> Answer:
        nonlocal started, last
        now = time.perf_counter()
        with lock:
            started = started or now
            through, asked = allows(now - started, seconds)
            calls.append((now - started, through))
            last = max(last, now + (seconds if through else 0.0))
        if not through:
            headers = {} if asked is None else {"Retry-After": f"{asked:.2f}"}
            return Answer(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, headers)
        return Answer(200, {"created": 0, "data": [{"b64_json": IMAGE}]}, delay=seconds)

    with tempfile.TemporaryDirectory() as folder, Vendor(route) as vendor:
        (Path(folder) / "plugins.toml").write_text(
            f'[generators.bench]\nplugin = "openai"\nbase_url = "{vendor.address}/v1"\nmodel = "bench"\n'
            f"price = 0.01\nconcurrency = {at_once}\n"
        )
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "genspace_core", "run", "-g", "bench", "--limit", str(pictures)],
            cwd=folder,
            check=True,
            capture_output=True,
            env={**os.environ, "OPENAI_API_KEY": "bench-key-0123456789"},
        )
        return Arrivals(tuple(calls), last - started), time.perf_counter() - begun


def free(pictures: int = 320, seconds: float = 2.0, at_once: int = 32) -> tuple[float, float, float]:
    """Seconds from the first call to the last answer, seconds of the whole command, and the ideal."""
    arrivals, command = run_against(pictures, seconds, at_once, lambda _now, _lasts: (True, None))
    return arrivals.end, command, pictures / at_once * seconds


def limited(minutes: float) -> None:
    """Print how near to 60 calls a minute a run comes, and how many are rejected, after two minutes."""
    servers = {
        "a bucket of 10": Bucket(1, 10, tells=True),
        "60 in each minute": FixedWindow(60, 60, tells=True),
        "60 in any minute, silent": SlidingWindow(60, 60, tells=False),
    }
    with ThreadPoolExecutor() as threads:  # waiting is most of it, so they need not wait for each other
        trips = threads.map(lambda server: run_against(int(60 * minutes), 2.0, 32, server), servers.values())
    for name, (arrivals, _) in zip(servers, trips, strict=True):
        later = [(when, through) for when, through in arrivals.calls if when > WARM_S]
        through = [when for when, taken in later if taken]
        rate = (len(through) - 1) / (through[-1] - through[0]) * 60
        rejected = 1 - len(through) / len(later)
        print(f"{name}: {rate:.1f} a minute, {rejected:.1%} rejected of {len(later)} calls after warming up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", action="store_true", help="servers that allow 60 calls a minute")
    parser.add_argument("--minutes", type=float, default=6.0, help="how long")
    options = parser.parse_args()
    calls, command, ideal = free()
    print(
        f"320 pictures, 2 s each, 32 at once: {calls:.1f} s of {ideal:.0f} s ideal ({command:.1f} s in all)"
    )
    if options.limits:
        limited(options.minutes)


if __name__ == "__main__":
    main()

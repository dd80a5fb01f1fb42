"""`make bench`: how fast GenSpace is, as ratios to the limits of its design, measured in one run.

Ratios below 1 are within the limit. Machines differ and are noisy, so nothing here is a test; the
table names the machine it was measured on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

GENSPACE = [str(Path(sys.executable).parent / "genspace")]
ROWS = Path(__file__).parents[1] / "tests" / "data" / "geometry_public.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Measured:
    what: str
    value: float  # seconds, unless the note says otherwise
    limit: float | None
    note: str = ""


def timed(command: list[str], repeat: int = 1) -> float:
    """Median wall time of a command, seconds."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def bench_start() -> list[Measured]:
    return [
        Measured("genspace --help", timed([*GENSPACE, "--help"], 9), 0.3, "median of 9"),
        Measured("genspace plugins", timed([*GENSPACE, "plugins"], 9), 0.3, "median of 9"),
    ]


def bench_run(per_template: int) -> list[Measured]:
    """Generate to score, resume, and score again: the whole suite of one model."""
    pictures = 36 * per_template
    share = pictures / 1800
    with tempfile.TemporaryDirectory() as folder:
        run = [*GENSPACE, "run", "-g", "perfect", "--per-template", str(per_template), "-o", folder]
        first = timed(run)
        resume = timed(run)
        again = timed([*GENSPACE, "score", f"{folder}/perfect", "--metric", "spatial"])
    rate = f"{pictures / first:.0f} pictures/s"
    return [
        Measured(f"{pictures} samples, generate to score", first, 90 * share, rate),
        Measured(f"resume of {pictures} finished samples", resume, 3.0),
        Measured(f"score {pictures} stored scenes again", again, 2.0),
    ]


def bench_edits(per_template: int) -> list[Measured]:
    """Sources made and frozen, then edited, rebuilt and scored: the whole editing suite of one model."""
    edits = 36 * per_template
    share = edits / 1800
    with tempfile.TemporaryDirectory() as folder:
        build = [*GENSPACE, "suite", "build-edit", "-g", "perfect", "-o", f"{folder}/edits"]
        sources = timed([*build, "--per-template", str(per_template)])
        run = [*GENSPACE, "run", "-s", f"{folder}/edits", "-g", "perfect", "-o", f"{folder}/runs"]
        first = timed(run)
        resume = timed(run)
        second = timed([*run, "-g", "lazy"])
    return [
        Measured(
            f"{edits} sources, made, checked, frozen", sources, None, f"{edits / sources:.0f} pictures/s"
        ),
        Measured(f"{edits} edits, generate to score", first, 150 * share, f"{edits / first:.0f} edits/s"),
        Measured(f"resume of {edits} finished edits", resume, 3.0),
        Measured(f"{edits} edits by a second model (lazy)", second, None, "its sources are rebuilt already"),
    ]


def bench_memory() -> list[Measured]:
    """Peak memory of a run's largest process, for few and for many samples."""
    peaks = []
    for per_template in (1, 10):
        with tempfile.TemporaryDirectory() as folder:
            script = (
                "import resource, subprocess, sys\n"
                "subprocess.run(sys.argv[1:], check=True, capture_output=True)\n"
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
            )
            run = [*GENSPACE, "run", "-g", "perfect", "--per-template", str(per_template), "-o", folder]
            command = [sys.executable, "-c", script, *run]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            peaks.append(float(done.stdout))
    return [Measured("peak memory, 360 samples / 36 samples", peaks[1], 1.25 * peaks[0], "MB, not seconds")]


def bench_rows() -> list[Measured]:
    with gzip.open(ROWS, "rt") as file:
        count = sum(1 for _ in file)
    with tempfile.TemporaryDirectory() as folder:
        command = [*GENSPACE, "score", str(ROWS), "--output", f"{folder}/out.jsonl", "--metric"]
        return [
            Measured(f"score {count} rows, {metric}", timed([*command, metric]), None)
            for metric in ("paper", "spatial")
        ]


LIFTING = """
import json, statistics, sys, time
import numpy as np
from genspace_core import lift_objects
from tests.geometry.worlds import Cuboid, World

near = Cuboid(0.45, 2.6, (0.85, 1.4, 0.8), 50), Cuboid(-0.75, 3.2, (0.65, 0.95, 0.6), 35)
view = World(near, shape=(640, 640), focal=600.0).view()
depth, times = view.depth.astype(np.float32), []
for _ in range(int(sys.argv[2]) + 1):  # the first call imports and warms up
    started = time.perf_counter()
    lift_objects(depth, view.masks, view.camera, sys.argv[1])
    times.append(time.perf_counter() - started)
print(json.dumps([statistics.median(times[1:]), view.masks.sum(axis=(1, 2)).tolist()]))
"""


def bench_lifting() -> list[Measured]:
    """Two objects of one 640 x 640 depth map into space, on one thread."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    results = []
    for profile, limit, repeat in (("default", 0.035, 25), ("paper", 0.350, 9)):
        done = subprocess.run(
            [sys.executable, "-c", LIFTING, profile, str(repeat)],
            check=True, capture_output=True, text=True, cwd=ROWS.parents[2], env={**os.environ, **threads},
        )  # fmt: skip
        seconds, pixels = json.loads(done.stdout)
        note = f"median of {repeat}; {' and '.join(map(str, pixels))} pixels"
        results.append(Measured(f'lift two objects, "{profile}", one thread', seconds, limit, note))
    return results


def bench_vendor() -> list[Measured]:
    """320 pictures of a vendor that takes 2 s for each, 32 at once."""
    from bench.vendor import free

    calls, command, ideal = free()
    return [
        Measured("320 pictures behind an API, calls", calls, 1.15 * ideal, f"ideal {ideal:.0f} s"),
        Measured("the same, the whole command", command, None, "with start, judging, results"),
    ]


def machine() -> str:
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {cpu}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--per-template", type=int, default=50, help="prompts per question (50: the whole suite)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    benches: list[Callable[[], list[Measured]]] = [
        bench_start,
        lambda: bench_run(options.per_template),
        lambda: bench_edits(options.per_template),
        bench_memory,
        bench_rows,
        bench_lifting,
        bench_vendor,
    ]
    results = [measured for bench in benches for measured in bench()]
    if options.json:
        print(json.dumps({"machine": machine(), "results": [vars_of(m) for m in results]}, indent=2))
        return
    table = Table(title=f"GenSpace on {machine()}", title_justify="left")
    for name in ("what", "measured", "limit", "ratio", "note"):
        table.add_column(name, justify="left" if name in {"what", "note"} else "right")
    for m in results:
        limit, ratio = ("", "") if m.limit is None else (f"{m.limit:.4g}", f"{m.value / m.limit:.2f}")
        table.add_row(m.what, f"{m.value:.2f}", limit, ratio, m.note)
    Console(width=110).print(table)


def vars_of(m: Measured) -> dict[str, object]:
    ratio = None if m.limit is None else m.value / m.limit
    return {"what": m.what, "value": m.value, "limit": m.limit, "ratio": ratio, "note": m.note}


if __name__ == "__main__":
    main()

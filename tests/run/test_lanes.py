"""Pictures made in processes of their own beside those that judge them, and GPUs dealt out among them."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from genspace_core.errors import GeneratorStopped
from genspace_core.run.engine import Observer, execute
from genspace_core.run.local import InlineExecutor, LocalConfig, PoolExecutor, build
from genspace_core.run.reader import StoredRun
from tests.commands import genspace


class Entry(NamedTuple):
    kind: str
    event: str
    process: int
    time: float
    gpu: str | None


class Diary:
    """What the plugins wrote down."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, kind: str, event: str = "start") -> list[Entry]:
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        found = [Entry(**json.loads(line)) for line in lines]
        return [entry for entry in found if (entry.kind, entry.event) == (kind, event)]

    def processes(self, kind: str) -> set[int]:
        return {entry.process for entry in self.entries(kind, "built")}

    def calls(self, kind: str) -> list[tuple[float, float]]:
        """When each call started and ended; a process does one at a time."""
        times = []
        for process in self.processes(kind):
            starts, ends = (
                [e.time for e in self.entries(kind, event) if e.process == process]
                for event in ("start", "end")
            )
            times += zip(starts, ends, strict=True)
        return times


@pytest.fixture
def diary(tmp_path) -> Diary:
    return Diary(tmp_path / "diary")


@pytest.fixture
def paint(make_spec, diary):
    """A run of some pictures; options of the generator and the reconstructor on top of the diary."""

    def make(prompts, *, generator=None, reconstructor=None, **options):
        names = [f"picture {i}" for i in range(prompts)] if isinstance(prompts, int) else prompts
        told = {"diary": str(diary.path)}
        return make_spec(
            names,
            plugin="painter",
            judge="critic",
            generator=told | (generator or {}),
            reconstructor=told | (reconstructor or {}),
            **options,
        )

    return make


@pytest.fixture
def carry_out():
    """Carry out runs on executors that end with the test."""
    executors = []

    def run(spec, executor) -> list:
        executors.append(executor)
        troubles = execute(spec, executor, Observer())
        assert troubles.count == 0
        return list(StoredRun(spec.directory))

    yield run
    for executor in executors:
        executor.shutdown()


def session_of(spec) -> dict:
    return json.loads((spec.directory / "run.json").read_text())["sessions"][-1]


@pytest.mark.usefixtures("forked")
def test_making_goes_on_while_pictures_are_judged(paint, carry_out, diary):
    spec = paint(["picture", "wait", "picture", "wait"], reconstructor={"seconds": 0.1})
    results = carry_out(spec, PoolExecutor(1, makers=1))
    assert [r.reconstruction for r in results] == ["ok"] * 4
    assert len(diary.entries("make", "built")) == len(diary.entries("judge", "built")) == 1
    assert len(diary.processes("make") | diary.processes("judge") | {os.getpid()}) == 3
    both = itertools.product(diary.calls("make"), diary.calls("judge"))
    assert any(make[0] < judge[1] and judge[0] < make[1] for make, judge in both)
    assert (session_of(spec)["workers"], session_of(spec)["makers"]) == (1, 1)


@pytest.mark.usefixtures("forked")
def test_each_process_of_a_lane_sees_one_gpu(paint, carry_out, diary, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    spec = paint(12, generator={"seconds": 0.2}, reconstructor={"seconds": 0.2})
    carry_out(spec, PoolExecutor(2, makers=2))
    for kind in ("make", "judge"):
        seen = {entry.process: entry.gpu for entry in diary.entries(kind)}
        assert sorted(seen.values()) == ["3", "5"]
        assert {(e.process, e.gpu) for e in diary.entries(kind)} == set(seen.items())
    assert session_of(spec)["cuda_visible_devices"] == "3,5"


@pytest.mark.usefixtures("forked")
def test_a_gpu_is_shared_by_more_processes_than_there_are(paint, carry_out, diary, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-aa,GPU-bb")
    carry_out(paint(12, generator={"seconds": 0.3}), PoolExecutor(3))
    seen = {entry.process: entry.gpu for entry in diary.entries("make")}
    assert sorted(seen.values()) == ["GPU-aa", "GPU-aa", "GPU-bb"]


@pytest.mark.parametrize("value", ["4", None])
def test_a_process_alone_sees_what_its_parent_sees(paint, carry_out, diary, monkeypatch, value):
    if value is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    carry_out(paint(2), PoolExecutor(1, makers=1))
    assert {entry.gpu for entry in diary.entries("make") + diary.entries("judge")} == {value}


@pytest.mark.usefixtures("forked")
def test_a_generator_of_one_call_at_a_time_is_built_once(paint, carry_out, diary):
    spec = paint(8, generator={"seconds": 0.1, "most": 1}, reconstructor={"seconds": 0.1})
    carry_out(spec, PoolExecutor(3))
    assert len(diary.entries("make", "built")) == 1
    assert not diary.processes("make") & diary.processes("judge")
    assert len(diary.processes("judge")) == 3


@pytest.mark.usefixtures("forked")
def test_no_more_calls_are_handed_out_than_a_generator_allows(paint, carry_out, diary):
    carry_out(paint(10, generator={"seconds": 0.1, "most": 2}), PoolExecutor(1, makers=3))
    assert len(diary.entries("make", "built")) == 2
    calls = diary.calls("make")
    assert max(sum(start <= time < end for start, end in calls) for time, _ in calls) == 2


def test_an_executor_without_lanes_is_still_right(paint, carry_out, diary):
    from lane_plugins import Threads

    carry_out(paint(6, generator={"seconds": 0.05, "most": 1}), Threads(None))
    starts = sorted(entry.time for entry in diary.entries("make"))
    ends = sorted(entry.time for entry in diary.entries("make", "end"))
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert len(diary.entries("judge", "end")) == 6


def test_one_worker_is_this_very_process(paint, carry_out, diary):
    executor = build(LocalConfig(workers=1))
    assert isinstance(executor, InlineExecutor)
    spec = paint(3)
    carry_out(spec, executor)
    assert diary.processes("make") == diary.processes("judge") == {os.getpid()}
    assert (session_of(spec)["workers"], session_of(spec)["makers"]) == (1, 0)


@pytest.mark.usefixtures("forked")
def test_the_next_generator_takes_the_place_of_the_last(paint, carry_out, diary):
    """The makers of the first are gone, since the second may use fewer."""
    executor = PoolExecutor(1, makers=2)
    carry_out(paint(4, generator={"seconds": 0.2}, directory="a"), executor)
    first = diary.processes("make")
    carry_out(paint(4, generator={"most": 1, "colour": 1}, directory="b"), executor)
    second = diary.processes("make") - first
    assert (len(first), len(second)) == (2, 1)
    assert not any(psutil.pid_exists(process) for process in first)


def test_nothing_to_make_starts_no_makers(paint, carry_out, diary):
    carry_out(paint(3), InlineExecutor())
    before = set(_workers_of(os.getpid()))
    spec = paint(3, reconstructor={"colour": 1})
    carry_out(spec, PoolExecutor(1, makers=2))
    assert len(set(_workers_of(os.getpid())) - before) == 1
    assert session_of(spec)["makers"] == 0
    assert len(diary.entries("make")) == 3


@pytest.mark.usefixtures("forked")
def test_makers_end_where_the_next_run_has_nothing_to_make(paint, carry_out, diary):
    carry_out(paint(2, directory="b"), InlineExecutor())
    executor = PoolExecutor(1, makers=2)
    carry_out(paint(4, generator={"seconds": 0.2, "colour": 1}, directory="a"), executor)
    makers = diary.processes("make") - {os.getpid()}
    assert len(makers) == 2
    spec = paint(2, reconstructor={"colour": 1}, directory="b")
    carry_out(spec, executor)
    assert session_of(spec)["makers"] == 0
    assert not any(psutil.pid_exists(process) for process in makers)


def test_one_generator_is_gone_before_the_next_is_built(paint, carry_out, monkeypatch):
    """Two may not fit into memory together, and a model is full of cycles."""
    from lane_plugins import Painter

    alive = weakref.WeakSet()
    others = []

    def build(self, config):
        others.append(len(alive))
        alive.add(self)
        self.itself, self.config = self, config

    monkeypatch.setattr(Painter, "__init__", build)
    for colour in range(3):
        carry_out(paint(1, generator={"colour": colour + 9}, directory=str(colour)), InlineExecutor())
    assert others == [0, 0, 0]


def test_all_processes_start_at_once_with_their_part_of_the_cores(monkeypatch):
    """However long it takes to start many, and however soon the first are done."""
    start = ProcessPoolExecutor._spawn_process

    def slowly(self):
        start(self)
        time.sleep(0.4)

    monkeypatch.setattr(ProcessPoolExecutor, "_spawn_process", slowly)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    executor = PoolExecutor(4)
    try:
        before = set(_workers_of(os.getpid()))
        threads = [executor.submit(os.getenv, "OMP_NUM_THREADS") for _ in range(8)]
        assert len(set(_workers_of(os.getpid())) - before) == 4
        assert {each.result() for each in threads} == {"1"}
    finally:
        executor.shutdown()


@pytest.mark.usefixtures("forked")
def test_a_dead_process_takes_the_calls_of_its_own_lane_alone(tmp_path):
    executor = PoolExecutor(1, makers=2)
    makers = executor.lane("make")
    try:
        judging = executor.submit(time.sleep, 1.0)
        making = [makers.submit(_wait_here, tmp_path / str(number)) for number in range(2)]
        deadline = time.monotonic() + 60
        while len(there := list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(int(there[0].suffix[1:]), signal.SIGKILL)
        assert [type(each.exception(timeout=60)) for each in making] == [BrokenProcessPool] * 2
        assert judging.exception(timeout=60) is None
    finally:
        executor.shutdown()


def _wait_here(mark: Path) -> None:
    mark.with_suffix(f".{os.getpid()}").touch()
    time.sleep(60)


@pytest.mark.usefixtures("forked")
def test_a_generator_that_stops_leaves_nothing_unjudged(paint, carry_out, diary):
    """Makers run ahead of judges, and a repeated command would stop as early again."""
    spec = paint([f"picture {i}" for i in range(8)] + ["fatal"] * 9, reconstructor={"seconds": 0.1})
    with pytest.raises(GeneratorStopped, match="no credit is left"):
        carry_out(spec, PoolExecutor(1, makers=1))
    results = list(StoredRun(spec.directory))
    assert [r.reconstruction for r in results[:8]] == ["ok"] * 8
    assert sum(r.generation is None for r in results) >= 7


def test_the_same_results_whoever_makes_them(paint, carry_out):
    scores = []
    for name, executor in (("a", InlineExecutor()), ("b", PoolExecutor(2, makers=2)), ("c", PoolExecutor(2))):
        spec = paint(9, directory=name)
        carry_out(spec, executor)
        scores.append((spec.directory / "scores.jsonl").read_bytes())
    assert scores[0] == scores[1] == scores[2]


# --- through the command --------------------------------------------------------------------------


@pytest.fixture
def command(fake_package, tmp_path, diary):
    """The command line of a run of twenty pictures with two makers and one judge, and its environment."""
    rows = [
        {"id": f"s/{i}", "task": "t2i", "template": 0, "sub_domain": "camera_pose", "objects": ["dog"],
         "prompt": f"picture {i}"}
        for i in range(20)
    ]  # fmt: skip
    (tmp_path / "twenty.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    _write_tables(tmp_path, diary, 0.8)
    words = ["run", "-g", "p", "-s", "twenty.jsonl", "-r", "c", "-m", "near", "--executor", "apart"]
    return {
        "args": [sys.executable, "-m", "genspace_core", *words],
        "cwd": tmp_path,
        "env": {**os.environ, "PYTHONPATH": str(fake_package)},
        "text": True,
    }


def _write_tables(folder: Path, diary: Diary, seconds: float) -> None:
    own = f'diary = "{diary.path}"\nseconds = {seconds}\n'
    (folder / "plugins.toml").write_text(
        '[executors.apart]\nplugin = "local"\nworkers = 1\nmakers = 2\n'
        f'[generators.p]\nplugin = "painter"\n{own}[reconstructors.c]\nplugin = "critic"\n{own}'
    )


def _workers_of(process: int) -> list[int]:
    children = psutil.Process(process).children(recursive=True)
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


def _begin(command, diary) -> subprocess.Popen[str]:
    """Start it, and wait until pictures are made and judged at the same time."""
    process = subprocess.Popen(
        **command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(diary.entries("judge")) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(diary.processes("make")) == 2
    return process


def _finish(command, diary) -> list:
    """Repeat the command with plugins that take no time, in one process."""
    _write_tables(command["cwd"], diary, 0)
    words = command["args"][command["args"].index("run") :]
    genspace(*words, "-w", "1", cwd=command["cwd"], env=command["env"], check=True)
    return list(StoredRun(command["cwd"] / "runs" / "p"))


def _pictures(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.png") if path.name[0] != "."}


@pytest.mark.slow
def test_a_killed_run_takes_its_makers_along_and_loses_nothing(command, diary, tmp_path):
    process = _begin(command, diary)
    workers = [psutil.Process(pid) for pid in _workers_of(process.pid)]
    assert len(workers) == 3
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    made = _pictures(tmp_path)
    assert made
    results = _finish(command, diary)
    assert [r.reconstruction for r in results] == ["ok"] * 20
    assert {path: _pictures(tmp_path)[path] for path in made} == made
    assert len(diary.entries("make", "end")) <= 20 + 2  # but for what was never put on disk


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["make", "judge"])
def test_a_killed_worker_is_one_line_and_what_is_finished_is_kept(command, diary, tmp_path, kind):
    process = _begin(command, diary)
    os.kill(min(diary.processes(kind)), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1].startswith("error: a worker process died")
    assert "Traceback" not in errors
    made, judged = _pictures(tmp_path), len(diary.entries("judge", "end"))
    results = list(StoredRun(tmp_path / "runs" / "p"))
    assert sum(r.generation == "ok" for r in results) == len(made) >= 2
    assert sum(r.reconstruction == "ok" for r in results) >= judged - 1 >= 0
    assert [r.reconstruction for r in _finish(command, diary)] == ["ok"] * 20
    assert {path: _pictures(tmp_path)[path] for path in made} == made


@pytest.mark.slow
def test_ctrl_c_waits_for_both_lanes(command, diary, tmp_path):
    process = _begin(command, diary)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    for kind in ("make", "judge"):
        assert len(diary.entries(kind)) == len(diary.entries(kind, "end"))
    results = list(StoredRun(tmp_path / "runs" / "p"))
    assert sum(r.generation == "ok" for r in results) == len(diary.entries("make", "end"))
    assert sum(r.reconstruction == "ok" for r in results) == len(diary.entries("judge", "end"))

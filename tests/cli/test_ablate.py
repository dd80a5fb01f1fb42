"""`genspace ablate` as it is typed: with the generator gone, stopped by kill -9, and where it refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from genspace_core.suite.subdomains import sub_domain_of
from tests.commands import GENSPACE, genspace
from tests.run.staged_plugins import install, tables

COUNT = 24
SWAP = ("--swap", "depth=longer")
ALONE = (*SWAP, "--workers", "1")


class World:
    """A working directory with two runs, of which one generator draws darker pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.whole, self.bare = folder / "whole", folder / "bare"
        install(self.whole)
        install(self.bare, maker=False)
        for name, count in (("suite", COUNT), ("short", 8)):
            (folder / f"{name}.jsonl").write_text("".join(map(_row, range(count))))
        self.configure()
        self.run("run", "-g", "shade", "-g", "dim", *_options("suite"), site=self.whole)

    def configure(self, **rule: object) -> None:
        makers = "[generators.dim]\nplugin = 'shade'\nless = 40\n"
        (self.folder / "plugins.toml").write_text(makers + tables(self.log, **rule))

    def environment(self, site: Path | None = None) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(site or self.bare), "COLUMNS": "100"}

    def run(self, *words: str, site: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = genspace(*words, cwd=self.folder, env=self.environment(site))
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def asked(self) -> Counter[str]:
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())


def _row(i: int) -> str:
    row = {"id": f"s/{i:02}", "task": "t2i", "template": i % 8, "sub_domain": sub_domain_of(i % 8)}
    return json.dumps(row | {"objects": ["dog"], "prompt": f"shade {60 + 4 * i}"}) + "\n"


def _options(suite: str) -> list[str]:
    return ["-s", f"{suite}.jsonl", "-r", "rebuilt", "-m", "focal", "-w", "1"]


@pytest.fixture(scope="module")
def same_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(same_world: World) -> World:
    """The runs keep what earlier tests judged; the configuration is as it was."""
    same_world.configure()
    return same_world


def test_one_run_is_compared_without_its_generator(world: World) -> None:
    leaderboard = world.run("leaderboard", "runs").stdout
    before = world.asked()
    done = world.run("ablate", "runs/shade", *ALONE)
    assert done.stderr == ""
    assert world.asked() - before == {"depth": COUNT}
    table = done.stdout
    assert "depth=longer  instead of depth=right" in table
    assert "picture tau" in table
    assert "generator tau" not in table
    work = f"depth=longer {COUNT} 0 0 0 / {COUNT} {COUNT} / 0 0 / {COUNT} 0 / {COUNT}"
    assert work in " ".join(table.split())
    assert world.run("leaderboard", "runs").stdout == leaderboard


def test_two_runs_are_ranked_under_base_and_variant(world: World) -> None:
    before = world.asked()
    document = json.loads(world.run("ablate", "runs", *SWAP, "--json", "--workers", "2").stdout)
    assert set(world.asked() - before) == {"depth"}  # each run finds its own stages' results
    (variant,) = document["variants"]
    assert (variant["variant"], variant["instead_of"]) == ("depth=longer", "depth=right")
    overall = variant["rankings"]["overall"]
    assert overall["generator_tau"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert [place["generator"] for place in overall["places"]] == ["dim", "shade"]
    assert overall["pictures"]["compared"] == 2 * COUNT
    for run in variant["runs"]:
        # Every shade is read 30 higher; of what passes 100 that turns those from 71 on.
        assert run["areas"]["overall"]["difference"]["value"] == pytest.approx(30 / 255)
        first = 20 if run["generator"] == "dim" else 60
        shades = [first + 4 * i for i in range(COUNT)]
        assert run["areas"]["overall"]["pictures"]["gained"] == sum(70 < s <= 100 for s in shades)
    assert "places that changed" in world.run("ablate", "runs", *ALONE).stdout


def test_a_grid_tries_combinations_and_drops_the_base(world: World) -> None:
    words = ["ablate", "runs/dim", "--swap", "depth=same,longest", "--swap", "intrinsics=camera", "--grid"]
    done = world.run(*words, "--dry-run", "--json")
    assert "note: depth=same is what the runs were rebuilt with; left out" in done.stderr
    planned = json.loads(done.stdout)["variants"]
    assert [each["variant"] for each in planned] == [
        "intrinsics=camera",
        "depth=longest",
        "depth=same intrinsics=camera",
        "depth=longest intrinsics=camera",
    ]
    assert all(each["scenes"] == {"to_rebuild": COUNT, "done": 0} for each in planned)


def test_a_dry_run_says_what_is_there(world: World) -> None:
    world.run("ablate", "runs/shade", *ALONE)
    before = world.log.read_text()
    told = world.run("ablate", "runs/shade", "--swap", "depth=longer,longest", "--dry-run").stdout
    assert f"depth=longer: shade (runs/shade)\n  scenes to rebuild          0   ({COUNT} done)" in told
    assert f"depth=longest: shade (runs/shade)\n  scenes to rebuild     {COUNT:>6}   (0 done)" in told
    assert world.log.read_text() == before


def test_failed_pictures_are_told_and_the_command_fails(world: World) -> None:
    stumbles = world.folder / "stumbles"
    stumbles.touch()
    world.configure(add=10.0, stumbles=str(stumbles))
    done = world.run("ablate", "runs/shade", *ALONE, code=1)
    assert re.search(r"shade, depth=longer: s/\d\d: depth longer: too even", done.stderr)
    assert f"error: shade, depth=longer: {COUNT} pictures failed; repeat the command" in done.stderr
    assert f"agreement leaves out {COUNT} unreadable under base or variant" in " ".join(done.stdout.split())
    stumbles.unlink()
    world.run("ablate", "runs/shade", *ALONE)


def test_kill_9_loses_nothing_that_was_finished(world: World) -> None:
    world.configure(add=20.0, seconds=0.1)
    before = world.asked()["depth"]
    command = [GENSPACE, "ablate", "runs/dim", *ALONE]
    process = subprocess.Popen(command, env=world.environment(), cwd=world.folder, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while world.asked()["depth"] < before + 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = json.loads(world.run("ablate", "runs/dim", *ALONE, "--json").stdout)
    work = done["variants"][0]["runs"][0]["work"]
    assert work["there_already"] >= 8  # of pictures judged four at a time, two such calls under way
    assert work["there_already"] + work["rebuilt"] == COUNT
    assert world.asked()["depth"] - before <= COUNT + 1  # stages keep each picture's result at once


def test_runs_that_cannot_be_ranked_together_are_refused(world: World) -> None:
    world.run("run", "-g", "shade", *_options("short"), "-o", "other", site=world.whole)
    done = world.run("ablate", "runs/shade", "other/shade", *SWAP, code=1)
    assert "runs/shade and other/shade do not share their suite, so they cannot be ranked" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere", *SWAP], "error: nowhere: no such folder"),
        (["whole", *SWAP], "error: whole: not a run directory"),
        (["runs", "--swap", "dept=longer"], 'unknown key "dept" (did you mean "depth"?'),
        (["runs", "--swap", "depth=longr"], '(did you mean "longer"?'),
        (["runs", "--swap", "depth=right"], "error: every variant is what the runs were rebuilt with"),
        (["runs", *SWAP, "--metric", "gap"], "not scored with metric 'gap'; it has: focal"),
        (["runs", *SWAP, "--executor", "x"], 'unknown executor "x"'),
    ],
)
def test_mistakes_are_one_line_that_helps(world: World, words: list[str], told: str) -> None:
    done = world.run("ablate", *words, code=1)
    assert told in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr


def test_what_was_stopped_can_be_gone_on_with() -> None:
    from genspace_core.cli.main import _resumes

    assert _resumes(["ablate", "runs"])

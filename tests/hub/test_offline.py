"""`--offline`: what is missing is named before anything starts."""

from __future__ import annotations

import shutil

import pytest

from tests.hub.desk import Desk, error

pytestmark = pytest.mark.slow  # every command is a process, for the hub's client reads its settings once

RUN = ("run", "-g", "perfect", "-r", "mine", "--per-template", "1")


def test_nothing_is_there(desk: Desk) -> None:
    assert error(desk(*RUN, "--offline")) == (
        "--offline: not on this machine: them/depth (all of revision main); fix: genspace fetch mine"
    )
    assert not (desk.place / "runs").exists()
    assert desk.hub.asked == []


def test_all_missing_ones_are_named_at_once(desk: Desk) -> None:
    told = error(desk("run", "-g", "pipe", "-r", "mine", "--offline", "--dry-run"))
    assert "them/depth (all of revision main); them/pipe (all of revision main); fix: genspace fetch" in told
    assert told.endswith("genspace fetch mine pipe")


def test_all_is_there(desk: Desk) -> None:
    assert desk("fetch", "mine").returncode == 0
    desk.hub.asked.clear()
    done = desk(*RUN, "--offline", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert desk.hub.asked == []


@pytest.mark.parametrize("listed", [True, False], ids=["list kept", "no list"])
def test_half_is_there(desk: Desk, listed: bool) -> None:
    assert desk("fetch", "pipe").returncode == 0
    snapshot = desk.snapshot("them/pipe")
    weights = snapshot / "vae/diffusion_pytorch_model.safetensors"
    weights.resolve().unlink()
    weights.unlink()
    if not listed:  # as older clients leave it
        shutil.rmtree(desk.storage("them/pipe") / "trees")
    told = error(desk("run", "-g", "pipe", "-r", "fiducial", "--offline"))
    what = "vae/diffusion_pytorch_model.safetensors" if listed else "vae/ (its weights)"
    assert told == f"--offline: not on this machine: them/pipe ({what}); fix: genspace fetch pipe"


def test_a_download_of_somebody_else_that_was_cut(desk: Desk) -> None:
    assert desk("fetch", "main").returncode == 0
    storage = desk.storage("them/depth")
    shutil.rmtree(storage / "trees")
    assert desk(*RUN, "--offline", "--dry-run").returncode == 0
    (storage / "blobs" / "0a1b.8c9d.incomplete").write_bytes(b"half")
    assert "them/depth (blobs/0a1b.8c9d.incomplete)" in error(desk(*RUN, "--offline"))


def test_another_revision_does_not_count(desk: Desk) -> None:
    assert desk("fetch", "main").returncode == 0
    done = desk("run", "-g", "perfect", "-r", "mine", "--offline", "--dry-run", "--plugins", "other.toml")
    assert done.returncode == 1  # there is no such file
    text = (desk.place / "plugins.toml").read_text().replace('depth = "main"', 'depth = "pinned"')
    (desk.place / "other.toml").write_text(text)
    told = error(desk("run", "-g", "perfect", "-r", "mine", "--offline", "--plugins", "other.toml"))
    assert f"them/depth (all of revision {1:040x}); fix: genspace fetch mine --plugins other.toml" in told


def test_the_variable_says_the_same(desk: Desk) -> None:
    told = error(desk(*RUN, HF_HUB_OFFLINE="1"))
    assert told.startswith("HF_HUB_OFFLINE is set: not on this machine: them/depth (all of revision main)")


def test_every_command_that_loads_models_has_it(desk: Desk) -> None:
    made = desk("run", "-g", "perfect", "-r", "blockworld-staged", "--limit", "1", "--out", "runs", "-w", "1")
    assert made.returncode == 0, made.stderr
    missing = "--offline: not on this machine: them/depth (all of revision main); fix: genspace fetch "
    assert error(desk("ablate", "runs/perfect", "--swap", "depth=main", "--offline")) == f"{missing}main"
    (desk.place / "pictures").mkdir()
    assert error(desk("score", "pictures", "-r", "mine", "--offline")) == f"{missing}mine"
    built = desk("suite", "build-edit", "-g", "perfect", "-o", "edits", "-r", "mine", "--offline")
    assert error(built) == f"{missing}mine"

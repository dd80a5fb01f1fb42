"""`--offline`: what is missing is named before anything starts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genspace_core.cli.main import app
from tests.hub.desk import PIPE, Desk, error
from tests.hub.loopback import Repository, safetensors

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


BESIDE = {
    "text_encoder/config.json": b"{}",
    "text_encoder/model.safetensors": safetensors(8),
    "text_encoder/generation_config.json": b"{}",
    "text_encoder/merges.txt": b"a b",
    "unet/notes.txt": b"To be read",
    "vae/conversion.py": b"",
    "LICENSE.txt": b"To be read",
    "flux1.txt": b"To be read",
    "model_index.json": json.dumps(
        json.loads(PIPE["model_index.json"]) | {"text_encoder": ["transformers", "CLIPTextModel"]}
    ).encode(),
}
NOT_SAFE = {
    "unet/diffusion_pytorch_model.fp16.bin": b"1",
    "vae/diffusion_pytorch_model.safetensors": None,
    "vae/diffusion_pytorch_model.bin": b"2",
    "text_encoder/pytorch_model.bin": b"3",
}


def test_what_diffusers_itself_downloaded_is_whole(desk: Desk) -> None:
    """It leaves out much of what a repository holds, and the client keeps the list of all of it."""
    for name, changes in (("pipe", {}), ("bins", NOT_SAFE)):
        files = {path: data for path, data in (PIPE | BESIDE | changes).items() if data is not None}
        desk.hub.repositories[f"them/{name}"] = Repository([files])
    with (desk.place / "plugins.toml").open("a") as file:
        file.write('[generators.bins]\nextends = "pipe"\ncheckpoint = "them/bins"\n')
    get = (
        "from diffusers import StableDiffusionPipeline as Pipeline\n"
        "for name in ('pipe', 'bins'):\n"
        "    Pipeline.download(f'them/{name}', variant='fp16', revision='main')\n"
    )
    subprocess.run([sys.executable, "-c", get], env=desk.settings(), capture_output=True, check=True)
    assert not (desk.snapshot("them/pipe") / "flux1.txt").exists()
    command = ("run", "-g", "pipe", "-g", "bins", "-r", "fiducial", "--offline", "--dry-run")
    done = desk(*command)
    assert done.returncode == 0, done.stderr
    for name in ("pipe", "bins"):
        assert (desk.storage(f"them/{name}") / "trees").is_dir()
        next((desk.snapshot(f"them/{name}") / "unet").glob("*.fp16.*")).unlink()
    told = error(desk(*command))
    for name in ("pipe", "bins"):
        assert f"them/{name} (unet/diffusion_pytorch_model.fp16.safetensors)" in told


@pytest.mark.parametrize("listed", [True, False], ids=["list kept", "no list"])
def test_a_file_that_is_not_in_the_repository_is_missing(desk: Desk, listed: bool) -> None:
    assert desk("fetch", "one-of-many").returncode == 0
    if not listed:
        shutil.rmtree(desk.storage("them/many") / "trees")
    with (desk.place / "plugins.toml").open("a") as file:
        file.write(
            '[reconstructors.none]\nplugin = "staged"\ndetector = "blockworld"\ndepth = "blockworld"\n'
            'camera = "blockworld"\norientation = "none-of-many"\n'
        )
    told = error(desk("run", "-g", "perfect", "-r", "none", "--offline", "--dry-run"))
    assert told == "--offline: not on this machine: them/many (b/tow.pt); fix: genspace fetch none"


def test_a_link_to_nothing_is_missing(desk: Desk) -> None:
    assert desk("fetch", "mine").returncode == 0
    (desk.snapshot("them/depth") / "model.safetensors").resolve().unlink()
    for _ in range(2):
        assert "them/depth (model.safetensors)" in error(desk(*RUN, "--offline"))
        shutil.rmtree(desk.storage("them/depth") / "trees", ignore_errors=True)


def test_a_run_without_the_hub(desk: Desk, tmp_path: Path) -> None:
    """A process of its own loads weights, and nobody asks for anything."""
    make = f"from tiny import zoedepth; from pathlib import Path; zoedepth(Path({str(tmp_path / 'tiny')!r}))"
    place = Path(__file__).parents[2] / "adapters" / "depth" / "tests"
    subprocess.run([sys.executable, "-c", make], cwd=place, capture_output=True, check=True)
    files = {path.name: path.read_bytes() for path in (tmp_path / "tiny").iterdir()}
    desk.hub.repositories["them/depth"] = Repository([files])
    assert desk("fetch", "mine").returncode == 0
    desk.hub.asked.clear()
    with (desk.place / "plugins.toml").open("a") as file:
        file.write('[executors.apart]\nplugin = "local"\nworkers = 1\nmakers = 1\n')
    words = ("run", "-g", "perfect", "-r", "mine", "--limit", "2", "--executor", "apart")
    done = desk(*words, "--offline", "--json")
    assert done.returncode == 0, done.stderr
    run = json.loads((desk.place / "runs" / "perfect" / "run.json").read_text())
    assert (run["sessions"][-1]["workers"], run["sessions"][-1]["makers"]) == (1, 1)
    scenes = [
        json.loads(line) for line in (desk.place / "runs/perfect/scores.jsonl").read_text().splitlines()
    ]
    assert {scene["reconstruction"] for scene in scenes} == {"ok"}
    assert desk.hub.asked == []


@pytest.mark.parametrize(
    "words",
    [
        ("run", "-g", "perfect", "-s", "none.jsonl"),
        ("ablate", "none", "--swap", "depth=main"),
        ("score", "none", "-r", "mine"),
        ("suite", "build-edit", "-g", "none", "-o", "edits", "-r", "mine"),
    ],
    ids=" ".join,
)
def test_it_is_the_first_act_of_a_command(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked for before the weights may import the hub's client, which reads the variable once."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert CliRunner().invoke(app, words).exit_code != 0
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert CliRunner().invoke(app, [*words, "--offline"]).exit_code != 0
    assert os.environ["HF_HUB_OFFLINE"] == "1"

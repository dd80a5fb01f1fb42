"""What holds of a model of the table where the user changes something, or has a copy of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.generator import build
from genspace_adapter_diffusers.models import load_models
from genspace_adapter_diffusers.plugin import DIFFUSERS

ROWS = load_models("genspace_adapter_diffusers")
VAE = {"library": "diffusers", "class": "AutoencoderKL", "checkpoint": "org/vae"}


def config(**keys: Any) -> PipelineConfig:
    return PipelineConfig.model_validate(keys)


def known_again(told: PipelineConfig) -> Any:
    return told.identity(), told.capabilities(DIFFUSERS.capabilities).weights_revision


def test_an_argument_of_ones_own_leaves_those_of_the_row() -> None:
    row = ROWS["lumina2"].config["arguments"]
    told = config(model="lumina2", arguments={"cfg_normalization": False, "extra": 1})
    assert told.arguments == {**row, "cfg_normalization": False, "extra": 1}
    assert len(row) > 1
    assert told.identity()["arguments"] == told.arguments


def test_a_part_of_ones_own_leaves_those_of_the_row() -> None:
    told = config(model="hidream-i1", parts={"vae": VAE})
    assert set(told.parts) == {*ROWS["hidream-i1"].config["parts"], "vae"}
    assert [one.name for one in told.weights()][-1] == "org/vae"


def test_a_copy_need_not_have_the_files_of_the_row(sdxl: Path) -> None:
    assert (config(model="sdxl").variant, config(model="sdxl").pipeline) == ("fp16", ROWS["sdxl"].pipeline)
    copy = config(model="sdxl", checkpoint=str(sdxl), dtype="float32", device="cpu")
    assert (copy.variant, copy.pipeline, copy.steps) == (None, None, 50)
    assert build(copy).pipeline.unet is not None
    assert config(model="sdxl", checkpoint="me/copy", variant="fp16").weights()[0].variant == "fp16"


def test_an_empty_variant_is_none() -> None:
    told = config(model="sdxl", variant="")
    assert told.variant is None
    assert told.weights()[0].variant is None
    assert told.weights()[0].revision == ROWS["sdxl"].revision


def test_a_copy_has_the_licence_of_its_row(sdxl: Path) -> None:
    row = ROWS["sana"]
    for checkpoint in ("me/copy", str(sdxl)):
        (weights,) = config(model="sana", checkpoint=checkpoint).weights()
        assert (weights.licence, weights.noncommercial) == (row.licence, True)
        assert weights.revision != row.revision
        assert weights.size is None
    assert config(checkpoint="me/copy").weights()[0].licence is None


def test_a_folder_that_is_called_like_a_row_is_a_folder(
    sdxl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ROWS["sdxl"].checkpoint
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir()
    shutil.copytree(sdxl, name)
    for told in (config(checkpoint=name), config(model="sdxl")):
        (weights,) = told.weights()
        assert weights.revision.startswith("sha256:")
        assert told.variant is None


def test_a_local_part_is_known_by_what_is_in_it(sdxl: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        shutil.copytree(sdxl / "vae", folder)

    def told(folder: Path) -> Any:
        return known_again(config(checkpoint=str(sdxl), parts={"vae": VAE | {"checkpoint": str(folder)}}))

    first, moved = map(told, folders)
    assert first == moved
    (folders[1] / "more.json").write_text("{}")
    assert told(folders[1]) != first
    hub = config(checkpoint=str(sdxl), parts={"vae": VAE})
    assert hub.identity()["parts"]["vae"]["checkpoint"] == "org/vae"

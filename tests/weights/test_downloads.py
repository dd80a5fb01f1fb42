"""Whether a folder of weights is whole, by what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genspace_core import missing_files, require_whole
from genspace_core.errors import PluginError
from tests.hub.loopback import safetensors

INDEX = json.dumps(
    {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
)
HALVES = INDEX.replace("model-", "model.fp16-")
PIPELINE = json.dumps(
    {
        "_class_name": "AnyPipeline",
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "safety_checker": [None, None],
        "requires_safety_checker": True,
        "text_encoder_select_layers": [2, 5],
    }
)
WHOLE = {
    "model_index.json": PIPELINE,
    "scheduler/scheduler_config.json": "{}",
    "tokenizer/vocab.json": "{}",
    "unet/config.json": "{}",
    "unet/diffusion_pytorch_model.safetensors": safetensors(8),
}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0a1b\nsize 1234\n"


def fill(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"model.pt": b"any"}, id="no configuration"),
        pytest.param({"config.json": "{}", "model.safetensors": safetensors(8)}, id="in one piece"),
        pytest.param(
            {
                "config.json": "{}",
                "model.safetensors.index.json": INDEX,
                "model-00001-of-00002.safetensors": safetensors(8),
                "model-00002-of-00002.safetensors": safetensors(8),
            },
            id="in shards",
        ),
        pytest.param(
            {
                "config.json": "{}",
                "model.safetensors.index.json": INDEX,
                "model.safetensors.index.fp16.json": HALVES,
                "model.fp16-00001-of-00002.safetensors": safetensors(8),
                "model.fp16-00002-of-00002.safetensors": safetensors(8),
            },
            id="one variant of two",
        ),
        pytest.param(
            {
                "config.json": "{}",
                "model.safetensors": safetensors(8),
                "model.bin.index.json": INDEX.replace("safetensors", "bin"),
            },
            id="an index of another format",
        ),
        pytest.param(WHOLE, id="a pipeline"),
    ],
)
def test_whole(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert missing_files(fill(tmp_path, files)) == []
    require_whole("mine", tmp_path)


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        pytest.param({"config.json": "{}"}, ["its weights"], id="no weights"),
        pytest.param(
            {"a/model.safetensors.index.json": INDEX, "a/model-00001-of-00002.safetensors": safetensors(8)},
            ["a/model-00002-of-00002.safetensors"],
            id="a shard",
        ),
        pytest.param(
            {
                "model.safetensors.index.json": INDEX,
                "model.safetensors.index.fp16.json": HALVES,
                "model.fp16-00001-of-00002.safetensors": safetensors(8),
            },
            ["model.fp16-00002-of-00002.safetensors"],
            id="a shard of the variant that was begun",
        ),
        pytest.param(
            {"config.json": "{}", "model.safetensors": safetensors(8)[:-1]},
            ["model.safetensors (cut short)"],
            id="a file's last byte",
        ),
        pytest.param(
            {"config.json": "{}", "model.safetensors": safetensors(8)[:20]},
            ["model.safetensors (cut short)"],
            id="most of a file",
        ),
        pytest.param(
            {"config.json": "{}", "model.safetensors": b""}, ["model.safetensors (cut short)"], id="all of it"
        ),
        pytest.param(
            {"config.json": "{}", "model.safetensors": POINTER, "other.bin": POINTER},
            ["model.safetensors (cut short)", "other.bin (cut short)"],
            id="a clone without its large files",
        ),
        pytest.param({"model_index.json": PIPELINE}, ["scheduler/", "tokenizer/", "unet/"], id="components"),
    ],
)
def test_half(tmp_path: Path, files: dict[str, str | bytes], missing: list[str]) -> None:
    assert missing_files(fill(tmp_path, files)) == missing
    with pytest.raises(PluginError, match=r"^mine: the download is not complete; missing: ") as caught:
        require_whole("mine", tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("scheduler/scheduler_config.json", "scheduler/"),
        ("tokenizer/vocab.json", "tokenizer/"),
        ("unet/config.json", "unet/config.json"),
        ("unet/diffusion_pytorch_model.safetensors", "unet/ (its weights)"),
    ],
)
def test_a_pipeline_without_one_file(tmp_path: Path, left_out: str, missing: str) -> None:
    fill(tmp_path, WHOLE)
    (tmp_path / left_out).unlink()
    assert missing_files(tmp_path) == [missing]


def test_what_cannot_be_read_is_left_to_whoever_loads_it(tmp_path: Path) -> None:
    noise = (16).to_bytes(8, "little") + b"no json, but 16b" + b"more"
    fill(tmp_path, {"model.safetensors": noise, "model.bin.index.json": "[]", "config.json": "no json"})
    assert missing_files(tmp_path) == []

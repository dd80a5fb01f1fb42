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
                "model.safetensors": safetensors(8),
                "model.safetensors.index.fp16.json": HALVES,
            },
            id="a variant that is not asked for",
        ),
        pytest.param(
            {
                "config.json": "{}",
                "model.safetensors.index.json": INDEX,
                "pytorch_model.bin": b"any",
            },
            id="another format, and an index of none",
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
        pytest.param({}, ["its weights"], id="nothing"),
        pytest.param({"README.md": "# To be read"}, ["its weights"], id="nothing to load"),
        pytest.param(
            {"config.json": "{}", "model-00001-of-00003.safetensors": safetensors(8)},
            [
                "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors",
                "model.safetensors.index.json",
            ],
            id="a shard without its index",
        ),
        pytest.param(
            {"model-00001-of-00001.safetensors": safetensors(8), "model.safetensors.index.json": INDEX[:40]},
            ["model.safetensors.index.json (cut short)"],
            id="an index by half",
        ),
        pytest.param(
            {
                "pytorch_model-00001-of-00001.bin": b"any",
                "pytorch_model.bin.index.json": '{"weight_map": []}',
            },
            ["pytorch_model.bin.index.json (cut short)"],
            id="an index of nothing",
        ),
        pytest.param(
            {
                "config.json": "{}",
                "model.safetensors.index.json": INDEX,
                "model-00001-of-00002.safetensors": safetensors(8),
                "model.fp16.safetensors": safetensors(8),
            },
            ["model-00002-of-00002.safetensors"],
            id="another variant",
        ),
        pytest.param(
            {"config.json": "{}", "pytorch_model.bin": b""},
            ["pytorch_model.bin (cut short)"],
            id="an empty file",
        ),
        pytest.param(
            {"model_index.json": PIPELINE[:50], "unet/config.json": "{}"},
            ["model_index.json (cut short)"],
            id="a pipeline's index by half",
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


@pytest.mark.parametrize(
    "header",
    [b'{"w": [1]}', b'{"w": {"data_offsets": [0]}}', b'{"w": {"data_offsets": ["a", "b"]}}', b"[" * 9999],
)
def test_a_header_of_another_kind_breaks_nothing(tmp_path: Path, header: bytes) -> None:
    fill(tmp_path, {"model.safetensors": len(header).to_bytes(8, "little") + header})
    assert missing_files(tmp_path) == []


def test_of_two_variants_the_one_that_is_loaded_counts(tmp_path: Path) -> None:
    halves = {f"model.fp16-0000{number}-of-00002.safetensors": safetensors(8) for number in (1, 2)}
    indexes = {"model.safetensors.index.json": INDEX, "model.safetensors.index.fp16.json": HALVES}
    fill(tmp_path, {"config.json": "{}", **indexes, **halves})
    assert missing_files(tmp_path, "fp16") == []
    require_whole("mine", tmp_path, "fp16")
    assert missing_files(tmp_path) == [name.replace(".fp16", "") for name in halves]
    (tmp_path / "model.fp16-00002-of-00002.safetensors").unlink()
    assert missing_files(tmp_path, "fp16") == ["model.fp16-00002-of-00002.safetensors"]


def test_a_link_to_nothing_is_no_file(tmp_path: Path) -> None:
    fill(tmp_path, WHOLE)
    weights = tmp_path / "unet/diffusion_pytorch_model.safetensors"
    weights.unlink()
    weights.symlink_to(tmp_path / "blobs" / "gone")
    assert missing_files(tmp_path) == ["unet/diffusion_pytorch_model.safetensors"]
    weights.unlink()
    weights.mkdir()
    assert missing_files(tmp_path) == ["unet/ (its weights)"]

"""Which files of a repository are loaded."""

from __future__ import annotations

import sys

import pytest

from genspace_core.errors import PluginError
from genspace_core.hub.cache import lacking
from genspace_core.hub.choosing import choose, components_of
from genspace_core.hub.wanted import by_repository, source_of
from genspace_core.interfaces import Weights

SHARDS = [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
]
HALVES = [
    "model.fp16-00001-of-00002.safetensors",
    "model.fp16-00002-of-00002.safetensors",
    "model.safetensors.index.fp16.json",
]


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        pytest.param(
            ["config.json", "model.safetensors", "pytorch_model.bin", "flax_model.msgpack", "tf_model.h5"],
            ["config.json", "model.safetensors"],
            id="formats",
        ),
        pytest.param(
            ["config.json", "sam2.1_hiera_large.pt", "model.safetensors", "onnx/model.onnx"],
            ["config.json", "model.safetensors"],
            id="the authors' own file beside it",
        ),
        pytest.param(
            ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin", *SHARDS],
            SHARDS,
            id="indexes",
        ),
        pytest.param(["model.pt"], ["model.pt"], id="torch alone"),
        pytest.param(["tf_model.h5", "config.json"], ["config.json", "tf_model.h5"], id="nothing for torch"),
        pytest.param(
            ["a/model.safetensors", "b/pytorch_model.bin"],
            ["a/model.safetensors", "b/pytorch_model.bin"],
            id="each folder by itself",
        ),
        pytest.param(
            ["README.md", ".gitattributes", "LICENSE", "assets/demo.png", "merges.txt", "tokenizer.model"],
            ["merges.txt", "tokenizer.model"],
            id="what people read",
        ),
        pytest.param(
            ["pytorch_model.bin", "model.fp16.safetensors"],
            ["pytorch_model.bin"],
            id="the plain set in another format before a variant",
        ),
        pytest.param(
            ["adapter_model.safetensors", "pytorch_model.bin"],
            ["adapter_model.safetensors", "pytorch_model.bin"],
            id="safetensors of other weights",
        ),
        pytest.param(
            ["sam2.pt", "sam2.1_hiera.pt"], ["sam2.pt", "sam2.1_hiera.pt"], id="a version is no variant"
        ),
        pytest.param([*SHARDS, *HALVES], SHARDS, id="plain before a variant"),
        pytest.param(HALVES, HALVES, id="a variant alone"),
    ],
)
def test_by_default(there: list[str], chosen: list[str]) -> None:
    assert choose(there) == sorted(chosen)


def test_a_variant_where_a_folder_has_it() -> None:
    there = [f"text/{name}" for name in (*SHARDS, *HALVES)] + ["vae/model.safetensors"]
    assert choose(there, variant="fp16") == sorted([f"text/{name}" for name in HALVES] + there[-1:])
    assert choose(there, variant="bf16") == sorted([f"text/{name}" for name in SHARDS] + there[-1:])
    there = ["model.safetensors", "pytorch_model.fp16.bin"]
    assert choose(there, variant="fp16") == ["pytorch_model.fp16.bin"]


def test_a_pipeline_is_its_components() -> None:
    there = ["model_index.json", "unet/config.json", "vae_1_0/config.json", "everything.safetensors"]
    components = components_of('{"_class_name": "P", "unet": ["diffusers", "U"], "checker": [null, null]}')
    assert components == ["unet"]
    assert choose(there, components=components) == ["model_index.json", "unet/config.json"]
    assert choose(there) == ["model_index.json", "unet/config.json", "vae_1_0/config.json"]
    assert components_of("no json") is None


def test_patterns_stand_instead_of_the_default() -> None:
    there = ["a/one.pt", "a/two.pt", "b/one.bin", "README.md"]
    assert choose(there, ("a/*",)) == ["a/one.pt", "a/two.pt"]
    assert choose(there, ("*/one.*", "!*.bin")) == ["a/one.pt"]
    assert choose(there, ("!*.pt",)) == ["README.md", "b/one.bin"]


@pytest.mark.parametrize(
    ("name", "revision", "source"),
    [
        ("them/depth", "main", "hub"),
        ("gpt2", "main", "hub"),
        ("https://example.org/weights.pth", "v1", "package"),
        ("rembg:bria-rmbg", "sha256:5b48", "package"),
    ],
)
def test_where_weights_come_from(name: str, revision: str, source: str) -> None:
    assert source_of(Weights(name=name, revision=revision)) == source


def test_one_repository_is_asked_for_once() -> None:
    one, other = (Weights(name="a/b", revision="main", files=(name,)) for name in ("x", "y"))
    third = Weights(name="a/b", revision="v1")
    assert by_repository([one, third, other, one]) == [(one, other), (third,)]


def test_it_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(PluginError, match=r"pip install 'genspace-core\[hub\]'"):
        lacking([Weights(name="a/b", revision="main")])

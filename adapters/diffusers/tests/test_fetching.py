"""What has been fetched is loaded without asking the hub; what cannot go well is told before that."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.diffusers.tests.conftest import Build
from adapters.diffusers.tests.test_options import _save_lora, picture
from genspace_core.errors import ConfigError, PluginError

COMMIT = "a" * 40
FETCHED = {"local_files_only": True}


class Cache:
    """The hub's cache on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, name: str) -> Path:
        """Of the main branch of a repository, to be filled."""
        storage = self.root / f"models--{name.replace('/', '--')}"
        snapshot = storage / "snapshots" / COMMIT
        snapshot.mkdir(parents=True)
        (storage / "refs").mkdir()
        (storage / "refs" / "main").write_text(COMMIT)
        return snapshot


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    for name in ("huggingface_hub.constants.HF_HUB_CACHE", "huggingface_hub.constants.HUGGINGFACE_HUB_CACHE"):
        monkeypatch.setattr(name, str(tmp_path), raising=False)
    return Cache(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whom a connection was tried to; none succeeds."""
    tried: list[Any] = []

    def connect(_: Any, address: Any) -> None:
        tried.append(address)
        raise OSError("no network")

    # The client of huggingface_hub 1.x fetches a list for its own headers once a day, on any first call.
    with contextlib.suppress(ImportError, AttributeError):
        monkeypatch.setattr("huggingface_hub.utils._detect_agent._fetch_registry", lambda: None)
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **_: connect(None, words))
    return tried


def test_a_lora_and_a_part_that_were_fetched(
    built: Build, sdxl: Path, tmp_path: Path, cache: Cache, asked: list[Any]
) -> None:
    lora, part = cache.folder("me/lora"), cache.folder("me/parts")
    _save_lora(sdxl, lora)
    asked.clear()  # peft looks for a base model as it saves
    shutil.copytree(sdxl / "vae", part / "vae")
    vae = {"library": "diffusers", "class": "AutoencoderKL", "checkpoint": "me/parts", "subfolder": "vae"}
    fetched = picture(built(lora="me/lora", parts={"vae": vae}, **FETCHED))
    assert asked == []
    assert np.array_equal(fetched, picture(built(lora=str(lora))))
    assert not np.array_equal(fetched, picture(built()))


@pytest.mark.parametrize(
    "keys",
    [
        {"lora": "me/lora"},
        {
            "parts": {
                "vae": {
                    "library": "diffusers",
                    "class": "AutoencoderKL",
                    "checkpoint": "me/vae",
                }
            }
        },
        {"checkpoint": "me/pipeline"},
    ],
    ids=lambda keys: next(iter(keys)),
)
def test_what_was_not_fetched_is_one_line(
    built: Build, cache: Cache, asked: list[Any], keys: dict[str, Any]
) -> None:
    with pytest.raises(PluginError, match=r"me/\w+: is not in the local cache") as caught:
        built(**keys, **FETCHED)
    assert "\n" not in str(caught.value)
    assert asked == []


def test_several_files_of_a_lora(built: Build, sdxl: Path, tmp_path: Path) -> None:
    _save_lora(sdxl, tmp_path)
    usual = tmp_path / "pytorch_lora_weights.safetensors"
    first = picture(built(lora=str(tmp_path)))
    for name in ("a.safetensors", "b.safetensors"):
        shutil.copy(usual, tmp_path / name)
    assert np.array_equal(picture(built(lora=str(tmp_path))), first), "the usual name goes first"
    usual.unlink()
    with pytest.raises(ConfigError, match=r"holds a\.safetensors, b\.safetensors; say which with lora_file"):
        built(lora=str(tmp_path))
    assert np.array_equal(picture(built(lora=str(tmp_path), lora_file="b.safetensors")), first)
    with pytest.raises(PluginError, match=r"there is no c\.safetensors in it"):
        built(lora=str(tmp_path), lora_file="c.safetensors")


def test_a_lora_that_is_one_file(built: Build, sdxl: Path, tmp_path: Path) -> None:
    _save_lora(sdxl, tmp_path)
    file = tmp_path / "pytorch_lora_weights.safetensors"
    assert np.array_equal(picture(built(lora=str(file))), picture(built(lora=str(tmp_path))))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"scheduler": "FlowMatchEulerDiscreteScheduler"}, "scheduler: "),
    ({"parts": {"nose": {"library": "diffusers", "class": "A", "checkpoint": "a/b"}}}, "parts.nose"),
    ({"quantization": "quanto", "quantized": ["nose"]}, "quantized: "),
]


@pytest.mark.parametrize(("keys", "says"), WRONG, ids=lambda v: str(v)[:20])
def test_the_index_tells_before_the_weights_are_fetched(
    built: Build, sdxl: Path, cache: Cache, keys: dict[str, Any], says: str
) -> None:
    """It alone is there: anything else that is asked for would be lacking."""
    shutil.copy(sdxl / "model_index.json", cache.folder("me/sdxl"))
    with pytest.raises(ConfigError, match=says):
        built(checkpoint="me/sdxl", **FETCHED, **keys)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_so_it_does_of_a_package_that_a_part_needs(
    built: Build, sdxl: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    import transformers
    from transformers.utils.import_utils import DummyObject

    stand_in = DummyObject("PixtralProcessor", (), {"_backends": ["torchvision"]})
    monkeypatch.setattr(transformers, "PixtralProcessor", stand_in)
    index = json.loads((sdxl / "model_index.json").read_text("utf-8"))
    part = {"library": "transformers", "class": "PixtralProcessor", "checkpoint": "me/tokens"}
    keys = {"parts": {"tokenizer": part}} if elsewhere else {}
    if not elsewhere:
        index["tokenizer"] = ["transformers", "PixtralProcessor"]
    (cache.folder("me/sdxl") / "model_index.json").write_text(json.dumps(index), "utf-8")
    with pytest.raises(PluginError, match=r"tokenizer is a PixtralProcessor.*pip install torchvision"):
        built(checkpoint="me/sdxl", **FETCHED, **keys)

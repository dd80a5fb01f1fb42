"""What is said when a checkpoint cannot be loaded: one line that names it and the fix."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import huggingface_hub
import pytest
import torch
from safetensors.torch import load_file, save_file

from genspace_adapter_detection.config import GroundingDinoConfig, LlmdetConfig, Owlv2Config, Sam3Config
from genspace_adapter_detection.factories import grounding_dino, mm_grounding_dino, owlv2, sam3
from genspace_core.errors import ConfigError, GenSpaceError, PluginError
from genspace_core.testing.network import gated_hub

BOXES = {"segmenter": "boxes"}


def told(build, kind: type[GenSpaceError] = PluginError) -> str:
    """What is said, which has to be one line."""
    with pytest.raises(kind) as caught:
        build()
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.fixture
def broken(folders, tmp_path):
    """Copies a checkpoint into a folder of its own, to break it there."""

    def copied(name: str) -> Path:
        return Path(shutil.copytree(getattr(folders, name), tmp_path / name))

    return copied


@pytest.mark.parametrize(
    ("given", "found"), [("bert", "bert"), ("sam", "sam"), ("mm_grounding_dino", "mm-grounding-dino")]
)
def test_another_kind_of_checkpoint(folders, given, found):
    folder = getattr(folders, given)
    text = told(lambda: grounding_dino(GroundingDinoConfig(checkpoint=folder, **BOXES)))
    assert text.startswith(f'{folder}: not a Grounding DINO checkpoint, but one of type "{found}"; ')


def test_another_kind_of_segmenter(folders):
    config = GroundingDinoConfig(
        checkpoint=folders.grounding_dino, segmenter="sam", segmenter_checkpoint=folders.sam_hq
    )
    assert f'{folders.sam_hq}: not a SAM checkpoint, but one of type "sam_hq"' in told(
        lambda: grounding_dino(config)
    )


def test_a_grounding_dino_is_no_llmdet(folders):
    text = told(lambda: mm_grounding_dino(LlmdetConfig(checkpoint=folders.grounding_dino, **BOXES)))
    assert "not an MM Grounding DINO or LLMDet checkpoint" in text


def test_a_config_without_a_type(broken):
    folder = broken("owlv2")
    about = json.loads((folder / "config.json").read_text("utf-8"))
    del about["model_type"]
    (folder / "config.json").write_text(json.dumps(about), "utf-8")
    assert "one whose config.json names no model_type" in told(
        lambda: owlv2(Owlv2Config(checkpoint=str(folder), **BOXES))
    )


def test_the_weights_are_missing(broken):
    folder = broken("owlv2")
    (folder / "model.safetensors").unlink()
    text = told(lambda: owlv2(Owlv2Config(checkpoint=str(folder), **BOXES)))
    assert text.startswith(f"{folder}: cannot be loaded as an OWLv2 checkpoint")


@pytest.mark.parametrize("missing", ["config.json", "preprocessor_config.json"])
def test_a_file_is_missing(broken, missing):
    folder = broken("owlv2")
    (folder / missing).unlink()
    text = told(lambda: owlv2(Owlv2Config(checkpoint=str(folder), **BOXES)))
    assert text.startswith(f"{folder}: there is no {missing} in it")
    assert text.endswith("is the download complete?")


def test_a_file_of_the_folder_is_no_checkpoint(folders):
    file = f"{folders.owlv2}/model.safetensors"
    text = told(lambda: owlv2(Owlv2Config(checkpoint=file, **BOXES)))
    assert text == (f"{file}: is a file, and this model needs the whole folder; set checkpoint to the folder")


def build(name: str, folder: Path):
    if name == "sam3":
        return sam3(Sam3Config(checkpoint=str(folder)))
    if name == "owlv2":
        return owlv2(Owlv2Config(checkpoint=str(folder), **BOXES))
    if name == "mm_grounding_dino":
        return mm_grounding_dino(LlmdetConfig(checkpoint=str(folder), **BOXES))
    return grounding_dino(GroundingDinoConfig(checkpoint=str(folder), **BOXES))


READERS = ("grounding_dino", "mm_grounding_dino", "owlv2", "sam3")
WORDS = ("tokenizer.json", "vocab.txt", "vocab.json", "merges.txt")


@pytest.mark.parametrize("name", READERS)
def test_without_a_tokenizer_nothing_is_made_up(stand_in, broken, name):
    """transformers would give one of five tokens, to which every word is unknown."""
    folder = broken(name)
    for file in WORDS:
        (folder / file).unlink(missing_ok=True)
    assert told(lambda: build(name, folder)) == (
        f"{folder}: there is no tokenizer.json in it (nor vocab.txt, nor vocab.json and merges.txt); is the "
        "download complete?"
    )
    (folder / "vocab.json").write_text("{}", "utf-8")  # half of a pair
    assert "there is no tokenizer.json in it" in told(lambda: build(name, folder))


@pytest.mark.parametrize("name", READERS)
def test_a_tokenizer_of_another_model(stand_in, broken, folders, name):
    folder = broken(name)
    about = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    vocabulary = about["model"]["vocab"]
    known = dict(sorted(vocabulary.items(), key=lambda item: item[1])[:30])
    about["model"] |= {"vocab": known, "merges": []} if "merges" in about["model"] else {"vocab": known}
    about["added_tokens"] = []
    about["post_processor"] = None
    (folder / "tokenizer.json").write_text(json.dumps(about), "utf-8")
    for file in WORDS[1:]:
        (folder / file).unlink(missing_ok=True)
    text = told(lambda: build(name, folder))
    assert "is it this model's tokenizer, and complete?" in text


@pytest.mark.parametrize("name", READERS)
def test_a_vocabulary_without_the_rest_is_a_tokenizer(stand_in, broken, name):
    folder = broken(name)
    (folder / "tokenizer.json").unlink()  # vocab.txt, or vocab.json and merges.txt, are still there
    build(name, folder)


@pytest.mark.parametrize("lost", ["class_head.dense0.weight", "owlv2.vision_model.post_layernorm.bias"])
def test_missing_weights_are_not_replaced_by_random_ones(broken, lost, capfd):
    folder = broken("owlv2")
    weights = load_file(folder / "model.safetensors")
    del weights[lost]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    text = told(lambda: owlv2(Owlv2Config(checkpoint=str(folder), **BOXES)))
    assert f"weights that the model needs are missing or misshapen ({lost}); is it complete?" in text
    said = capfd.readouterr()
    assert said.out + said.err == ""


def test_a_weight_of_another_shape(broken):
    folder = broken("owlv2")
    weights = load_file(folder / "model.safetensors")
    weights["class_head.dense0.weight"] = torch.zeros(3, 3)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    text = told(lambda: owlv2(Owlv2Config(checkpoint=str(folder), **BOXES)))
    assert "are missing or misshapen (class_head.dense0.weight); is it complete?" in text


def test_damaged_weights(broken):
    folder = broken("sam")
    (folder / "model.safetensors").write_bytes(b"not weights at all")
    config = GroundingDinoConfig(segmenter="sam", segmenter_checkpoint=str(folder))
    from genspace_adapter_detection.segmenters import build_segmenter

    assert f"{folder}: cannot be loaded as a SAM checkpoint" in told(lambda: build_segmenter(config))


def test_no_such_folder(tmp_path):
    config = GroundingDinoConfig(checkpoint=str(tmp_path / "nowhere"))
    assert "there is no such folder" in told(lambda: grounding_dino(config), ConfigError)
    config = GroundingDinoConfig(segmenter_checkpoint=str(tmp_path / "nowhere"))
    assert "there is no such folder" in told(config.weights, ConfigError)


def test_no_gpu(folders, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config = GroundingDinoConfig(checkpoint=folders.grounding_dino, device="cuda", **BOXES)
    assert 'set device = "auto" or "cpu"' in told(lambda: grounding_dino(config), ConfigError)


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_package(folders, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    config = Owlv2Config(checkpoint=folders.owlv2, **BOXES)
    assert told(lambda: owlv2(config)) == (
        f"{package} is not installed; fix: pip install genspace-adapter-detection"
    )


def test_sam_2_and_3_without_torchvision(folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    config = GroundingDinoConfig(
        checkpoint=folders.grounding_dino, segmenter="sam2", segmenter_checkpoint=folders.sam2
    )
    assert told(lambda: grounding_dino(config)) == (
        'torchvision is not installed; fix: pip install torchvision; without it, set segmenter = "sam"'
    )
    assert told(lambda: sam3(Sam3Config(checkpoint=folders.sam3))) == (
        "torchvision is not installed; fix: pip install torchvision; without it, use another detector"
    )


def test_sam_2_and_3_still_need_torchvision():
    """If transformers learns to prepare their pictures with Pillow, the check and its error can go."""
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES

    for kind in ("sam2", "sam3"):
        assert set(IMAGE_PROCESSOR_MAPPING_NAMES[kind]) == {"torchvision"}
    for kind in ("grounding-dino", "mm-grounding-dino", "owlv2", "sam", "sam_hq"):
        assert "pil" in IMAGE_PROCESSOR_MAPPING_NAMES[kind]


def test_a_gated_sam_3(stand_in, monkeypatch, tmp_path):
    """A hub that says no, over HTTP."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with gated_hub() as address:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
        template = f"{address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
        text = told(lambda: sam3(Sam3Config(checkpoint="example-org/gated-model")))
    assert text.startswith("example-org/gated-model: is gated; ask for access at https://huggingface.co/")


def test_without_torchvision_the_others_do_not_ask_for_it(folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    owlv2(Owlv2Config(checkpoint=folders.owlv2, **BOXES))
    grounding_dino(GroundingDinoConfig(checkpoint=folders.grounding_dino, segmenter_checkpoint=folders.sam))

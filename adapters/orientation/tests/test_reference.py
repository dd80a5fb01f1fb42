"""The published implementation's answers, from its files as they are."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from genspace_adapter_orientation.angles import Angles, read_angles, read_confidence, rotation_matrix
from genspace_adapter_orientation.dinov2 import load_network
from genspace_adapter_orientation.plugin import V1
from genspace_adapter_orientation.running import Runner
from genspace_adapter_orientation.tensors import dinov2_input
from genspace_adapter_orientation.v1 import build
from genspace_adapter_orientation.views import View

PUBLISHED_NAMES = (
    (".attention.q_proj.", ".attention.attention.query."),
    (".attention.k_proj.", ".attention.attention.key."),
    (".attention.v_proj.", ".attention.attention.value."),
    (".attention.o_proj.", ".attention.output.dense."),
)


def published(name: str) -> str:
    """The name of a tensor in the files on the hub, which an older transformers wrote."""
    for now, before in PUBLISHED_NAMES:
        name = name.replace(now, before)
    return name


def logits_of(config, images):
    network, layout = load_network(config)
    runner = Runner(network, torch.device("cpu"), torch.float32, 8, dinov2_input)
    return runner.run([View(image, np.zeros(2)) for image in images]), layout


@pytest.fixture(scope="module")
def read(folders, crops):
    """By head width: the logits of the three crops, and their layout."""
    return {w: logits_of(V1.config(checkpoint=str(f)), crops) for w, f in folders.items()}


@pytest.mark.parametrize("index", range(6))
def test_all_six_sets_of_angles(index, expected, read):
    case = expected["cases"][index]
    rows, layout = read[case["head"]]
    logits = rows[int(case["image"][4])]
    assert len(logits) == case["head"]
    assert np.abs(logits[:8] - case["logits_head"]).max() < 1e-3
    assert read_angles(logits, layout) == Angles(case["azimuth_deg"], case["polar_deg"], case["rotation_deg"])
    assert read_confidence(logits) == pytest.approx(case["confidence"], abs=1e-6)


@pytest.mark.parametrize("about", ["view", "object"])
@pytest.mark.parametrize("index", range(6))
def test_the_plugin_gives_the_rotation_of_these_angles(index, about, expected, folders, crops, found):
    case = expected["cases"][index]
    image = crops[int(case["image"][4])]
    config = V1.config(
        checkpoint=str(folders[case["head"]]), min_confidence=0, device="cpu", rotation_about=about
    )
    (orientation,) = build(config).orient(image, [found(image)])
    angles = Angles(case["azimuth_deg"], case["polar_deg"], case["rotation_deg"])
    assert np.array_equal(orientation.rotation, rotation_matrix(angles, about))
    assert orientation.confidence == pytest.approx(case["confidence"], abs=1e-6)
    assert orientation.note is None


def test_names_of_an_older_transformers_are_the_same_tensors(state, save_state, crops, read):
    older = {published(name): value for name, value in state.items()}
    assert len(older.keys() - state.keys()) == 16  # two layers, four projections, weight and bias
    rows, _ = logits_of(V1.config(checkpoint=save_state(older)), crops)
    assert np.array_equal(rows, read[722][0])


def test_single_precision_on_disk_is_the_same(state, save_state, crops, read):
    wide = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    rows, _ = logits_of(V1.config(checkpoint=save_state(wide)), crops)
    assert np.array_equal(rows, read[722][0])


def test_the_architecture_follows_from_the_shapes(folders, tmp_path, crops, read):
    """Without a config.json only the number of heads has to be said, which no shape tells."""
    shutil.copy(folders[722] / "dino_weight.pt", tmp_path / "alone.pt")
    rows, _ = logits_of(V1.config(checkpoint=str(tmp_path / "alone.pt"), attention_heads=2), crops)
    assert np.array_equal(rows, read[722][0])
    others, _ = logits_of(V1.config(checkpoint=str(tmp_path / "alone.pt"), attention_heads=4), crops)
    assert not np.allclose(others, rows, atol=1e-2)


def test_heads_are_64_wide_where_nothing_is_said(save_state, state, tmp_path):
    from transformers import Dinov2Config, Dinov2Model

    small = Dinov2Config(hidden_size=128, num_hidden_layers=1, num_attention_heads=1, image_size=28)
    made = {f"dinov2.{name}": value for name, value in Dinov2Model(small).state_dict().items()}
    made |= {name: value for name, value in state.items() if name.startswith("down_sampler.")}
    made["down_sampler.net1.0.weight"] = torch.zeros(722, 128)
    torch.save(made, tmp_path / "small.pt")
    network, _ = load_network(V1.config(checkpoint=str(tmp_path / "small.pt")))
    config = network.dinov2.config
    assert (config.num_attention_heads, config.num_hidden_layers, config.image_size) == (2, 1, 28)


def test_batch_norm_uses_its_running_statistics(read, folders, crops):
    """A crop alone would be normalised to nothing else."""
    alone, _ = logits_of(V1.config(checkpoint=str(folders[722])), crops[:1])
    assert np.abs(alone[0] - read[722][0][0]).max() < 1e-4


def test_the_image_processor_is_dinov2s_own(crops):
    """That of transformers, with the published configuration of facebook/dinov2-large."""
    from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil

    processor = BitImageProcessorPil(
        size={"shortest_edge": 256},
        crop_size={"height": 224, "width": 224},
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    odd = np.random.default_rng(0).integers(0, 256, (37, 91, 3), dtype=np.uint8)
    for image in (*crops, odd, odd.transpose(1, 0, 2).copy(), odd[:, :37]):
        theirs = np.asarray(processor(image)["pixel_values"][0])
        assert np.abs(dinov2_input(image) - theirs).max() < 1e-5

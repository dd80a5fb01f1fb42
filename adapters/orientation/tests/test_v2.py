"""Version 2: how its answers are read, and how its network is put together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genspace_adapter_orientation.angles import Angles, rotation_matrix
from genspace_adapter_orientation.plugin import V2
from genspace_adapter_orientation.v2 import answer, build
from genspace_adapter_orientation.vggt import load_network
from genspace_adapter_orientation.views import View
from genspace_core.errors import PluginError, ReconstructionError

VIEW = View(np.zeros((3, 3, 3), np.uint8), np.array([7.0, 8.0]))
AZIMUTH = np.arange(360)


def told(fronts: int, kappa: float = 6.0) -> np.ndarray:
    """Logits whose sigmoid is a von Mises distribution, the first front a little likelier."""
    row, azimuth, polar, rotation = np.full(900, -9, np.float32), 50, 100, 200
    shape = np.exp(kappa * (np.cos(np.radians(fronts * (AZIMUTH - azimuth))) - 1)) * 0.9 + 1e-3
    row[:360] = np.log(shape / (1 - shape))
    row[azimuth] += 0.05
    row[[360 + polar, 540 + rotation]] = 9
    return row


def test_one_front_is_a_rotation_about_the_line_of_sight():
    found = answer(VIEW, told(1))
    assert np.array_equal(found.rotation, rotation_matrix(Angles(50, 10, 20), "view"))
    assert found.confidence > 0.95
    assert found.note is None
    assert np.array_equal(found.pixel, [7, 8])


@pytest.mark.parametrize(
    ("fronts", "note"), [(2, "looks the same from 2 sides"), (4, "looks the same from 4 sides")]
)
def test_several_fronts_are_undecidable(fronts, note):
    found = answer(VIEW, told(fronts))
    assert found.rotation is None
    assert found.note == note
    assert 0.9 < found.confidence <= 1


@pytest.mark.parametrize("level", [-20, 0, 20])
def test_no_peak_is_no_front(level):
    row = told(1)
    row[:360] = level
    found = answer(VIEW, row)
    assert (found.rotation, found.confidence, found.note) == (None, 0.0, "no front")


def test_a_weak_peak_is_no_front():
    found = answer(VIEW, told(1, kappa=0.3))
    assert (found.rotation, found.note) == (None, "no front")


def test_the_blunter_the_peak_over_noise_the_less_sure():
    random = np.random.default_rng(0).uniform(-0.5, 0.5, 360).astype(np.float32)
    clean, rough = told(1), told(1)
    rough[:360] += 3 * random
    assert answer(VIEW, rough).confidence < answer(VIEW, clean).confidence


def test_numbers_that_are_none_are_an_error():
    row = told(1)
    row[700] = np.inf
    assert isinstance(answer(VIEW, row), ReconstructionError)


# --- the network ----------------------------------------------------------------------------------


@pytest.fixture
def network(fakes, v2_file):
    return load_network(V2.config(checkpoint=str(v2_file)))


def test_the_head_reads_the_camera_token_of_the_last_layer(network, v2_file):
    state = torch.load(v2_file, weights_only=True)
    pixels = torch.rand(2, 3, 518, 518)
    with torch.inference_mode():
        logits = network(pixels)
        layers, _ = network.aggregator(pixels[:, None])
        token = layers[-1][:, 0, 0]
        for net in ("net1", "net2"):  # batch norm written out, with the statistics of the file
            linear, norm = f"ref_sampler.{net}.0", f"ref_sampler.{net}.1"
            token = token @ state[f"{linear}.weight"].T + state[f"{linear}.bias"]
            token = (token - state[f"{norm}.running_mean"]) / (state[f"{norm}.running_var"] + 1e-5).sqrt()
            token = token * state[f"{norm}.weight"] + state[f"{norm}.bias"]
            token = token.relu() if net == "net1" else token
    assert logits.shape == (2, 900)
    assert torch.allclose(logits, token, atol=1e-3)


def test_the_aggregator_is_the_files(network, v2_file):
    state = torch.load(v2_file, weights_only=True)
    assert torch.equal(network.aggregator.camera_token, state["vggt.aggregator.camera_token"])
    assert not network.training


def test_the_package_missing_is_said_with_the_fix(without, v2_file):
    without("vggt")
    with pytest.raises(PluginError) as caught:
        build(V2.config(checkpoint=str(v2_file), device="cpu"))
    assert str(caught.value) == (
        'vggt is not installed; fix: pip install --no-deps "git+https://github.com/facebookresearch/vggt.git"'
    )


FAULTS = {
    "1 tensors missing (aggregator.patch_embed.bias)": lambda s: s.pop("vggt.aggregator.patch_embed.bias"),
    "1 tensors unknown (something.else)": lambda s: s.update({"something.else": torch.zeros(1)}),
    "a file without ref_sampler.net1.0.weight": lambda s: s.pop("ref_sampler.net1.0.weight"),
    "a file without aggregator.camera_token": lambda s: s.pop("vggt.aggregator.camera_token"),
    "with a head 722 wide, not 900": lambda s: s.update({"ref_sampler.net1.0.weight": torch.zeros(722, 16)}),
}


@pytest.mark.parametrize("says", FAULTS)
def test_a_wrong_file_is_one_line(says, fakes, v2_file, tmp_path):
    state = torch.load(v2_file, weights_only=True)
    FAULTS[says](state)
    torch.save(state, tmp_path / "v2.pt")
    with pytest.raises(PluginError) as caught:
        load_network(V2.config(checkpoint=str(tmp_path)))
    assert str(caught.value).startswith(f"{tmp_path}: not an Orient Anything V2 checkpoint, but ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_the_first_version_is_told_apart(fakes, folders):
    with pytest.raises(
        PluginError, match="not an Orient Anything V2 checkpoint, but a file without ref_sampler"
    ):
        load_network(V2.config(checkpoint=str(folders[722])))


def test_the_file_may_go_once_it_is_loaded(fakes, v2_file, tmp_path):
    """It is mapped while it is read: nothing of it may be left mapped."""
    path = tmp_path / "v2.pt"
    path.write_bytes(v2_file.read_bytes())
    loaded = load_network(V2.config(checkpoint=str(path)))
    before = {name: value.clone() for name, value in loaded.state_dict().items()}
    path.write_bytes(bytes(path.stat().st_size))
    assert all(torch.equal(value, before[name]) for name, value in loaded.state_dict().items())


@pytest.fixture
def make(fakes, v2_file):
    return lambda **options: build(V2.config(**{"checkpoint": str(v2_file), "device": "cpu"} | options))


class Script:
    def __init__(self, *rows):
        self.rows, self.seen = list(rows), []

    def run(self, views):
        self.seen += views
        return self.rows[: len(views)]


def test_the_object_is_shown_on_white_by_its_mask(make, crops, found):
    estimator = make()
    estimator._runner = Script(told(1))
    (result,) = estimator.orient(crops[0], [found(crops[0], [50, 60, 120, 150])])
    shown = estimator._runner.seen[0].pixels
    assert shown.shape == (101, 101, 3)
    assert np.array_equal(shown[7:93, 17:83], crops[0][62:148, 52:118])
    assert (shown[0] == 255).all()
    assert np.array_equal(result.pixel, [(52 + 117) / 2, (62 + 147) / 2])


def test_an_empty_mask_shows_the_crop(make, crops, found):
    detection = found(crops[0], [50, 60, 120, 150])
    detection.mask[:] = False
    estimator = make()
    estimator._runner = Script(told(1))
    estimator.orient(crops[0], [detection])
    assert np.array_equal(estimator._runner.seen[0].pixels, crops[0][50:160, 40:130])


def test_the_background_is_kept_if_so_configured(make, crops, found):
    estimator = make(background="keep")
    estimator._runner = Script(told(1))
    estimator.orient(crops[0], [found(crops[0], [50, 60, 120, 150])])
    assert np.array_equal(estimator._runner.seen[0].pixels, crops[0][50:160, 40:130])


def test_rembg_if_so_configured(make, found):
    estimator = make(background="rembg", padding=0)
    estimator._runner = Script(told(2))
    image = np.full((60, 80, 3), 255, np.uint8)
    image[20:40, 30:60] = 7
    good, bad = estimator.orient_batch([image, image], [[found(image)], [found(image, [0, 0, 1, 1])]])
    assert good[0].note == "looks the same from 2 sides"
    assert isinstance(bad, ReconstructionError)


def test_without_an_agreed_front_it_is_not_asked_either(make, crops, found):
    estimator = make()
    estimator._runner = Script(told(1), told(1))
    notes = [
        each.note for each in estimator.orient(crops[0], [found(crops[0], name=n) for n in ("vase", "dog")])
    ]
    assert notes == ["no agreed front", None]


def test_sixteen_bits_leave_the_weights_as_they_are(make, crops, found):
    estimator = make(dtype="bfloat16")
    assert {p.dtype for p in estimator._runner._network.parameters()} == {torch.float32}
    coarse = estimator._runner.run([View(crops[0], np.zeros(2))])[0]
    fine = make()._runner.run([View(crops[0], np.zeros(2))])[0]
    assert np.abs(coarse - fine).max() < 0.2 * np.abs(fine).max()
    assert not np.array_equal(coarse, fine)

"""The `staged` reconstructor over fake stages: what is put together, kept, counted, and what goes wrong."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from genspace_core import look_rotation
from genspace_core.errors import ConfigError, PluginError, ReconstructionError
from genspace_core.plugins.config import PluginRef

ALL = {"detector": 1, "depth": 1, "camera": 1, "orientation": 1}
NONE = dict.fromkeys(ALL, 0)
NAMES = ("dog", "cat")


def objects_of(scene):
    return {each.name: each for each in scene.objects}


def test_stages_become_a_scene(stages, picture):
    scene = stages().build().reconstruct(picture(), NAMES)
    found = objects_of(scene)
    assert set(found) == {"dog", "cat"}
    # Columns 10 to 39 around the middle 63.5 with 100 pixels of focal length, at 2 m.
    assert found["dog"].center[0] == pytest.approx((24.5 - 63.5) / 100 * 2, abs=0.02)
    assert found["dog"].center[2] == pytest.approx(2, abs=0.03)
    assert found["cat"].center[2] == pytest.approx(3, abs=0.03)
    assert found["dog"].confidence == 0.9
    assert found["dog"].mask.shape == (96, 128)
    assert stages.calls() == ALL


def test_a_crops_rotation_is_turned_to_the_camera(stages, picture):
    scene = stages().build().reconstruct(picture(), NAMES)
    dog = objects_of(scene)["dog"]
    expected = look_rotation(scene.camera.K, np.array([24.5, 49.5])) @ np.diag([-1.0, -1.0, 1.0])
    np.testing.assert_allclose(dog.rotation, expected, atol=1e-9)
    assert not np.allclose(dog.rotation, np.diag([-1.0, -1.0, 1.0]), atol=0.05)


def test_the_published_lifting_leaves_rotations_in_the_crop(stages, picture):
    scene = stages(lifting="paper").build().reconstruct(picture(), NAMES)
    dog = objects_of(scene)["dog"]
    np.testing.assert_array_equal(dog.rotation, np.diag([-1.0, -1.0, 1.0]))
    np.testing.assert_array_equal(scene.camera.gravity_rotation, np.eye(3))


def test_without_an_orientation_estimator_rotations_are_unknown_for_a_reason(stages, picture):
    scene = stages(orientation=None).build().reconstruct(picture(), NAMES)
    assert [o.rotation for o in scene.objects] == [None, None]
    assert all("no orientation estimator" in o.rotation_note for o in scene.objects)


def test_a_depth_models_own_intrinsics_count(stages, picture):
    by_depth = stages(depth={"fails": "K"}).build().reconstruct(picture(), NAMES)
    by_camera = stages(depth={"fails": "K"}, intrinsics="camera").build().reconstruct(picture(), NAMES)
    assert by_depth.camera.K[0, 0] == 200
    assert by_camera.camera.K[0, 0] == 100


def test_depth_in_proportion_to_the_focal_length_is_rescaled(stages, picture):
    scene = stages(depth={"fails": "focal"}).build().reconstruct(picture(), NAMES)
    assert objects_of(scene)["dog"].center[2] == pytest.approx(1, abs=0.02)  # half the assumed focal length


def test_a_picture_may_be_resized_first(stages, picture):
    scene = stages(height=64).build().reconstruct(picture(), NAMES)
    assert {o.mask.shape for o in scene.objects} <= {(64, 85)}


def test_kept_results_are_not_computed_again(stages, picture, tmp_path):
    first = stages().build()
    first.keep_in(tmp_path / "stages")
    before = first.reconstruct(picture(), NAMES)
    assert stages.calls() == ALL
    again = stages().build()
    again.keep_in(tmp_path / "stages")
    after = again.reconstruct(picture(), NAMES)
    assert stages.calls() == NONE
    for one, other in zip(before.objects, after.objects, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.rotation, other.rotation)


@pytest.mark.parametrize(
    ("swap", "computed"),
    [
        ({"depth": {"scale": 2.0}}, {"depth": 1}),
        ({"camera": {"scale": 2.0}}, {"camera": 1}),
        ({"orientation": {"scale": 2.0}}, {"orientation": 1}),
        ({"detector": {"scale": 2.0}}, {"detector": 1, "orientation": 1}),
        ({"lifting": "paper"}, {}),
        ({"depth": {"batch": 7}}, {}),
        ({"camera": {"plugin": "reader"}}, {"camera": 1}),
    ],
)
def test_a_swap_computes_only_what_depends_on_it(stages, picture, tmp_path, swap, computed):
    for config in ({}, swap):
        stages.calls()
        plugin = stages(**config).build()
        plugin.keep_in(tmp_path / "stages")
        plugin.reconstruct(picture(), NAMES)
    assert stages.calls() == NONE | computed


def test_a_camera_that_reads_depth_is_computed_again_with_it(stages, picture, tmp_path):
    for depth in ({}, {"scale": 2.0}):
        stages.calls()
        plugin = stages(depth=depth, camera={"plugin": "reader"}).build()
        plugin.keep_in(tmp_path / "stages")
        plugin.reconstruct(picture(), NAMES)
    assert stages.calls() == NONE | {"depth": 1, "camera": 1}


def test_keeping_can_be_switched_off(stages, picture, tmp_path):
    plugin = stages(keep=False).build()
    plugin.keep_in(tmp_path / "stages")
    plugin.reconstruct(picture(), NAMES)
    assert not (tmp_path / "stages").exists()


def test_what_was_damaged_on_disk_is_computed_again(stages, picture, tmp_path):
    plugin = stages().build()
    plugin.keep_in(tmp_path / "stages")
    plugin.reconstruct(picture(), NAMES)
    stages.calls()
    for i, file in enumerate(sorted((tmp_path / "stages").rglob("*.bin"))):
        file.write_bytes(b"" if i % 2 else file.read_bytes()[:20])
    plugin.reconstruct(picture(), NAMES)
    assert stages.calls() == ALL


def test_a_batch_gives_what_each_alone_gives(stages, picture):
    pictures = [picture(shift) for shift in (0, 5, 9)] + [picture()[:80]]
    names = [NAMES, ("cat",), NAMES, NAMES]
    batch = stages(detector={"batch": 3}, depth={"batch": 2}).build().reconstruct_batch(pictures, names)
    for scene, image, each in zip(batch, pictures, names, strict=True):
        alone = stages().build().reconstruct(image, each)
        assert [o.name for o in scene.objects] == [o.name for o in alone.objects]
        for one, other in zip(scene.objects, alone.objects, strict=True):
            np.testing.assert_array_equal(one.points, other.points)


def test_the_stages_take_their_batches(stages):
    assert stages(detector={"batch": 3}, depth={"batch": 8}).capabilities.max_batch == 8


def test_one_pictures_trouble_spares_the_rest(stages, picture):
    dark = np.full((96, 128, 3), 10, np.uint8)
    plugin = stages(detector={"fails": "dark", "batch": 4}).build()
    good, bad = plugin.reconstruct_batch([picture(), dark], [NAMES, NAMES])
    assert len(good.objects) == 2
    assert isinstance(bad, ReconstructionError)
    assert "detector fake" in str(bad)
    assert "too dark" in str(bad)
    assert stages.calls() == {"detector": 2, "depth": 1, "camera": 1, "orientation": 1}


def test_a_batch_that_fails_as_a_whole_is_tried_one_by_one(stages, picture):
    plugin = stages(detector={"fails": "batch", "batch": 4}).build()
    scenes = plugin.reconstruct_batch([picture(), picture(5)], [NAMES, NAMES])
    assert [len(scene.objects) for scene in scenes] == [2, 2]


def test_a_stage_that_cannot_start_stops_everything(stages, picture):
    plugin = stages(depth={"fails": "build"}).build()
    with pytest.raises(PluginError, match="pip install fake"):
        plugin.reconstruct_batch([picture(), picture(5)], [NAMES, NAMES])


@pytest.mark.parametrize(("stage", "fault"), [("detector", "mask"), ("depth", "shape")])
def test_a_broken_promise_is_told_of_its_plugin(stages, picture, stage, fault):
    with pytest.raises(PluginError, match=f"{stage} fake is broken.*shape"):
        stages(**{stage: {"fails": fault}}).build().reconstruct(picture(), NAMES)


def test_an_empty_picture_gives_an_empty_scene(stages):
    scene = stages().build().reconstruct(np.full((64, 96, 3), 127, np.uint8), NAMES)
    assert scene.objects == ()


# --- configuration -------------------------------------------------------------------------------


def test_the_weights_of_all_stages_are_told(stages):
    (weights,) = stages().capabilities.weights
    assert (weights.name, weights.noncommercial) == ("fake/depth", True)
    assert stages().capabilities.gpu == "optional"


def test_a_reference_is_whole(stages, picture):
    resolved = stages()
    ref = resolved.ref()
    again = PluginRef(**asdict(ref)).load()
    assert again.identity() == resolved.identity()
    assert len(again.build().reconstruct(picture(), NAMES).objects) == 2


def test_names_come_from_plugins_toml(stages, tmp_path):
    from genspace_core.plugins.config import resolve

    file = tmp_path / "plugins.toml"
    file.write_text(
        '[depth_estimators.deep]\nplugin = "fake"\nscale = 3.0\n'
        '[reconstructors.mine]\nplugin = "staged"\ndetector = "fake"\ndepth = "deep"\ncamera = "fake"\n'
        '[reconstructors.other]\nextends = "mine"\ndepth = "fake"\n'
    )
    mine = resolve("reconstructors", "mine", file)
    other = resolve("reconstructors", "other", file)
    assert mine.config.depth.name == "deep"
    assert mine.identity()["config"]["depth"]["config"] == {"scale": 3.0}
    assert mine.identity() != other.identity()
    file.write_text(file.read_text().replace('"deep"\ncamera', '"deap"\ncamera'))
    with pytest.raises(
        PluginError, match=r'reconstructors\.mine\] depth: unknown depth estimator "deap".*deep'
    ):
        resolve("reconstructors", "mine", file)


def test_a_name_of_a_table_is_no_part_of_the_identity(stages, tmp_path):
    from genspace_core.plugins.config import resolve

    file = tmp_path / "plugins.toml"
    file.write_text(
        '[depth_estimators.same]\nplugin = "fake"\n'
        '[reconstructors.one]\nplugin = "staged"\ndetector = "fake"\ndepth = "fake"\ncamera = "fake"\n'
        '[reconstructors.two]\nplugin = "staged"\ndetector = "fake"\ndepth = "same"\ncamera = "fake"\n'
    )
    assert (
        resolve("reconstructors", "one", file).identity() == resolve("reconstructors", "two", file).identity()
    )


def test_a_missing_stage_is_one_clear_line(stages):
    with pytest.raises(ConfigError, match="lacks the required key depth"):
        stages(depth=None)


def test_a_wrong_inline_table_names_its_key(stages):
    with pytest.raises(ConfigError, match=r"depth.*scael"):
        stages(depth={"scael": 2})


@pytest.mark.parametrize(
    ("depth", "says"),
    [
        ({"group": "camera_calibrators", "name": "x", "config": {}}, r"unknown key.*group"),
        ({"group": "depth_estimators"}, r"unknown key group"),
        (3, r"depth = 3: give the name of a depth estimator, or a table"),
        ("none", r"unknown depth estimator"),
    ],
)
def test_only_a_name_or_a_table_configures_a_stage(stages, depth, says):
    with pytest.raises((ConfigError, PluginError), match=says):
        stages(depth=depth)


def test_a_profile_can_leave_orientation_out_by_name(stages):
    assert stages(orientation="none").config.orientation is None


def test_noise_is_of_the_published_lifting_alone(stages):
    with pytest.raises(ConfigError, match='noise_seed is of lifting = "paper"'):
        stages(noise_seed=3)
    assert stages(noise_seed=3, lifting="paper").config.noise_seed == 3


@pytest.mark.parametrize("fault", ["logits", "sure"])
def test_what_is_kept_is_what_was_promised(stages, picture, fault):
    """A mask of numbers would be kept as one that is true everywhere."""
    with pytest.raises(PluginError, match=r"detector fake is broken: a (mask of uint8|confidence of 2)"):
        stages(detector={"fails": fault}).build().reconstruct(picture(), NAMES)

"""What holds for every reconstructor."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import Reconstructor
from genspace_core.run.scene_codec import scene_from_bytes, scene_to_bytes
from genspace_core.testing.checks import is_plain
from genspace_core.testing.plugins import PluginConformance
from genspace_core.types import Scene, SceneObject


class ReconstructorConformance(PluginConformance):
    """Inherit, set `spec` and `spec_module`, and give `picture` a picture with the `names` in it.

    Attributes:
        names: objects to look for; at least one of them has to be found.
    """

    names: ClassVar[tuple[str, ...]] = ("dog", "cat")

    def picture(self) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB; override with one that shows the `names`."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a picture(self) that returns an (H, W, 3) uint8 picture showing "
            f"{' and '.join(self.names)}; without objects to find, the other tests would test nothing"
        )

    def test_it_finds_only_what_was_asked_for(self, plugin: Reconstructor) -> None:
        """Objects, at least one, have asked-for names and stand in front of the camera."""
        scene = plugin.reconstruct(self.picture(), self.names)
        assert isinstance(scene, Scene), f"it returned {type(scene).__name__}, not a Scene"
        assert scene.objects, f"none of {', '.join(self.names)} was found in picture()"
        assert {o.name for o in scene.objects} <= set(self.names)
        assert all(o.center[2] > 0 for o in scene.objects)

    def test_its_objects_are_well_formed(self, plugin: Reconstructor) -> None:
        """What the types alone do not hold: ranges, boxes and masks of the picture's size."""
        picture = self.picture()
        scene = plugin.reconstruct(picture, self.names)
        assert is_plain(scene.objects, tuple), f"objects are a {type(scene.objects).__name__}, not a tuple"
        for each in scene.objects:
            for name in ("confidence", "orientation_confidence"):
                value = getattr(each, name)
                assert 0 <= value <= 1, f"{name} is {value}, not between 0 and 1"
            assert each.rotation is not None or each.rotation_note, "a missing rotation needs a rotation_note"
            if each.box is not None:
                x0, y0, x1, y1 = each.box
                assert x0 < x1, "a box is x0, y0, x1, y1"
                assert y0 < y1, "a box is x0, y0, x1, y1"
            if each.mask is not None:
                assert each.mask.dtype == np.bool_, f"a mask is bool, not {each.mask.dtype}"
                assert each.mask.shape == picture.shape[:2], "a mask has the picture's height and width"

    def test_its_scene_can_be_stored(self, plugin: Reconstructor) -> None:
        """A run keeps scenes as bytes: what comes back is what went in."""
        scene = plugin.reconstruct(self.picture(), self.names)
        again = scene_from_bytes(scene_to_bytes(scene))
        np.testing.assert_array_equal(again.camera.K, scene.camera.K)
        np.testing.assert_array_equal(again.camera.gravity_rotation, scene.camera.gravity_rotation)
        for before, after in zip(scene.objects, again.objects, strict=True):
            for field in fields(SceneObject):
                _assert_same(getattr(before, field.name), getattr(after, field.name), field.name)

    def test_it_repeats_itself(self, plugin: Reconstructor) -> None:
        """The same picture gives the same scene."""
        first, second = (plugin.reconstruct(self.picture(), self.names) for _ in range(2))
        assert [o.name for o in first.objects] == [o.name for o in second.objects]
        for a, b in zip(first.objects, second.objects, strict=True):
            np.testing.assert_array_equal(a.points, b.points)

    def test_it_leaves_the_picture_alone(self, plugin: Reconstructor) -> None:
        """Its input is not written to."""
        picture = self.picture()
        before = picture.copy()
        plugin.reconstruct(picture, self.names)
        np.testing.assert_array_equal(picture, before)

    def test_an_empty_picture_is_no_crash(self, plugin: Reconstructor) -> None:
        """Nothing to see: a scene without objects, or a ReconstructionError."""
        grey = np.full((64, 96, 3), 127, np.uint8)
        with suppress(ReconstructionError):
            assert plugin.reconstruct(grey, self.names).objects == ()


def _assert_same(before: Any, after: Any, name: str) -> None:
    if before is None or isinstance(before, str):
        assert before == after, name
    else:
        np.testing.assert_array_equal(np.asarray(before), np.asarray(after), err_msg=name)

"""What holds for every reconstructor."""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import Reconstructor
from genspace_core.testing.plugins import PluginConformance
from genspace_core.types import Scene


class ReconstructorConformance(PluginConformance):
    """Inherit, set `spec` and `spec_module`, and give `picture` a picture with the `names` in it.

    Attributes:
        names: objects to look for.
    """

    names: ClassVar[tuple[str, ...]] = ("dog", "cat")

    def picture(self) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB; override with one that shows the `names`."""
        return np.full((64, 64, 3), 128, np.uint8)

    def test_it_finds_only_what_was_asked_for(self, plugin: Reconstructor) -> None:
        """Objects have asked-for names and finite arrays in front of the camera."""
        scene = plugin.reconstruct(self.picture(), self.names)
        assert isinstance(scene, Scene)
        assert {o.name for o in scene.objects} <= set(self.names)
        assert all(o.center[2] > 0 for o in scene.objects)
        assert all(0 <= o.confidence <= 1 for o in scene.objects)

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

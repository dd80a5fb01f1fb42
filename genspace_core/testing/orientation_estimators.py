"""What holds for every orientation estimator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genspace_core.interfaces import Detection, Orientation, OrientationEstimator
from genspace_core.testing.checks import rotation_complaints, share_complaints
from genspace_core.testing.stages import Item, StageConformance


class OrientationEstimatorConformance(StageConformance):
    """Inherit and set `spec` and `spec_module`.

    Attributes:
        names: of the objects whose orientation is asked for, two or more.
    """

    names: ClassVar[tuple[str, ...]] = ("dog", "cat")

    def detections(self, picture: NDArray[np.uint8]) -> list[Detection]:
        """What a detector found: side by side, as many ellipses as `names`; the first at the border."""
        height, width = picture.shape[:2]
        step = width / len(self.names)
        return [
            ellipse(name, picture, np.array([i * step, height / 5, (i + 0.9) * step, height * 0.9]))
            for i, name in enumerate(self.names)
        ]

    def item(self, picture: NDArray[np.uint8], index: int) -> Item:
        """A picture and the objects in it; not every picture of a batch has as many."""
        found = self.detections(picture)
        return picture, (found, found[::-1], found[:1])[index % 3]

    def one(self, plugin: OrientationEstimator, item: Item) -> Any:
        """Look at the objects of one picture."""
        return plugin.orient(*item)

    def many(self, plugin: OrientationEstimator, items: Sequence[Item]) -> list[Any]:
        """Look at the objects of several."""
        return plugin.orient_batch([picture for picture, _ in items], [found for _, found in items])

    def assert_well_formed(self, result: Any, item: Item) -> None:
        """One orientation an object: a rotation, or why there is none."""
        picture, detections = item
        assert isinstance(result, list), f"it returned {type(result).__name__}, not a list"
        assert len(result) == len(detections), f"{len(result)} orientations of {len(detections)} objects"
        for each in result:
            assert isinstance(each, Orientation), f"it gave a {type(each).__name__}, not an Orientation"
            assert list(share_complaints(each.confidence, "confidence")) == []
            if each.rotation is None:
                assert each.note, "a missing rotation needs a note"
            else:
                assert list(rotation_complaints(each.rotation)) == []
            if each.pixel is not None:
                assert np.shape(each.pixel) == (2,), f"a pixel is (2,), not {np.shape(each.pixel)}"
                u, v = each.pixel
                assert -0.5 <= u <= picture.shape[1] - 0.5, f"pixel {each.pixel} is outside the picture"
                assert -0.5 <= v <= picture.shape[0] - 0.5, f"pixel {each.pixel} is outside the picture"

    def test_an_orientation_belongs_to_its_object(self, plugin: OrientationEstimator) -> None:
        """The objects in another order, or alone: the same orientations."""
        picture = self.picture()
        found = self.detections(picture)
        together = plugin.orient(picture, found)
        turned = plugin.orient(picture, found[::-1])[::-1]
        alone = [each for one in found for each in plugin.orient(picture, [one])]
        self._assert_same(together, turned, "the order of the objects changed an orientation")
        self._assert_same(together, alone, "an object alone has another orientation")

    def test_no_objects_no_orientations(self, plugin: OrientationEstimator) -> None:
        """Nothing was detected; alone and in a batch with others."""
        picture = self.picture()
        assert plugin.orient(picture, []) == []
        if self.capabilities.max_batch > 1:
            assert plugin.orient_batch([picture, picture], [[], self.detections(picture)])[0] == []

    def test_a_speck_is_no_crash(self, plugin: OrientationEstimator) -> None:
        """One pixel, and an object whose mask is empty: an orientation, or why there is none."""
        picture = self.picture()
        speck = ellipse(self.names[0], picture, np.array([5.0, 5.0, 6.0, 6.0]))
        blank = Detection(
            name=self.names[0],
            confidence=0.5,
            box=np.array([10.0, 10.0, 40.0, 40.0]),
            mask=np.zeros(picture.shape[:2], np.bool_),
        )
        item = picture, [speck, blank]
        self.assert_well_formed(plugin.orient(*item), item)


def ellipse(name: str, picture: NDArray[np.uint8], box: NDArray[np.float64]) -> Detection:
    """A detection whose mask is the ellipse in a box.

    Args:
        name: of the object.
        picture: (H, W, 3).
        box: (4,), pixels, x0 y0 x1 y1.
    """
    x0, y0, x1, y1 = box
    v, u = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    mask = ((2 * u - x0 - x1) / (x1 - x0)) ** 2 + ((2 * v - y0 - y1) / (y1 - y0)) ** 2 <= 1
    return Detection(name=name, confidence=0.9, box=box, mask=mask)

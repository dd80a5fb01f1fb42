"""What holds for every detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genspace_core.interfaces import Detection, Detector
from genspace_core.testing.checks import box_complaints, share_complaints
from genspace_core.testing.stages import Item, StageConformance


class DetectorConformance(StageConformance):
    """Inherit and set `spec`, `spec_module` and a configuration that finds something in the `pictures`.

    A model with random weights does so when its thresholds are 0.

    Attributes:
        names: objects to look for, two or more; in one of the pictures at least one has to be found.
    """

    names: ClassVar[tuple[str, ...]] = ("dog", "cat")

    def item(self, picture: NDArray[np.uint8], index: int) -> Item:
        """A picture and the names to look for; each picture of a batch has its own."""
        names = (self.names, self.names[::-1], self.names[:1])[index % 3]
        return picture, names

    def one(self, plugin: Detector, item: Item) -> Any:
        """Look through one picture."""
        return plugin.detect(*item)

    def many(self, plugin: Detector, items: Sequence[Item]) -> list[Any]:
        """Look through several."""
        return plugin.detect_batch([picture for picture, _ in items], [names for _, names in items])

    def assert_well_formed(self, result: Any, item: Item) -> None:
        """Objects of asked-for names, in the picture."""
        picture, names = item
        assert isinstance(result, list), f"it returned {type(result).__name__}, not a list"
        for each in result:
            assert isinstance(each, Detection), f"it found a {type(each).__name__}, not a Detection"
            assert each.name in names, f'it found "{each.name}", and was asked for {" and ".join(names)}'
            assert list(share_complaints(each.confidence, "confidence")) == []
            assert list(box_complaints(each.box, picture.shape)) == []
            assert isinstance(each.mask, np.ndarray), f"a mask is an array, not {type(each.mask).__name__}"
            assert each.mask.dtype == np.bool_, f"a mask is bool, not {each.mask.dtype}"
            assert each.mask.shape == picture.shape[:2], (
                f"a mask has the picture's height and width, {picture.shape[:2]}, not {each.mask.shape}"
            )

    def test_it_finds_something(self, plugin: Detector) -> None:
        """Or else the other tests would test nothing."""
        found = [each for item in self.items() for each in self.one(plugin, item)]
        assert found, f"none of {', '.join(self.names)} was found in any of the pictures"

    def test_it_finds_nothing_that_was_not_asked_for(self, plugin: Detector) -> None:
        """No names, no objects; alone and in a batch with others."""
        picture = self.picture()
        assert plugin.detect(picture, ()) == []
        if self.capabilities.max_batch > 1:
            assert plugin.detect_batch([picture, picture], [(), self.names])[0] == []

"""What holds for every stage that the `staged` reconstructor composes, whatever it finds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genspace_core.errors import ReconstructionError
from genspace_core.testing.checks import same_values
from genspace_core.testing.pictures import grey_picture, smooth_picture
from genspace_core.testing.plugins import PluginConformance

Item = tuple[Any, ...]
"""The arguments of one call, the picture first."""


class StageConformance(PluginConformance):
    """What the kits of the four stages share; inherit one of those.

    Attributes:
        tolerance: largest difference that counts as the same result, alone or in a batch: relative for
            numbers, a share of the picture's pixels for masks, of its longer side for boxes.
    """

    tolerance: ClassVar[float] = 1e-3

    def picture(self) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB; override if the model is picky."""
        return smooth_picture(96, 128)

    def pictures(self) -> list[NDArray[np.uint8]]:
        """`picture()` and others, of other sizes and shapes."""
        return [self.picture(), smooth_picture(112, 80, seed=1), smooth_picture(64, 64, seed=2)]

    def odd_pictures(self) -> list[NDArray[np.uint8]]:
        """Pictures that a model may fail on, without a crash: nothing to see, odd sides, a strip."""
        return [grey_picture(64, 96), smooth_picture(61, 97, seed=3), smooth_picture(32, 160, seed=4)]

    @abstractmethod
    def item(self, picture: NDArray[np.uint8], index: int) -> Item:
        """The arguments of a call about one picture, the index-th of them."""

    @abstractmethod
    def one(self, plugin: Any, item: Item) -> Any:
        """Call the method that takes one picture."""

    @abstractmethod
    def many(self, plugin: Any, items: Sequence[Item]) -> list[Any]:
        """Call the method that takes several."""

    @abstractmethod
    def assert_well_formed(self, result: Any, item: Item) -> None:
        """Complain about a result with a wrong type, shape or range."""

    def items(self) -> list[Item]:
        """The arguments of one call a picture."""
        return [self.item(picture, index) for index, picture in enumerate(self.pictures())]

    def exercise(self, plugin: Any) -> None:
        """One picture, and what comes of it is well formed."""
        item = self.items()[0]
        self.assert_well_formed(self.one(plugin, item), item)

    def test_its_results_are_well_formed(self, plugin: Any) -> None:
        """What the types alone do not hold: shapes, numbers' kinds and ranges, at the picture's size."""
        for item, result in zip(self.items(), self._alone(plugin), strict=True):
            self.assert_well_formed(result, item)

    def test_it_leaves_its_input_alone(self, plugin: Any) -> None:
        """The picture, and what earlier stages found, belong to the caller."""
        for item in self.items():
            before = deepcopy(item)
            self.one(plugin, item)
            assert same_values(before, item, 0.0), "the input was changed in place"
            self.many(plugin, [item])
            assert same_values(before, item, 0.0), "the input was changed in place by a batch"

    def test_it_repeats_itself(self, plugin: Any) -> None:
        """The same input, the same result, whatever came in between."""
        for item, before in zip(self.items(), self._alone(plugin), strict=True):
            self._assert_same(before, self.one(plugin, item), "the same input gave another result")

    def test_batches_and_order_change_nothing(self, plugin: Any) -> None:
        """Alone, in a batch with pictures of other sizes, in a batch turned round: the same results."""
        items = self.items()
        alone = self._alone(plugin)
        for batched, want in zip(self._batches(plugin, items), alone, strict=True):
            self._assert_same(want, batched, "a batch changed a result")
        for batched, want in zip(self._batches(plugin, items[::-1]), alone[::-1], strict=True):
            self._assert_same(want, batched, "the order in a batch changed a result")

    def test_an_empty_batch_is_empty(self, plugin: Any) -> None:
        """No pictures, no results."""
        assert self.many(plugin, []) == []

    def test_odd_pictures_are_no_crash(self, plugin: Any) -> None:
        """A result that is well formed, or a ReconstructionError of that picture alone."""
        for index, picture in enumerate(self.odd_pictures()):
            item = self.item(picture, index)
            with suppress(ReconstructionError):
                self.assert_well_formed(self.one(plugin, item), item)

    def _alone(self, plugin: Any) -> list[Any]:
        """What it finds for each of the `items` by itself; found once for all tests that need it."""
        return [
            self._once(plugin, index, partial(self.one, plugin, item))
            for index, item in enumerate(self.items())
        ]

    def _batches(self, plugin: Any, items: Sequence[Item]) -> list[Any]:
        """Made in batches as large as the plugin takes."""
        size = max(self.capabilities.max_batch, 1)
        found: list[Any] = []
        for start in range(0, len(items), size):
            batch = items[start : start + size]
            results = self.many(plugin, batch)
            assert isinstance(results, list), f"a batch gives a list, not a {type(results).__name__}"
            assert len(results) == len(batch), (
                f"a batch of {len(batch)} gave {len(results)} results; one an item"
            )
            for result in results:
                assert not isinstance(result, Exception), f"in a batch: {result!r}"
            found += results
        return found

    def _assert_same(self, before: Any, after: Any, complaint: str) -> None:
        assert same_values(before, after, self.tolerance), f"{complaint}: {before!r} and {after!r}"

"""What holds for every depth estimator."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_core.interfaces import DepthEstimator, DepthMap
from genspace_core.testing.checks import intrinsics_complaints, is_plain
from genspace_core.testing.stages import Item, StageConformance


class DepthEstimatorConformance(StageConformance):
    """Inherit and set `spec` and `spec_module`."""

    def item(self, picture: NDArray[np.uint8], index: int) -> Item:  # noqa: ARG002
        """A picture."""
        return (picture,)

    def one(self, plugin: DepthEstimator, item: Item) -> Any:
        """Estimate one picture's depth."""
        return plugin.estimate(*item)

    def many(self, plugin: DepthEstimator, items: Sequence[Item]) -> list[Any]:
        """Estimate several pictures' depth."""
        return plugin.estimate_batch([picture for (picture,) in items])

    def assert_well_formed(self, result: Any, item: Item) -> None:
        """Depth of every pixel of the picture, and intrinsics in its pixels."""
        (picture,) = item
        assert isinstance(result, DepthMap), f"it returned {type(result).__name__}, not a DepthMap"
        depth = result.depth
        assert isinstance(depth, np.ndarray), f"depth is an array, not {type(depth).__name__}"
        assert depth.dtype == np.float32, f"depth is float32, not {depth.dtype}"
        assert depth.shape == picture.shape[:2], (
            f"depth has the picture's height and width, {picture.shape[:2]}, not {depth.shape}"
        )
        known = depth[np.isfinite(depth)]
        assert (known >= 0).all(), "depth is below 0; say 0 where it is unknown"
        if result.K is not None:
            assert list(intrinsics_complaints(result.K, picture.shape)) == []
        if result.focal is not None:
            assert is_plain(result.focal, float, int), f"focal is {type(result.focal).__name__}, not float"
            assert isfinite(result.focal), f"focal is {result.focal}"
            assert result.focal > 0, f"focal is {result.focal}"

    def exercise(self, plugin: DepthEstimator) -> None:
        """One picture, whose depth is known somewhere."""
        super().exercise(plugin)
        _assert_known(self.one(plugin, self.items()[0]))

    def test_it_knows_depth(self, plugin: DepthEstimator) -> None:
        """Somewhere in each of the `pictures`; of an odd one it may know nothing."""
        for item in self.items():
            _assert_known(self.one(plugin, item))


def _assert_known(result: DepthMap) -> None:
    depth = result.depth
    assert (depth[np.isfinite(depth)] > 0).any(), "depth is not known anywhere"

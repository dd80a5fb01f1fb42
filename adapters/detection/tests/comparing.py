"""Compares what was found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genspace_core.interfaces import Detection


def assert_same(found: Sequence[Detection], other: Sequence[Detection]) -> None:
    """The same objects: names, scores and boxes within rounding, masks but for a pixel in a thousand."""
    assert [each.name for each in found] == [each.name for each in other]
    for one, two in zip(found, other, strict=True):
        assert abs(one.confidence - two.confidence) < 1e-4
        np.testing.assert_allclose(one.box, two.box, atol=1e-2)
        assert np.mean(one.mask != two.mask) < 1e-3


def assert_well_formed(found: Sequence[Detection], picture: np.ndarray, names: Sequence[str]) -> None:
    """Something was found, of these names, in the picture."""
    height, width = picture.shape[:2]
    assert found
    for each in found:
        assert each.name in names
        assert 0 <= each.confidence <= 1
        x0, y0, x1, y1 = each.box
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert each.mask.shape == (height, width)
        assert each.mask.dtype == np.bool_
        assert each.mask.any()
    sizes = [int(each.mask.sum()) for each in found]
    assert sizes == sorted(sizes, reverse=True)

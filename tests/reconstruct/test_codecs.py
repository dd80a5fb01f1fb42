"""What the stages found is read back as it was given on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genspace_core.interfaces import DepthMap, Detection, Orientation
from genspace_core.reconstruct.codecs import CAMERA, DEPTH, DETECTIONS, ORIENTATIONS, rounded
from genspace_core.types import Camera


@given(arrays.arrays(np.float32, (5, 7), elements=st.floats(0.015625, 1024, width=32)))
def test_depth_is_settled_once_and_for_all(depth):
    settled = DEPTH.settle(DepthMap(depth=depth, focal=12.5))
    np.testing.assert_allclose(settled.depth, depth, rtol=2**-13)
    again = DEPTH.decode(DEPTH.encode(settled))
    np.testing.assert_array_equal(again.depth, settled.depth)
    np.testing.assert_array_equal(rounded(settled.depth), settled.depth)
    assert again.focal == 12.5
    assert again.K is None


def test_unknown_depth_stays_unknown():
    depth = np.array([[0.0, np.nan, np.inf, -np.inf]], np.float32)
    np.testing.assert_array_equal(rounded(depth), depth)


def test_the_other_stages_come_back_exactly():
    mask = np.zeros((6, 5), bool)
    mask[2:4, 1:3] = True
    (found,) = DETECTIONS.decode(
        DETECTIONS.encode(
            [Detection(name="dog", confidence=np.float32(0.25), box=np.array([1, 2, 3, 4]), mask=mask)]
        )
    )
    assert (found.name, found.confidence) == ("dog", 0.25)
    np.testing.assert_array_equal(found.box, [1, 2, 3, 4])
    np.testing.assert_array_equal(found.mask, mask)
    camera = CAMERA.decode(CAMERA.encode(Camera(np.diag([3.0, 3.0, 1.0]))))
    np.testing.assert_array_equal(camera.K, np.diag([3.0, 3.0, 1.0]))
    known, unknown = ORIENTATIONS.decode(
        ORIENTATIONS.encode(
            [
                Orientation(rotation=np.eye(3), confidence=0.5, pixel=np.array([1.5, 2.0])),
                Orientation(rotation=None, confidence=0.1, note="no front"),
            ]
        )
    )
    np.testing.assert_array_equal(known.pixel, [1.5, 2.0])
    assert unknown.rotation is None
    assert unknown.note == "no front"


def test_another_stages_bytes_are_refused():
    with pytest.raises(ValueError, match="of another kind"):
        DEPTH.decode(CAMERA.encode(Camera(np.eye(3))))

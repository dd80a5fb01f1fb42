from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.maps import depth_map
from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import RGB, DepthMap


class Counting(BatchedEstimator):
    """Depth is the red channel; writes down the sizes of its batches."""

    def __init__(self, batch_size: int) -> None:
        super().__init__(batch_size)
        self.batches: list[tuple[int, ...]] = []

    def prepare(self, image: RGB) -> NDArray[Any]:
        if image[0, 0, 1] == 99:
            raise ReconstructionError("cannot be prepared")
        return image.transpose(2, 0, 1).astype(np.float32)

    def predict(self, batch: NDArray[Any]) -> NDArray[Any]:
        self.batches.append(batch.shape)
        if (batch[:, 2] == 66).any():
            raise RuntimeError("the network fell over")
        return batch[:, 0]

    def finish(self, predicted: NDArray[Any], height: int, width: int) -> DepthMap:
        assert predicted.shape == (height, width)
        return depth_map(predicted)


def picture(height: int, width: int, red: int = 1, green: int = 0, blue: int = 0) -> RGB:
    return np.broadcast_to(np.uint8([red, green, blue]), (height, width, 3)).copy()


def test_equal_sizes_run_together_and_the_order_stays() -> None:
    estimator = Counting(2)
    images = [picture(4, 6, 1), picture(5, 5, 2), picture(4, 6, 3), picture(4, 6, 4), picture(5, 5, 5)]
    results = estimator.estimate_batch(images)
    assert [result.depth.shape for result in results] == [image.shape[:2] for image in images]
    assert [result.depth[0, 0] for result in results] == [1, 2, 3, 4, 5]
    assert sorted(estimator.batches) == [(1, 3, 4, 6), (2, 3, 4, 6), (2, 3, 5, 5)]


def test_the_error_of_one_picture_spares_the_others() -> None:
    results = Counting(8).estimate_batch(
        [picture(4, 4), picture(4, 4, green=99), picture(4, 4, red=0), picture(4, 4)]
    )
    assert [type(result) for result in results] == [
        DepthMap,
        ReconstructionError,
        ReconstructionError,
        DepthMap,
    ]
    assert "cannot be prepared" in str(results[1])
    assert "no depth in any pixel" in str(results[2])


def test_what_breaks_the_network_breaks_its_batch_alone() -> None:
    results = Counting(2).estimate_batch(
        [picture(4, 4), picture(4, 4, blue=66), picture(4, 4), picture(3, 3)]
    )
    assert [type(result) for result in results] == [RuntimeError, RuntimeError, DepthMap, DepthMap]


def test_one_picture_raises_its_error() -> None:
    with pytest.raises(ReconstructionError, match="cannot be prepared"):
        Counting(2).estimate(picture(4, 4, green=99))


def test_no_pictures_are_no_results() -> None:
    assert Counting(2).estimate_batch([]) == []


# --- the depth map -------------------------------------------------------------------------------


def test_what_is_no_distance_is_unknown() -> None:
    given = np.array([[1.5, np.inf, 0.0], [-2.0, np.nan, 80.0]], np.float32)
    found = depth_map(given).depth
    np.testing.assert_array_equal(found, np.float32([[1.5, np.nan, np.nan], [np.nan, np.nan, 80.0]]))
    assert np.isinf(given[0, 1]), "the given array was changed"


@pytest.mark.parametrize("focal", [np.nan, 0.0, -3.0, np.inf])
def test_a_camera_without_a_focal_length_is_an_error_of_the_picture(focal: float) -> None:
    K = np.array([[focal, 0, 2], [0, focal, 2], [0, 0, 1]])
    with pytest.raises(ReconstructionError, match="focal length"):
        depth_map(np.ones((4, 4), np.float32), K=K)

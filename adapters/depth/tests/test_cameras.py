from __future__ import annotations

import numpy as np
import pytest

from genspace_adapter_depth.canonical import HEIGHT, WIDTH, fit, fitted, metric
from genspace_adapter_depth.intrinsics import assumed_focal, focal_of, from_corners, from_fov, from_normalised


@pytest.mark.parametrize(("height", "width"), [(480, 640), (640, 480), (101, 333)])
@pytest.mark.parametrize("fov_deg", [20.0, 60.0, 110.0])
def test_the_edges_of_the_picture_are_seen_half_the_field_of_view_aside(
    height: int, width: int, fov_deg: float
) -> None:
    K = from_fov(fov_deg, height, width)
    left_edge, right_edge = -0.5, width - 0.5  # whole numbers are middles of pixels
    for edge, sign in ((left_edge, -1), (right_edge, 1)):
        seen = np.degrees(np.arctan2(edge - K[0, 2], K[0, 0]))
        assert seen == pytest.approx(sign * fov_deg / 2)
    assert (K[0, 0], K[1, 1]) == (K[0, 0], K[0, 0])
    assert (K[0, 2], K[1, 2]) == ((width - 1) / 2, (height - 1) / 2)


def test_normalised_intrinsics_project_to_the_same_place_at_any_size() -> None:
    normalised = np.array([[0.7, 0, 0.52], [0, 0.93, 0.47], [0, 0, 1]])
    point = np.array([0.3, -0.2, 2.0])
    for height, width in ((480, 640), (96, 128), (1024, 333)):
        u, v, w = from_normalised(normalised, height, width) @ point
        x, y, z = normalised @ point
        assert (u / w + 0.5) / width == pytest.approx(x / z)
        assert (v / w + 0.5) / height == pytest.approx(y / z)


def test_normalised_intrinsics_scale_with_the_picture() -> None:
    centred = np.array([[0.7, 0, 0.5], [0, 0.9, 0.5], [0, 0, 1]])
    K = from_normalised(centred, 400, 600)
    np.testing.assert_allclose(K, [[420, 0, 299.5], [0, 360, 199.5], [0, 0, 1]])


def test_intrinsics_of_pixel_corners_move_by_half_a_pixel() -> None:
    given = np.array([[500, 0, 320], [0, 500, 240], [0, 0, 1]], np.float32)
    np.testing.assert_array_equal(from_corners(given), [[500, 0, 319.5], [0, 500, 239.5], [0, 0, 1]])
    assert given[0, 2] == 320, "the given matrix was changed"


def test_the_assumed_field_of_view_is_along_the_longer_side() -> None:
    assert assumed_focal(60, 480, 640) == assumed_focal(60, 640, 480) == pytest.approx(focal_of(60, 640))
    assert focal_of(90, 1000) == pytest.approx(500)


# --- Metric3D's canonical camera -----------------------------------------------------------------


@pytest.mark.parametrize("size", [(480, 640), (1024, 1024), (300, 1200), (1064, 616), (97, 61), (616, 1064)])
def test_a_picture_is_fitted_whole_and_in_the_middle(size: tuple[int, int]) -> None:
    place = fit(*size)
    assert place.height <= HEIGHT
    assert place.width <= WIDTH
    assert place.height == HEIGHT or place.width == WIDTH
    assert abs((HEIGHT - place.height) - 2 * place.top) <= 1
    assert abs((WIDTH - place.width) - 2 * place.left) <= 1
    assert place.height / size[0] == pytest.approx(place.scale, abs=1 / size[0])


def test_the_padding_is_the_mean_colour_and_the_picture_is_normalised() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:] = (255, 0, 128)
    given = fitted(image)
    assert given.shape == (3, 616, 1064)
    assert given.dtype == np.float32
    assert not given[:, :, :223].any(), "the padding is not the mean colour"
    assert given[:, 300, 500] == pytest.approx(
        [(255 - 123.675) / 58.395, -116.28 / 57.12, (128 - 103.53) / 57.375], rel=1e-5
    )


def test_canonical_depth_becomes_metres_for_the_focal_length() -> None:
    """A focal length of 500 in a picture of 308 rows is one of 1000 in the input's 616: canonical."""
    canonical = np.full((616, 1064), 10.0, np.float32)
    np.testing.assert_allclose(metric(canonical, 308, 400, 500.0), 10.0, rtol=1e-6)
    np.testing.assert_allclose(metric(canonical, 308, 400, 250.0), 5.0, rtol=1e-6)
    np.testing.assert_allclose(metric(canonical, 1232, 1600, 500.0), 2.5, rtol=1e-6)


def test_twice_the_picture_with_twice_the_focal_length_is_the_same_depth() -> None:
    canonical = np.tile(np.linspace(2, 9, 1064, dtype=np.float32), (616, 1))
    small, large = metric(canonical, 300, 300, 250.0), metric(canonical, 600, 600, 500.0)
    np.testing.assert_allclose(large[::2, ::2], small, rtol=0.01)
    assert np.median(small) == pytest.approx(np.median(large), rel=1e-3)


def test_what_lies_in_the_padding_does_not_come_back() -> None:
    canonical = np.full((616, 1064), np.nan, np.float32)
    place = fit(200, 200)
    canonical[place.top : place.top + place.height, place.left : place.left + place.width] = 4.0
    assert np.isfinite(metric(canonical, 200, 200, 300.0)).all()


def test_depth_is_clamped_to_300_metres() -> None:
    canonical = np.full((616, 1064), 900.0, np.float32)
    canonical[:, :500] = -3
    depth = metric(canonical, 616, 1064, 1000.0)
    assert depth.max() == 300
    assert depth.min() == 0

from __future__ import annotations

import numpy as np
import pytest
import torch

from genspace_adapter_depth.resizing import resize


@pytest.mark.parametrize("size", [(7, 5), (20, 31), (64, 48), (3, 90), (1, 1)])
@pytest.mark.parametrize("shape", [(20, 31), (20, 31, 3), (1, 6), (2, 1)])
def test_it_is_what_torch_calls_bilinear_without_aligned_corners(
    size: tuple[int, int], shape: tuple[int, ...]
) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    given = torch.from_numpy(values).reshape(*shape[:2], -1).permute(2, 0, 1)[None]
    want = torch.nn.functional.interpolate(given, size, mode="bilinear", align_corners=False, antialias=False)
    found = resize(values, *size)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, want[0].permute(1, 2, 0).numpy().reshape(*size, *shape[2:]), atol=1e-5)


@pytest.mark.parametrize(("old", "new"), [(16, 64), (64, 16), (50, 37), (37, 50)])
def test_a_ramp_stays_the_same_ramp(old: int, new: int) -> None:
    """Depth that is linear in the picture's width is so afterwards, but for the outer half pixel."""
    middles = (np.arange(old) + 0.5) / old
    ramp = np.broadcast_to(2 + 6 * middles, (8, old))
    found = resize(ramp, 8, new)[0]
    want = 2 + 6 * (np.arange(new) + 0.5) / new
    inside = (want >= ramp[0, 0]) & (want <= ramp[0, -1])
    np.testing.assert_allclose(found[inside], want[inside], rtol=1e-6)
    assert found.min() >= np.float32(ramp[0, 0])
    assert found.max() <= np.float32(ramp[0, -1])


def test_an_unknown_value_does_not_turn_into_a_known_one() -> None:
    depth = np.full((4, 4), 5.0, np.float32)
    depth[0, 0] = np.nan
    found = resize(depth, 8, 8)
    assert np.isnan(found[:2, :2]).all()
    assert (found[4:, 4:] == 5).all()
    known = found[np.isfinite(found)]
    assert (known == 5).all()


def test_the_same_size_keeps_every_value() -> None:
    depth = np.random.default_rng(1).random((5, 9)).astype(np.float32)
    assert np.array_equal(resize(depth, 5, 9), depth)

"""Errors of depth: of the size that was asked for, the same everywhere, and none where nothing is known."""

import numpy as np
import pytest

from genspace_adapter_blockworld.noise import noise_field, noisy
from genspace_adapter_blockworld.plugin import DepthConfig
from genspace_adapter_blockworld.stages import build_depth

KINDS = ("scale", "smooth", "pixel")


def fields(kind, count=600, shape=(24, 36)):
    return np.array([noise_field(kind, shape, np.random.default_rng(i)) for i in range(count)])


@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_errs_by_as_much(kind):
    drawn = fields(kind)
    # 600 draws tell a deviation to 3 %: four of those, at the worst of all pixels.
    assert drawn.std(axis=0) == pytest.approx(np.ones((24, 36)), abs=0.13)
    assert np.abs(drawn.mean(axis=0)).max() < 4.5 / np.sqrt(600)


def test_kinds_differ_in_how_far_an_error_reaches():
    def alike(kind, pixels):
        drawn = fields(kind)
        return np.mean(
            [np.corrcoef(drawn[:, 12, 4 + x], drawn[:, 12, 4 + x + pixels])[0, 1] for x in range(8)]
        )

    assert alike("scale", 20) == pytest.approx(1)
    assert alike("smooth", 2) > 0.85  # a third of a node
    assert alike("smooth", 20) < 0.25  # more than three nodes
    assert abs(alike("pixel", 1)) < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_the_relative_error_is_the_one_asked_for(kind):
    depth = np.linspace(0.5, 50, 24 * 36, dtype=np.float32).reshape(24, 36)
    ratios = np.array([noisy(depth, 0.05, kind, (i, 9)) / depth for i in range(600)])
    assert ratios.std() == pytest.approx(0.05, rel=0.1)
    assert np.median(ratios) == pytest.approx(1, abs=0.01)


def test_unknown_stays_unknown_and_no_noise_changes_nothing():
    depth = np.array([[0.0, 2.0], [3.0, 0.0]], np.float32)
    for kind in KINDS:
        assert ((noisy(depth, 0.1, kind, (1,)) == 0) == (depth == 0)).all()
        assert noisy(depth, 0.1, kind, (1,)).dtype == np.float32
        assert noisy(depth, 0.0, kind, (1,)) is depth


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_belongs_to_picture_and_seed_alone(pictures, kind):
    one, other = pictures[0].decoded(), pictures[60].decoded()

    def depth(image, seed=0, noise=0.05):
        return build_depth(DepthConfig(noise=noise, noise_seed=seed, noise_kind=kind)).estimate(image).depth

    first = depth(one)
    assert not np.array_equal(first, depth(one, noise=0.0))
    depth(other)
    assert np.array_equal(first, depth(one))
    assert not np.array_equal(first, depth(one, seed=1))
    bare = depth(one, noise=0.0)
    known = bare > 0
    # Twice the noise is the same error, twice: a study that grows it compares like with like.
    once, twice = (np.log(found[known] / bare[known]) for found in (first, depth(one, noise=0.1)))
    assert np.abs(twice - 2 * once).max() < 1e-5


def test_pictures_have_errors_of_their_own(pictures):
    estimator = build_depth(DepthConfig(noise=0.05, noise_kind="scale"))
    exact = build_depth(DepthConfig())
    ratios = set()
    for picture in pictures[::18]:
        image = picture.decoded()
        noisy_depth, depth = estimator.estimate(image).depth, exact.estimate(image).depth
        ratios.add(round(float(noisy_depth[-1, 0] / depth[-1, 0]), 5))
    assert len(ratios) == len(pictures[::18])

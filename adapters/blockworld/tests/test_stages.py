"""The four stages from pixels, held against the plan that only the tests see."""

from dataclasses import replace

import numpy as np
import pytest

from genspace_adapter_blockworld import remembering
from genspace_adapter_blockworld.exact import exact_geometry, solids_of_plan
from genspace_adapter_blockworld.fiducial import Fiducial
from genspace_adapter_blockworld.plugin import DepthConfig
from genspace_adapter_blockworld.stages import BlockCamera, BlockDepth, BlockDetector, BlockOrientation

GREY = np.full((384, 384, 3), 127, np.uint8)


def degrees_between(one, other):
    return np.degrees(np.arccos(np.clip((np.trace(one.T @ other) - 1) / 2, -1, 1)))


@pytest.fixture(scope="module")
def some(pictures):
    return [(picture, picture.decoded()) for picture in pictures[::6]]


def true_mask(plan, detection):
    """The visible pixels of the planned block that overlaps a detection most."""
    _, masks = exact_geometry(solids_of_plan(plan), (plan.size, plan.size))
    named = [i for i, block in enumerate(plan.blocks) if block.asset.name == detection.name]
    return max(((masks[i], i) for i in named), key=lambda m: (m[0] & detection.mask).sum())


def test_detections_are_the_pixels_that_show_each_block(some):
    found = 0
    for picture, image in some:
        for detection in BlockDetector().detect(image, picture.case.names):
            mask, _ = true_mask(picture.plan, detection)
            assert (mask & detection.mask).sum() / (mask | detection.mask).sum() > 0.97
            rows, columns = np.nonzero(detection.mask)
            assert detection.box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            found += 1
    assert found == sum(len(picture.plan.blocks) for picture, _ in some)


def test_only_asked_for_names_are_found(some):
    picture, image = next((p, i) for p, i in some if len(set(p.case.names)) == 2)
    first, second = picture.case.names
    assert {d.name for d in BlockDetector().detect(image, (first,))} == {first}
    assert {d.name for d in BlockDetector().detect(image, (second, "toilet"))} == {second}
    assert BlockDetector().detect(image, ()) == []


def test_what_is_found_does_not_depend_on_what_was_asked(some):
    """A run asks a detector for names and depth for none; they must tell of one scene."""
    picture, image = some[-1]
    remembering._kept.clear()
    depth_first = BlockDepth(DepthConfig()).estimate(image).depth
    remembering._kept.clear()
    BlockDetector().detect(image, picture.case.names[:1])
    assert np.array_equal(BlockDepth(DepthConfig()).estimate(image).depth, depth_first)


def test_depth_and_camera_agree_with_the_plan(some):
    errors = []
    for picture, image in some:
        truth, masks = exact_geometry(solids_of_plan(picture.plan), image.shape[:2])
        found = BlockDepth(DepthConfig()).estimate(image)
        on_blocks = masks.any(axis=0)
        errors.append(np.median(np.abs(found.depth[on_blocks] / truth[on_blocks] - 1)))
        camera = BlockCamera().calibrate(image, None)
        assert np.array_equal(camera.K, found.K)
        assert pytest.approx(picture.plan.K) == camera.K
        assert degrees_between(camera.gravity_rotation, Fiducial().reconstruct(
            image, picture.case.names).camera.gravity_rotation) < 0.1  # fmt: skip
    assert np.median(errors) < 5e-4


def test_orientations_are_the_plans(some):
    turned = []
    for picture, image in some:
        detections = BlockDetector().detect(image, picture.case.names)
        for detection, found in zip(detections, BlockOrientation().orient(image, detections), strict=True):
            _, i = true_mask(picture.plan, detection)
            assert found.rotation is not None
            assert found.pixel is None
            turned.append(degrees_between(found.rotation, picture.plan.pose(picture.plan.blocks[i])[0]))
    assert np.median(turned) < 0.1
    assert max(turned) < 3


def test_orientation_serves_the_detections_of_others(some):
    """Another detector's masks are not exact, and may be of what is no block at all."""
    picture, image = next((p, i) for p, i in some if len(set(p.case.names)) == 2)
    one, other = BlockDetector().detect(image, picture.case.names)
    boxy = np.zeros_like(one.mask)
    x0, y0, x1, y1 = one.box.astype(int)
    boxy[y0:y1, x0:x1] = True
    elsewhere = np.zeros_like(one.mask)
    elsewhere[:8, :8] = True
    exact, rough, stray, renamed, blank = BlockOrientation().orient(
        image,
        [
            one,
            replace(one, mask=boxy),
            replace(one, mask=elsewhere),
            replace(one, name=other.name),
            replace(one, mask=np.zeros_like(one.mask)),
        ],
    )
    assert np.array_equal(exact.rotation, rough.rotation)
    for lost in (stray, renamed, blank):
        assert lost.rotation is None
        assert lost.confidence == 0
        assert "no marker of a" in lost.note


def test_a_picture_without_blocks_is_empty_not_wrong():
    assert BlockDetector().detect(GREY, ("dog",)) == []
    assert not BlockDepth(DepthConfig(noise=0.1)).estimate(GREY).depth.any()
    assert np.array_equal(BlockCamera().calibrate(GREY, None).gravity_rotation, np.eye(3))
    assert BlockOrientation().orient(GREY, []) == []


def test_a_picture_is_read_once_for_all_stages(some, monkeypatch):
    picture, image = some[0]
    remembering._kept.clear()
    reads = []
    monkeypatch.setattr(remembering, "sight", lambda *a, real=remembering.sight: reads.append(1) or real(*a))
    detections = BlockDetector().detect(image, picture.case.names)
    BlockDepth(DepthConfig()).estimate(image.copy())
    BlockCamera().calibrate(image, None)
    BlockOrientation().orient(image, detections)
    assert len(reads) == 1
    BlockCamera().calibrate(some[1][1], None)
    assert len(reads) == 2


def test_few_sightings_are_kept(monkeypatch):
    monkeypatch.setattr(remembering, "KEPT", 3)
    remembering._kept.clear()
    for level in range(6):
        remembering.sighting_of(np.full((64, 64, 3), level, np.uint8))
    assert len(remembering._kept) == 3

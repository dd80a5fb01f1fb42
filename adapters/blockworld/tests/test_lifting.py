"""Exact depth and masks of a plan, lifted: does the core find the cuboids that the plan held?

Distances of centres are told as a share of the distance from the camera to the true centre. An extent that
does not show (of a block seen from one side, or half behind another) cannot be found: such blocks count in
the medians, and are left out where more is asked.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_adapter_blockworld.catalogue import variants_of
from genspace_adapter_blockworld.exact import exact_geometry, solids_of_plan
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.planner import plan_scene
from genspace_core import lift_objects
from genspace_core.types import Camera


@dataclass(frozen=True)
class Lifted:
    """A block and what was made of it; arrays along the block's own axes: front, up, right.

    `away`: of the centre, as a share of its distance; `extents`, `shown`: found and visible, as shares of the
    truth; `turned`: degrees between the found box's sides and the block's.
    """

    away: float
    extents: np.ndarray
    shown: np.ndarray
    turned: float


def lifted(plan):
    depth, masks = exact_geometry(solids_of_plan(plan), (plan.size, plan.size))
    found = lift_objects(depth, masks, Camera(plan.K, pitch_matrix(plan.pitch).T), "default").objects
    assert len(found) == len(plan.blocks)
    return [measured(plan, *each, depth) for each in zip(plan.blocks, masks, found, strict=True)]


def measured(plan, block, mask, found, depth):
    rotation, center = plan.pose(block)
    size = 2 * np.array(block.asset.half)
    v, u = np.nonzero(mask)
    rays = np.stack([u, v, np.ones_like(u)], axis=1) @ np.linalg.inv(plan.K).T
    shown = np.ptp(rays * depth[v, u, None] @ rotation, axis=0) / size
    alike = np.abs(rotation.T @ found.axes)
    # Which of the box's two level sides is the block's length is a matter of naming.
    order = [0, 1, 2] if alike[0, 0] > alike[0, 2] else [2, 1, 0]
    turned = np.degrees(np.arccos(min(alike[0, order[0]], 1.0)))
    away = np.linalg.norm(found.center - center) / np.linalg.norm(center)
    return Lifted(float(away), found.extents[order] / size, shown, float(turned))


@pytest.fixture(scope="module")
def everything(cases):
    return [each for case in cases[::2] for each in lifted(plan_scene(case.prompt, case.seed))]


@pytest.fixture(scope="module")
def whole(everything):
    """Those that show their full length, height and width."""
    return [each for each in everything if each.shown.min() > 0.95]


def test_centres_and_extents(everything):
    assert np.median([each.away for each in everything]) < 0.02
    assert np.median([np.abs(each.extents - 1) for each in everything]) < 0.05


def test_what_shows_whole_is_found_whole(everything, whole):
    assert len(whole) > 0.85 * len(everything)
    assert np.mean([each.away < 0.02 for each in whole]) > 0.9
    assert np.mean([np.abs(each.extents - 1).max() < 0.1 for each in whole]) > 0.9


def test_boxes_stand_as_the_blocks_do(whole):
    """A box of two walls is as small across the corner as along them; only the walls tell."""
    assert np.mean([each.turned < 3 for each in whole]) > 0.95


def test_what_does_not_show_is_not_invented(everything):
    """The found extents are those of the visible part, a few pixels more or less."""
    assert np.mean([(each.extents < each.shown + 0.1).all() for each in everything]) > 0.95


def standing(name, x, z, degrees, height=1.5, pitch=0.1):
    """One block alone, its front that far to the right of the camera's way."""
    asset = variants_of(name)[0]
    block = Block(asset, np.array([x, height - asset.half[1], z]), np.radians(degrees))
    (found,) = lifted(Plan((block,), height, pitch, "on a lawn", 768))
    return found


@pytest.mark.parametrize("degrees", [20, 45, 60, 110, 145, 250])
def test_a_block_taller_than_the_camera_shows_two_walls_and_no_top(degrees):
    found = standing("refrigerator", 0.0, 3.5, degrees)
    assert found.shown[[0, 2]] == pytest.approx([1, 1], abs=0.02)
    assert found.turned < 3
    assert found.away < 0.02
    assert found.extents == pytest.approx(np.ones(3), abs=0.1)


@pytest.mark.parametrize("height", [0.6, 0.85, 1.0, 2.5])
def test_a_block_seen_from_its_front(height):
    """Its length shows on top alone, 0.6 m high: not at all, or from 5 degrees to 35 above it."""
    found = standing("dog", 0.0, 2.5, 180, height, pitch=0.25)
    assert found.extents == pytest.approx(found.shown, abs=0.1)


@pytest.mark.parametrize("height", [0.62, 0.7, 0.75])
def test_a_top_seen_at_less_than_5_degrees_is_not_made_longer(height):
    """Depth leaps there from one row to the next, and all or part of it counts as no surface."""
    found = standing("dog", 0.0, 2.5, 180, height, pitch=0.25)
    assert found.shown[0] > 0.3
    assert found.extents[0] < found.shown[0] + 0.02
    assert found.extents[2] == pytest.approx(found.shown[2], abs=0.02)


STRAY = pytest.mark.xfail(
    strict=True, reason="the rim of a top seen at a grazing angle makes a block 3 % taller"
)


@pytest.mark.parametrize("height", [0.62, pytest.param(0.7, marks=STRAY), pytest.param(0.75, marks=STRAY)])
def test_a_top_seen_at_less_than_5_degrees_is_not_made_taller(height):
    found = standing("dog", 0.0, 2.5, 180, height, pitch=0.25)
    assert found.extents[1] == pytest.approx(found.shown[1], abs=0.02)


def test_a_far_and_a_near_block_alike():
    for z, pitch in ((1.2, 0.7), (4.0, 0.2), (15.0, 0.0)):
        found = standing("chair", 0.0, z, 215, pitch=pitch)
        assert found.away < 0.02
        assert found.extents == pytest.approx(np.ones(3), abs=0.1)

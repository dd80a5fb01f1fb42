"""Plans hold what is asked with margin, recomputed here from the plan alone."""

import numpy as np
import pytest

from genspace_adapter_blockworld.camera import heading_matrix, project
from genspace_adapter_blockworld.catalogue import load_assets
from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.sides import SIDES, extents, face_corners, marker_corners, on_face
from genspace_core.errors import InvalidRequest

AXES = {"front": (0, 1), "back": (0, -1), "right": (2, 1), "left": (2, -1)}


def level_angle(block, side, direction):
    """Degrees between one of a block's own directions and a direction, both in the ground plane."""
    column, sign = AXES[side]
    axis = sign * heading_matrix(block.heading)[:, column]
    a, b = axis[[0, 2]], direction[[0, 2]]
    return np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)))


def check(template, plan):
    a, b = plan.blocks[0], plan.blocks[-1]
    to_b, to_a = b.center - a.center, a.center - b.center
    beside = min(level_angle(a, "left", to_b), level_angle(a, "right", to_b)) if len(plan.blocks) > 1 else 0.0
    if template < 8:
        side = ["front", "back", "left", "right"][template % 4]
        assert level_angle(a, side, -a.center) < (10 if side in ("front", "back") else 20)
    elif template in (8, 9):
        assert beside < 25
        assert level_angle(b, "front" if template == 8 else "back", heading_matrix(a.heading)[:, 0]) < 20
    elif template in (10, 11):
        side = "front" if template == 10 else "back"
        assert max(level_angle(a, side, to_b), level_angle(b, side, to_a)) < 13
    elif template < 16:
        side = ["front", "back", "left", "right"][template - 12]
        assert level_angle(a, side, to_b) < (13 if side in ("front", "back") else 25)
    elif template in (16, 17):
        near, far = (a, b) if template == 16 else (b, a)
        assert np.linalg.norm(near.center) * 1.05 < np.linalg.norm(far.center)
    elif template in (18, 19):
        assert (b.center[0] > a.center[0]) == (template == 18)
    elif template < 24:
        assert np.linalg.norm(to_b) == pytest.approx([0.5, 1.0, 1.5, 2.0][template - 20], rel=1e-9)
    elif template < 28:
        assert np.linalg.norm(a.center) == pytest.approx(template - 23.0, rel=1e-9)
    elif template < 32:
        assert a.center[0] / a.center[2] < b.center[0] / b.center[2]
        grown, size = np.array(a.asset.size), np.array(b.asset.size)
        if template == 28:
            assert grown.prod() / size.prod() == pytest.approx(1.2)
        else:
            assert grown - size == pytest.approx([[0, 0, 0.2], [0.5, 0, 0], [0, 0.3, 0]][template - 29])
    else:
        assert beside < 25
        assert level_angle(b, "front", heading_matrix(a.heading)[:, 0]) < 20
        side = ["front", "left", "right", "back"][template - 32]
        assert max(level_angle(x, side, -x.center) for x in (a, b)) < 25


def corners(plan, block):
    rotation, center = plan.pose(block)
    every = np.concatenate([face_corners(block.asset.size, side) for side in SIDES])
    return every @ rotation.T + center


def test_what_is_asked_holds(cases, hard_cases):
    for case in cases + hard_cases:
        check(case.template, plan_scene(case.prompt, case.seed))


def test_everything_stands_on_the_ground_inside_the_picture(cases, hard_cases):
    for case in cases + hard_cases:
        plan = plan_scene(case.prompt, case.seed)
        assert tuple(b.asset.name for b in plan.blocks) == case.names
        for block in plan.blocks:
            assert block.center[1] + block.asset.size[2] / 2 == pytest.approx(plan.height)
            uv = project(plan.K, corners(plan, block))
            assert uv.min() > 8
            assert uv.max() < plan.size - 8


def test_bodies_do_not_touch(cases, hard_cases):
    """No ground point of one footprint, densely sampled, lies in the other."""
    share = np.stack(np.meshgrid(np.linspace(-1, 1, 15), np.linspace(-1, 1, 15)), axis=-1).reshape(-1, 2)
    for case in cases + hard_cases:
        blocks = plan_scene(case.prompt, case.seed).blocks
        for one, other in [(blocks[0], blocks[-1]), (blocks[-1], blocks[0])] if len(blocks) > 1 else []:
            local = np.stack(
                [share[:, 0] * one.asset.half[0], 0 * share[:, 0], share[:, 1] * one.asset.half[2]], axis=1
            )
            world = local @ heading_matrix(one.heading).T + one.center
            inside = np.abs((world - other.center) @ heading_matrix(other.heading))[:, [0, 2]]
            assert not (inside < np.array(other.asset.half)[[0, 2]]).all(axis=1).any(), case


def test_same_arguments_same_plan_and_other_seed_other_plan(prompt_of):
    prompt = prompt_of(14, "dog", "chair", "on a lawn")
    one, again, other = (plan_scene(prompt, seed) for seed in (5, 5, 6))
    assert (one.blocks[1].center == again.blocks[1].center).all()
    assert (one.blocks[1].center != other.blocks[1].center).any()


def test_a_size_that_the_catalogue_lacks_is_an_invalid_request(prompt_of):
    prompt = prompt_of(29, "dog", "dog", "on a lawn").replace("20 centimetres", "25 centimetres")
    with pytest.raises(InvalidRequest, match=r"no dog with height 0\.25"):
        plan_scene(prompt, 0)


def test_markers_fit_their_faces_and_numbers_are_unique():
    assets = load_assets()
    assert len(assets) == len({(a.name, a.variant) for a in assets.values()})
    assert max(assets) < 1000
    for asset in assets.values():
        for side in SIDES:
            w, h = extents(asset.size, side)
            local = marker_corners(asset.size, side) - on_face(asset.size, side, np.zeros((1, 2)))
            assert np.abs(local @ np.array(side.right)).max() <= 0.94 * w / 2
            assert np.abs(local @ np.array(side.up)).max() <= 0.94 * h / 2
            # Seen from outside, right x up points at the viewer.
            assert (np.cross(side.right, side.up) == side.normal).all()

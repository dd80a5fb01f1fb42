"""Source pictures of edits: what the prompt asks, and room for what the edit will do."""

import numpy as np
import pytest

from genspace_adapter_blockworld.camera import FOCAL_SHARE, project
from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.sides import SIDES, face_corners
from genspace_core.types import assign_objects

SIDE = {"front": 0.0, "right": 90.0, "behind": 180.0, "left": -90.0}


def reach(plan, block):
    """The farthest that a corner lies from the picture's middle, in half-widths."""
    rotation, center = plan.pose(block)
    corners = np.concatenate([face_corners(block.asset.size, side) for side in SIDES]) @ rotation.T + center
    return np.abs(project(plan.K, corners) / (plan.size - 1) * 2 - 1).max()


def test_every_object_is_whole_and_found(edits):
    for edit in edits:
        assert assign_objects(edit.question.source.objects, edit.before).outcome == "ok", (
            edit.question.sample.id
        )
        assert tuple(block.asset.name for block in edit.plan.blocks) == edit.question.source.objects
        assert max(reach(edit.plan, block) for block in edit.plan.blocks) < 0.97


def test_what_has_room_around_it_is_small_in_the_middle(edits):
    alone = [edit for edit in edits if 8 <= edit.template < 20]
    assert len(alone) == 24
    for edit in alone:
        (block,) = edit.plan.blocks
        distance = np.linalg.norm(block.center)
        assert max(block.asset.size) / 2 / distance / (0.5 / FOCAL_SHARE) < 0.4
        assert np.abs(project(edit.plan.K, edit.plan.pose(block)[1]) / edit.plan.size - 0.5).max() < 0.1


def test_a_stated_distance_is_of_the_object_in_the_middle(edits):
    for edit in edits:
        if 20 <= edit.template < 28:
            first, other = edit.plan.blocks
            asked = 3.0 if edit.template in (21, 27) else 4.0
            assert np.linalg.norm(first.center) == pytest.approx(asked)
            assert np.abs(project(edit.plan.K, edit.plan.pose(first)[1]) / edit.plan.size - 0.5).max() < 0.1
            assert (other.center[0] < first.center[0]) == (edit.template in (20, 23, 25, 27))


def test_three_objects_stand_where_the_last_sees_them():
    prompt = (
        "A photo of one bicycle, one dog and one chair on a lawn. "
        "From the chair's own point of view, the camera stands directly in front of the chair. "
        "From the chair's own point of view, the bicycle is directly to the left of the chair. "
        "From the chair's own point of view, the dog is directly to the right of the chair."
    )
    for seed in range(5):
        plan = plan_scene(prompt, seed)
        bicycle, dog, chair = plan.blocks

        def off(block, side, chair=chair):
            to = (0 if block is None else block.center) - chair.center
            angle = np.degrees(np.arctan2(to[0], to[2]) - chair.heading) - SIDE[side]
            return abs((angle + 180) % 360 - 180)

        assert off(bicycle, "left") < 25
        assert off(dog, "right") < 25
        assert off(None, "front") < 25
        assert max(reach(plan, block) for block in plan.blocks) < 0.97

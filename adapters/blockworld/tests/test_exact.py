"""Exact depth and masks, held against a slower way to find them: a ray against six rectangles."""

import numpy as np
import pytest

from genspace_adapter_blockworld.camera import pitch_matrix
from genspace_adapter_blockworld.catalogue import variants_of
from genspace_adapter_blockworld.exact import exact_geometry, solids_of_plan, solids_of_sighting
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.remembering import sighting_of

AXES = np.eye(3)


def seen_by(plan, u, v):
    """Index of the block whose face a pixel's ray meets first, -1 for none, and the depth there."""
    ray = np.linalg.inv(plan.K) @ (u, v, 1)
    best = (-1, np.inf)
    for i, block in enumerate(plan.blocks):
        rotation, center = plan.pose(block)
        for k in range(3):
            for sign in (-1, 1):
                normal, on = rotation[:, k], center + sign * block.asset.half[k] * rotation[:, k]
                depth = (normal @ on) / (normal @ ray)
                at = rotation.T @ (depth * ray - center)
                others = [a for a in range(3) if a != k]
                inside = all(abs(at[a]) <= block.asset.half[a] for a in others)
                if inside and 0 < depth < best[1]:
                    best = (i, depth)
    return best


def geometry(plan):
    return exact_geometry(solids_of_plan(plan), (plan.size, plan.size))


def points_of(plan, depth, mask):
    """(k, 3) camera frame, of a mask's pixels."""
    v, u = np.nonzero(mask)
    return np.stack([u, v, np.ones_like(u)], axis=1) @ np.linalg.inv(plan.K).T * depth[v, u, None]


def test_every_pixel_sees_what_its_ray_meets_first(pictures):
    rng = np.random.default_rng(5)
    covered = 0
    for picture in pictures[::7]:
        plan = picture.plan
        depth, masks = geometry(plan)
        pixels = rng.integers(plan.size, size=(60, 2)).tolist()
        for mask in masks:  # and the seams, where one thing ends and another begins
            edge = np.argwhere(mask[:, 1:] != mask[:, :-1])
            pixels += edge[rng.integers(len(edge), size=15)][:, ::-1].tolist()
        for u, v in pixels:
            owner, hit = seen_by(plan, u, v)
            assert np.flatnonzero(masks[:, v, u]).tolist() == ([owner] if owner >= 0 else [])
            if owner >= 0:
                covered += 1
                assert depth[v, u] == pytest.approx(hit, rel=1e-6)
    assert covered > 300


def test_ground_is_where_the_blocks_stand(pictures):
    for picture in pictures[::7]:
        plan = picture.plan
        depth, masks = geometry(plan)
        ground = (depth > 0) & ~masks.any(axis=0)
        assert ground.any()
        down = pitch_matrix(plan.pitch)[:, 1]
        heights = points_of(plan, depth, ground) @ down
        assert np.abs(heights / plan.height - 1).max() < 1e-5
        feet = [plan.pose(b)[1] @ down + b.asset.half[1] for b in plan.blocks]
        assert feet == pytest.approx([plan.height] * len(feet))


def test_above_the_horizon_nothing_is_known(pictures):
    plan = min((picture.plan for picture in pictures), key=lambda plan: plan.pitch)
    depth, masks = geometry(plan)
    rays = np.linalg.inv(plan.K) @ np.stack([np.zeros(plan.size), np.arange(plan.size), np.ones(plan.size)])
    above = (pitch_matrix(plan.pitch).T @ rays)[1] < 0
    assert above.any()
    assert (depth[above][~masks.any(axis=0)[above]] == 0).all()
    assert (depth[~above] > 0).all()


def test_the_sighting_tells_what_the_plan_held(pictures):
    worst, errors = 1.0, []
    for picture in pictures[::5]:
        depth, masks = geometry(picture.plan)
        seen = sighting_of(picture.decoded())
        again, found = exact_geometry(solids_of_sighting(seen), depth.shape)
        for block, mask in zip(picture.plan.blocks, masks, strict=True):
            overlap = [
                (mask & other).sum() / (mask | other).sum()
                for asset, other in zip(seen.assets, found, strict=True)
                if asset is block.asset
            ]
            worst = min(worst, max(overlap))
        both = masks.any(axis=0) & found.any(axis=0)
        errors.append(np.median(np.abs(again[both] / depth[both] - 1)))
    assert worst > 0.97
    assert np.median(errors) < 5e-4


def blocks_at(*places):
    """A plan of blocks, each a name with x and z, before a camera 1.5 m high."""
    assets = [(variants_of(name)[0], x, z) for name, x, z in places]
    blocks = tuple(Block(asset, np.array([x, 1.5 - asset.half[1], z]), 0.4) for asset, x, z in assets)
    return Plan(blocks, 1.5, 0.2, "on a lawn", 384)


def test_what_is_hidden_or_out_of_view_has_an_empty_mask():
    _, (before, behind, outside) = geometry(
        blocks_at(("refrigerator", 0.0, 2.0), ("chair", 0.0, 4.0), ("chair", 30.0, 2.0))
    )
    assert before.any()
    assert not behind.any()
    assert not outside.any()


def test_a_block_beside_the_camera_is_cut_by_the_picture():
    """Some of its corners are behind the camera, where a projection means nothing."""
    plan = blocks_at(("chair", 0.55, 0.3), ("chair", 0.0, 4.0))
    depth, masks = geometry(plan)
    assert masks[0].any()
    for v, u in np.argwhere(masks[0])[::97]:
        owner, hit = seen_by(plan, u, v)
        assert owner == 0
        assert depth[v, u] == pytest.approx(hit, rel=1e-5)


def test_without_blocks_there_is_only_ground_and_from_pixels_not_even_that():
    empty = blocks_at()
    depth, masks = geometry(empty)
    assert masks.shape == (0, 384, 384)
    assert (depth[-1] > 0).all()
    seen = sighting_of(np.full((384, 384, 3), 127, np.uint8))
    depth, masks = exact_geometry(solids_of_sighting(seen), (384, 384))
    assert masks.shape == (0, 384, 384)
    assert not depth.any()

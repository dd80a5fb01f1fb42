"""What must not matter to `spatial` does not, and a mirror swaps left and right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genspace_core.types import Camera, Evidence, Scene, SceneObject, Score
from genspace_metrics import load_table
from tests.metrics.worlds import Array, judge_scene, tilt, unturned

TEMPLATES = {f"{each.task}/{each.number}": each for each in load_table("spatial").templates}
METRIC = {f"t2i/{n}" for n in range(20, 32)} | {f"edit/{n}" for n in range(20, 32)}
FROM_THE_CAMERA = {f"edit/{n}" for n in range(20, 28)}
"""Editing templates that ask for a way the camera gives."""

SWAPS = {"t2i": [(2, 3), (6, 7), (14, 15), (18, 19), (33, 34)]}
SWAPS["edit"] = [(1, 2), (5, 6), (13, 14), (17, 18), (22, 23), (25, 26), (34, 35)]
MIRRORED = {
    f"{task}/{a}": f"{task}/{b}"
    for task, pairs in SWAPS.items()
    for x, y in pairs
    for a, b in ((x, y), (y, x))
}

# Generic positions: ties and bounds, where rounding decides, have tests of their own.
steady = settings(deadline=None)  # a busy machine is no failure
seeds = st.integers(0, 2**32 - 1)
tasks = st.sampled_from(sorted(TEMPLATES))


class World:
    """Random upright-ish objects in the gravity frame, before and after, and two cameras."""

    def __init__(self, seed: int, count: int) -> None:
        self.random = np.random.default_rng(seed)
        self.count = count
        self.before = [self._object(name) for name in "ABCDE"[: count + 2]]
        self.after = [self._changed(*each) for each in self.before]
        self.cameras = (self._tilt(), self._tilt())

    def _tilt(self) -> Array:
        return tilt(*self.random.uniform(-25, 25, 2))

    def _object(self, name: str) -> tuple[str, Array, Array]:
        center = self.random.uniform((-2, -1, 2), (2, 1, 6))
        size = self.random.uniform(0.3, 1.5, 3)
        rotation = self._rotation()
        points = (self.random.uniform(-0.5, 0.5, (20, 3)) * size) @ rotation.T + center
        return name, points, rotation

    def _rotation(self) -> Array:
        heading, lean, side = np.radians(self.random.uniform((0, -20, -20), (360, 20, 20)))
        c, s = np.cos(heading), np.sin(heading)
        upright = np.array([[s, 0, c], [0, -1, 0], [c, 0, -s]])
        a, b, d, e = np.cos(lean), np.sin(lean), np.cos(side), np.sin(side)
        pitch = np.array([[a, -b, 0], [b, a, 0], [0, 0, 1]])
        roll = np.array([[1, 0, 0], [0, d, -e], [0, e, d]])
        return upright @ pitch @ roll

    def _changed(self, name: str, points: Array, rotation: Array) -> tuple[str, Array, Array]:
        shift, scale = self.random.uniform(-1.2, 1.2, 3), self.random.uniform(0.8, 1.5, 3)
        center = points.mean(axis=0)
        return name, (points - center) * scale + center + shift * (1, 0.2, 1), self._rotation()

    def scenes(
        self, change=lambda points, rotation: (points, rotation), camera=lambda gravity: gravity
    ) -> Evidence:
        """Both scenes as their cameras see them, world and cameras changed first."""
        built = []
        for objects, tilted in ((self.before, self.cameras[0]), (self.after, self.cameras[1])):
            gravity = camera(tilted)
            items = []
            for name, points, rotation in objects:
                moved, turned = change(points, rotation)
                items.append(SceneObject(name=name, points=moved @ gravity, rotation=gravity.T @ turned))
            built.append(Scene(Camera(np.eye(3), gravity), tuple(items)))
        return Evidence(scene_before=built[0], scene=built[1])


def world(seed: int, task: str) -> World:
    return World(seed, max(TEMPLATES[task].by_count))


def agree(first: Score, second: Score) -> None:
    assert second.reason == first.reason
    assert second.value == pytest.approx(first.value, abs=1e-6)
    assert second.passed == first.passed
    for a, b in zip(first.measurements, second.measurements, strict=True):
        assert b.value == pytest.approx(a.value, abs=1e-6)


def verdicts(
    seed: int, task: str, evidence: Evidence, other: Evidence, other_task: str | None = None
) -> None:
    count = world(seed, task).count
    agree(
        judge_scene("spatial", task, evidence, count),
        judge_scene("spatial", other_task or task, other, count),
    )


@steady
@given(seeds, tasks)
def test_values_lie_between_0_and_1_and_passing_means_1(seed: int, task: str) -> None:
    chosen = world(seed, task)
    for metric in ("paper", "spatial"):
        verdict = judge_scene(metric, task, chosen.scenes(), chosen.count)
        assert 0.0 <= verdict.value <= 1.0
        assert not verdict.passed or verdict.value == 1.0
        assert all(0.0 <= each.score <= 1.0 for each in verdict.measurements)
        if metric == "spatial":
            assert all(each.score == 1.0 for each in verdict.measurements if each.satisfied)


@steady
@given(seeds, tasks)
def test_a_mirror_swaps_left_and_right(seed: int, task: str) -> None:
    chosen = world(seed, task)
    mirror = np.diag([-1.0, 1, 1])
    handed = np.diag([1.0, 1, -1])  # the mirrored right side is a left side
    mirrored = chosen.scenes(
        lambda points, rotation: (points @ mirror, mirror @ rotation @ handed), lambda g: mirror @ g @ mirror
    )
    verdicts(seed, task, chosen.scenes(), mirrored, MIRRORED.get(task, task))


@steady
@given(seeds, tasks, st.floats(-30, 30), st.floats(-30, 30))
def test_pitch_and_roll_of_the_camera(seed: int, task: str, pitch: float, roll: float) -> None:
    chosen = world(seed, task)
    verdicts(seed, task, chosen.scenes(), chosen.scenes(camera=lambda _: tilt(pitch, roll)))


def about_vertical(degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


@steady
@given(seeds, tasks, st.floats(-180, 180))
def test_which_way_the_gravity_frame_looks(seed: int, task: str, degrees: float) -> None:
    """The same pictures; only the gravity frame's free choice of a heading differs."""
    chosen, turn = world(seed, task), about_vertical(degrees)
    evidence = chosen.scenes()
    assert evidence.scene
    assert evidence.scene_before
    scenes = [
        Scene(Camera(scene.camera.K, turn @ scene.camera.gravity_rotation), scene.objects)
        for scene in (evidence.scene, evidence.scene_before)
    ]
    verdicts(seed, task, evidence, Evidence(scene=scenes[0], scene_before=scenes[1]))


@steady
@given(seeds, tasks.filter(lambda task: task not in FROM_THE_CAMERA), st.floats(-180, 180))
def test_turning_the_world_about_the_camera(seed: int, task: str, degrees: float) -> None:
    chosen, turn = world(seed, task), about_vertical(degrees)
    turned = chosen.scenes(lambda points, rotation: (points @ turn.T, turn @ rotation))
    verdicts(seed, task, chosen.scenes(), turned)


@steady
@given(seeds, tasks.filter(lambda task: task not in METRIC), st.floats(0.1, 10))
def test_scale_where_nothing_is_measured(seed: int, task: str, scale: float) -> None:
    chosen = world(seed, task)
    larger = chosen.scenes(lambda points, rotation: (points * scale, rotation))
    count = chosen.count
    first, second = (judge_scene("spatial", task, each, count) for each in (chosen.scenes(), larger))
    assert second.value == pytest.approx(first.value, abs=1e-6)
    assert second.passed == first.passed


@steady
@given(seeds, tasks)
def test_order_of_points_and_objects_and_bystanders(seed: int, task: str) -> None:
    chosen = world(seed, task)
    evidence = chosen.scenes()
    others = {} if task in FROM_THE_CAMERA else {"D", "E"}
    shuffled = []
    for scene in (evidence.scene, evidence.scene_before):
        assert scene
        order = chosen.random.permutation(len(scene.objects))
        items = [
            replace(item, points=chosen.random.permutation(item.points), center=item.center)
            for item in (scene.objects[i] for i in order)
            if item.name not in others
        ]
        shuffled.append(Scene(scene.camera, tuple(items)))
    verdicts(seed, task, evidence, Evidence(scene=shuffled[0], scene_before=shuffled[1]))


@steady
@given(seeds, st.floats(-60, 60), st.floats(-2, 2), st.floats(-2, 2))
def test_the_cameras_own_motion_is_found(seed: int, turn: float, x: float, z: float) -> None:
    from genspace_metrics.motion import camera_displacement

    random = np.random.default_rng(seed)
    before = random.uniform((-3, -1, 2), (3, 1, 8), (4, 3))
    after = (before - [x, 0.1, z]) @ about_vertical(turn).T
    found = camera_displacement(tuple(unturned(b, a) for b, a in zip(before, after, strict=True)))
    assert found == pytest.approx((x, 0.1, z), abs=1e-9)

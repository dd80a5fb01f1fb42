"""Prompt in, plan out: read, let the model misunderstand, propose, frame, judge, take the best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset, resized, variants_of
from genspace_adapter_blockworld.framing import Framed, frame
from genspace_adapter_blockworld.intent import Fact, Intent
from genspace_adapter_blockworld.judge import NO_ROOM, layout_cost, room_cost, view_cost
from genspace_adapter_blockworld.meeting import IMPOSSIBLE
from genspace_adapter_blockworld.models import MODELS
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.proposals import Sampler, propose
from genspace_adapter_blockworld.reader import read

Array = NDArray[np.float64]

BATCH: Final = 64
VIEWED: Final = 20
ROUNDS: Final = 8
PLAUSIBLE_CHANGE: Final = 1.5  # an object of any size keeps within this ratio of the typical one

_LAYOUT, _SIZES, _MEMORY = range(3)  # separate random streams, so that a fault moves nothing else


def _assets(intent: Intent, any_size: bool, seed: int) -> tuple[Asset, ...]:
    if any_size:
        rng = np.random.default_rng((seed, _SIZES))
        choices = []
        for name in intent.objects:
            typical, *others = variants_of(name)
            near = [a for a in others if max(np.divide(a.size, typical.size)) <= PLAUSIBLE_CHANGE]
            choices.append((typical, *near)[rng.integers(len(near) + 1)])
        return tuple(choices)
    assets = [variants_of(name)[0] for name in intent.objects]
    for fact in intent.facts:
        if fact.kind == "resized":
            assets[fact.subject] = resized(intent.objects[fact.subject], fact.value, fact.amount)
    return tuple(assets)


Draw = Callable[[Sampler], tuple[Framed, Array]]
"""Proposes scenes, and says what each costs beyond what the judge sees."""


def choose(draw: Draw, assets: tuple[Asset, ...], facts: tuple[Fact, ...], seed: int, size: int) -> Framed:
    """The best of many scenes for what must hold, seen well in a picture of `size` pixels; one scene."""
    rng = np.random.default_rng((seed, _LAYOUT))
    best: tuple[float, Framed] | None = None
    for _ in range(ROUNDS):
        scene, cost = draw(Sampler(rng, BATCH))
        cost = cost + layout_cost(scene, assets, facts)
        # What hides what is the dear part: look only at the first few right layouts, those with room first.
        rank = IMPOSSIBLE * (cost >= IMPOSSIBLE) + room_cost(scene, assets, facts)
        viewed = np.argsort(rank, kind="stable")[:VIEWED]
        scene, cost = scene.take(viewed), cost[viewed]
        room = room_cost(scene, assets, facts, size)
        cost = cost + view_cost(scene, assets, facts, size) + room
        k = int(cost.argmin())
        if best is None or cost[k] < best[0]:
            best = (float(cost[k]), scene.take(np.array([k])))
        if best[0] < IMPOSSIBLE and room[k] < NO_ROOM:
            break
    assert best is not None
    return best[1]


def plan_of(scene: Framed, assets: tuple[Asset, ...], setting: str, size: int) -> Plan:
    """The plan of the first scene."""
    blocks = tuple(
        Block(asset, scene.center[0, i], float(scene.heading[0, i])) for i, asset in enumerate(assets)
    )
    return Plan(blocks, float(scene.height[0]), float(scene.pitch[0]), setting, size)


def plan_intent(intent: Intent, assets: tuple[Asset, ...], seed: int, size: int) -> Plan:
    """Stand `assets` so that the intent's facts hold, seen well by a camera that takes `size` pixels."""

    def draw(sampler: Sampler) -> tuple[Framed, Array]:
        return frame(propose(sampler, intent.facts, assets), assets), np.zeros(sampler.count)

    scene = choose(draw, assets, intent.facts, seed, size)
    return plan_of(scene, assets, intent.setting, size)


def plan_scene(prompt: str, seed: int, model: str = "perfect", size: int = 768) -> Plan:
    """The scene that a model draws for a prompt; the same arguments always give the same plan.

    Raises:
        InvalidRequest: the prompt cannot be read, or asks for a size the catalogue lacks.
    """
    traits = MODELS[model]
    intent = traits.understands(read(prompt))
    plan = plan_intent(intent, _assets(intent, traits.any_size, seed), seed, size)
    memory = np.random.default_rng((seed, _MEMORY))
    if memory.random() >= traits.forgets:
        return plan
    gone = int(memory.integers(len(plan.blocks)))
    kept = tuple(b for i, b in enumerate(plan.blocks) if i != gone)
    return Plan(kept, plan.height, plan.pitch, plan.setting, size, (plan.blocks[gone].asset.name,))

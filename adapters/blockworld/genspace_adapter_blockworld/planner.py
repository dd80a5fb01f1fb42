"""Prompt in, plan out: read, let the model misunderstand, propose, frame, judge, take the best."""

from __future__ import annotations

from typing import Final

import numpy as np

from genspace_adapter_blockworld.catalogue import Asset, resized, variants_of
from genspace_adapter_blockworld.framing import frame
from genspace_adapter_blockworld.intent import Intent
from genspace_adapter_blockworld.judge import IMPOSSIBLE, layout_cost, view_cost
from genspace_adapter_blockworld.models import MODELS
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.proposals import Sampler, propose
from genspace_adapter_blockworld.reader import read

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


def plan_intent(intent: Intent, assets: tuple[Asset, ...], seed: int, size: int) -> Plan:
    """Stand `assets` so that the intent's facts hold, seen well by a camera that takes `size` pixels."""
    rng = np.random.default_rng((seed, _LAYOUT))
    best: tuple[float, Plan] | None = None
    for _ in range(ROUNDS):
        scene = frame(propose(Sampler(rng, BATCH), intent.facts, assets), assets)
        cost = layout_cost(scene, assets, intent.facts)
        # What hides what is the dear part: look only at the first few right layouts.
        viewed = np.argsort(cost >= IMPOSSIBLE, kind="stable")[:VIEWED]
        scene, cost = scene.take(viewed), cost[viewed]
        cost = cost + view_cost(scene, assets, intent.facts, size)
        k = int(cost.argmin())
        if best is None or cost[k] < best[0]:
            blocks = tuple(
                Block(asset, scene.center[k, i], float(scene.heading[k, i])) for i, asset in enumerate(assets)
            )
            plan = Plan(blocks, float(scene.height[k]), float(scene.pitch[k]), intent.setting, size)
            best = (float(cost[k]), plan)
        if best[0] < IMPOSSIBLE:
            break
    assert best is not None
    return best[1]


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

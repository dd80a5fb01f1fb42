"""Picture and instruction in, plan out: read, look, let the model misunderstand, change, take the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_blockworld.catalogue import Asset, resized, variants_of
from genspace_adapter_blockworld.changes import changed, stage
from genspace_adapter_blockworld.framing import Framed
from genspace_adapter_blockworld.instructions import read_instruction
from genspace_adapter_blockworld.intent import Change, Fact
from genspace_adapter_blockworld.looking import look
from genspace_adapter_blockworld.models import MODELS, Model
from genspace_adapter_blockworld.plan import Plan
from genspace_adapter_blockworld.planner import choose, plan_of
from genspace_adapter_blockworld.proposals import Sampler
from genspace_adapter_blockworld.straying import stray_cost, strayed
from genspace_core.errors import InvalidRequest
from genspace_core.interfaces import RGB

Array = NDArray[np.float64]


def _assets(source: Plan, action: Fact, added: str) -> tuple[Asset, ...]:
    """What every block is after the change; the added one is the last."""
    assets = [block.asset for block in source.blocks]
    if action.kind == "add":
        assets.append(variants_of(added)[0])
    if action.kind == "resize":
        old = assets[action.subject]
        if old is not variants_of(old.name)[0]:
            raise InvalidRequest(
                f"blockworld resizes objects of usual size; this {old.name} is {old.variant}"
            )
        assets[action.subject] = resized(old.name, action.value, action.amount)
    return tuple(assets)


def _bound(change: Change, source: Plan) -> tuple[Fact, tuple[Fact, ...]]:
    """The action and the facts of a change, about the source's blocks by position."""
    shown = [block.asset.name for block in source.blocks]
    where = {-1: -1} | {
        i: len(shown) if change.adds(i) else shown.index(name) for i, name in enumerate(change.objects)
    }

    def bound(fact: Fact) -> Fact:
        return replace(fact, subject=where[fact.subject], other=where[fact.other])

    action = bound(change.action)
    facts = tuple(bound(fact) for fact in change.facts)
    if action.kind == "add":  # how the others stand to each other is not for an addition to change
        facts = tuple(fact for fact in facts if action.subject in (fact.subject, fact.other))
    return action, facts


def _edited(source: Plan, change: Change, seed: int, model: Model) -> Plan:
    action, facts = _bound(change, source)
    assets = _assets(source, action, change.objects[change.action.subject] if action.kind == "add" else "")

    def draw(sampler: Sampler) -> tuple[Framed, Array]:
        before = stage(source, action, facts, assets, sampler.count)
        if not model.strays:
            return changed(before, sampler), np.zeros(sampler.count)
        scene = changed(strayed(before, sampler, model.strays), sampler)
        return scene, stray_cost(before, scene)

    if stage(source, action, facts, assets, 1).exact and not model.strays:
        scene, _ = draw(Sampler(np.random.default_rng(seed), 1))
    else:
        scene = choose(draw, assets, facts, seed, source.size)
    return plan_of(scene, assets, source.setting, source.size)


def edit_plan(image: RGB | None, instruction: str, seed: int, model: str = "perfect") -> Plan:
    """The scene that a model makes of a picture; the same arguments always give the same plan.

    Args:
        image: (n, n, 3) sRGB, the source.
        instruction: what to change.
        seed: chooses where the instruction leaves a choice.
        model: a name of `MODELS`.

    Raises:
        InvalidRequest: the instruction cannot be read, or not the picture, or the two do not fit.
    """
    traits = MODELS[model]
    asked = read_instruction(instruction)
    named = tuple(name for i, name in enumerate(asked.objects) if not asked.adds(i))
    source = look(image, named)
    for i, name in enumerate(asked.objects):
        if asked.adds(i) and any(block.asset.name == name for block in source.blocks):
            raise InvalidRequest(f"blockworld adds no second {name}: the picture shows one already")
    return _edited(source, traits.understands_change(asked), seed, traits)

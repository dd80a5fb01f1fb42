"""Which objects a question can physically be asked of. Reasons stand in docs/suite.md.

Lengths are metres; a category's `size` is (length front to back, width left to right, height).
Objects are taken to stand on one floor, upright.
"""

from __future__ import annotations

from collections.abc import Callable
from math import radians, sqrt, tan
from typing import Final

from genspace_core.suite.categories import Category, load_confusable
from genspace_core.suite.edit_templates import EditTemplate
from genspace_core.suite.templates import Rule, Template

CLEARANCE: Final = 0.9
"""The share of an asked-for distance that the objects' own bodies may fill."""

PAIR_FACTOR: Final = 4.0
"""How many times larger one object of a pair may be than the other, so that one picture shows both."""

FARTHEST_PAIR: Final = 8.0
"""How many times the larger object's extent apart a pair may be asked to stand."""

SMALLEST_IN_FRAME: Final = 1 / 15
"""How large an object must be, as a share of its distance from the camera, to be seen well."""

LENS: Final = 60.0
"""Field of view, degrees, into which the near face of an object must fit at the asked-for distance."""

CHANGE: Final = (0.05, 0.40)
"""Least and greatest share of its dimension by which an object may be asked to differ from its twin."""

COMPANION_FACTOR: Final = 2.0
"""As PAIR_FACTOR, of objects that share a picture in which one is added, moved or seen from elsewhere."""

DIMENSIONS: Final = {"length": 0, "width": 1, "height": 2}
"""Targets that are a difference of one dimension, and where it stands in `size`."""


def largest(category: Category) -> float:
    """The largest of the three extents."""
    return max(category.size)


def half_depth(category: Category) -> float:
    """Half the smaller horizontal extent: from the centre to the surface, where the object is slimmest."""
    return min(category.size[:2]) / 2


def share_place(a: Category, b: Category) -> bool:
    """Whether a photo of both is plausible somewhere."""
    return not set(a.places).isdisjoint(b.places)


def told_apart(a: Category, b: Category) -> bool:
    """Whether a detector that looks for both names finds one of each."""
    return frozenset((a.name, b.name)) not in load_confusable()


def can_stand_apart(a: Category, b: Category, distance: float) -> bool:
    """Whether the centres of two objects on one floor can be this far from each other.

    Centres of objects of unequal height are never level, so part of the distance is vertical and
    only the rest of it keeps the bodies from touching.
    """
    rise = (a.size[2] - b.size[2]) / 2
    if abs(rise) >= distance:
        return False
    level = sqrt(distance**2 - rise**2)
    touching = half_depth(a) + half_depth(b)
    return touching <= CLEARANCE * level and distance <= FARTHEST_PAIR * max(largest(a), largest(b))


def can_be_framed(a: Category, distance: float) -> bool:
    """Whether a camera this far from the object's centre is outside it, sees it whole, and sees it well.

    What fills the picture is the face towards the camera, which is nearer than the centre by half the
    depth. One side that fits is enough, end on or broadside: the question leaves the view open.
    """
    length, width, height = a.size
    share = 2 * tan(radians(LENS / 2))
    whole = any(
        max(across, height) <= share * (distance - depth / 2)
        for depth, across in ((length, width), (width, length))
    )
    return whole and SMALLEST_IN_FRAME * distance <= largest(a) <= CLEARANCE * distance


def can_be_resized(a: Category, change: float, dimension: str) -> bool:
    """Whether a twin that differs by `change` metres in this dimension is plausible, and plain to see."""
    return CHANGE[0] <= change / a.size[DIMENSIONS[dimension]] <= CHANGE[1]


def can_step_aside(a: Category, distance: float, step: float) -> bool:
    """Whether an object in the middle of the picture, so far away, is still seen whole a step to the side."""
    length, width, _ = a.size
    share = tan(radians(LENS / 2))
    return any(
        step + across / 2 <= share * (distance - depth / 2)
        for depth, across in ((length, width), (width, length))
    )


def _framed(template: Template, a: Category) -> bool:
    return can_be_framed(a, template.targets["distance"])


def _resized(template: Template | EditTemplate, a: Category) -> bool:
    # A volume ratio is in proportion to the object, so it suits any.
    asked = {name: change for name, change in template.targets.items() if name in DIMENSIONS}
    return all(can_be_resized(a, change, name) for name, change in asked.items())


def _moved(template: EditTemplate, a: Category) -> bool:
    start, end = template.distance
    assert isinstance(start, float)
    step = template.targets["move"]
    after = (start**2 + step**2) ** 0.5 if end == "aside" else float(end)
    return (
        can_be_framed(a, start)
        and can_be_framed(a, after)
        and (end != "aside" or can_step_aside(a, start, step))
    )


def _apart(template: Template, a: Category, b: Category) -> bool:
    return can_stand_apart(a, b, template.targets["distance"])


_ONE: Final[dict[Rule, Callable[[Template, Category], bool]]] = {"framed": _framed, "resized": _resized}
_TWO: Final[dict[Rule, Callable[[Template, Category, Category], bool]]] = {"apart": _apart}


def suits_one(template: Template, a: Category) -> bool:
    """Whether the question can be asked of A, its second object aside."""
    if "A" in template.front and not a.front:
        return False
    return template.rule not in _ONE or _ONE[template.rule](template, a)


def suits_two(template: Template, a: Category, b: Category) -> bool:
    """Whether a question that suits A can be asked of it together with B of another category."""
    if a.name == b.name or not told_apart(a, b):
        return False
    if ("B" in template.front and not b.front) or not share_place(a, b):
        return False
    if max(largest(a), largest(b)) > PAIR_FACTOR * min(largest(a), largest(b)):
        return False
    return template.rule not in _TWO or _TWO[template.rule](template, a, b)


def suits_edit(template: EditTemplate, a: Category) -> bool:
    """Whether an editing question can be asked of A (of a layout: of its anchor), other objects aside."""
    if ("A" in template.front or template.objects == "layout") and not a.front:
        return False
    if template.rule == "moved":
        return _moved(template, a)
    return template.rule != "resized" or _resized(template, a)


def suits_beside(template: EditTemplate, a: Category, b: Category) -> bool:
    """Whether B can share the picture with A: added to it, as its bystander, or in its layout."""
    if a.name == b.name or not told_apart(a, b) or not share_place(a, b):
        return False
    if "B" in template.front and not b.front:
        return False
    if max(largest(a), largest(b)) > COMPANION_FACTOR * min(largest(a), largest(b)):
        return False
    return template.rule != "moved" or _moved(template, b)

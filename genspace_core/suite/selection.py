"""Smaller, still balanced parts of a suite."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from genspace_core.errors import InputError
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.subdomains import TEMPLATE_COUNT, TEMPLATES_PER_SUB_DOMAIN
from genspace_core.types import Suite

# Moves the choice of slots on from one template to the next, so that a small part of the suite
# does not ask every question about the same few categories.
_TURN = 21


def subset(
    suite: Suite,
    *,
    limit: int | None = None,
    per_template: int | None = None,
    templates: Collection[int] | None = None,
) -> Suite:
    """A part of a suite, the same for the same request, in the suite's order.

    A larger `limit`, or a larger `per_template`, always includes the smaller one's samples, so a
    run that was tried small can be grown. Both together: `per_template` first.

    Args:
        suite: what to choose from.
        limit: at most so many samples, taken in turn from all templates; the first nine cover
            the nine sub-domains.
        per_template: at most so many of each template, evenly spaced over its slots.
        templates: only these template numbers.

    Returns:
        The suite itself where nothing is left out; else one of the same name and version with
        the digest of what it holds.

    Raises:
        InputError: a number makes no sense, or nothing is left.
    """
    _check("--limit", limit)
    _check("--per-template", per_template)
    unknown = sorted(t for t in templates or () if not 0 <= t < TEMPLATE_COUNT)
    if unknown:
        raise InputError(f"template {unknown[0]} is unknown; templates are 0-{TEMPLATE_COUNT - 1}")

    groups: dict[tuple[str, int], list[int]] = {}
    for position, sample in enumerate(suite.samples):
        if templates is None or sample.template in templates:
            groups.setdefault((sample.task, sample.template), []).append(position)
    if not groups:
        raise InputError(f'suite "{suite.name}" has no sample of template {_named(templates)}')
    turns = [_in_turn(groups[key], key[1])[:per_template] for key in sorted(groups, key=_one_of_each_first)]
    rounds = [turn[k] for k in range(max(map(len, turns))) for turn in turns if k < len(turn)]
    chosen = sorted(rounds[:limit])
    if len(chosen) == len(suite):
        return suite
    return make_suite(suite.name, suite.version, [suite.samples[k] for k in chosen], suite.root)


def _check(option: str, number: int | None) -> None:
    if number is not None and number < 1:
        raise InputError(f"{option} {number} makes no sense; give 1 or more")


def _named(templates: Collection[int] | None) -> str:
    return ", ".join(map(str, sorted(templates or ()))) or "any number"


def _one_of_each_first(key: tuple[str, int]) -> tuple[int, int, str]:
    """Sorts templates 0, 4, 8, ... 32 (one of each sub-domain) before 1, 5, 9, ... and so on."""
    task, template = key
    return template % TEMPLATES_PER_SUB_DOMAIN, template, task


def _in_turn(positions: Sequence[int], template: int) -> list[int]:
    """All positions, ordered so that every beginning is spread evenly over them.

    Halves of the range take turns, and so do their halves (van der Corput's sequence), so the
    gaps between those chosen differ by no more than a factor of about two.
    """
    count = len(positions)
    bits = count.bit_length()
    mirrored = (int(f"{k:0{bits}b}"[::-1], 2) for k in range(2**bits))
    ordered = dict.fromkeys(place * count >> bits for place in mirrored)
    return [positions[(k + _TURN * template) % count] for k in ordered]

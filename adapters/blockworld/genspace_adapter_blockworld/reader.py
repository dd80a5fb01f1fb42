"""Reads a prompt: English in, intent out. Knows the clauses of data/phrases.toml and nothing else."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from genspace_adapter_blockworld.clauses import known_name, load_phrases, read_sentence, sentences_of
from genspace_adapter_blockworld.intent import Fact, Intent
from genspace_core import load_categories
from genspace_core.errors import InvalidRequest

PHRASES: Final = "phrases.toml"

_ONE = re.compile(
    r"a photo of (?:one|an?) (?P<a>.+?)(?:(?:, (?:one|an?) (?P<b>.+?))? and (?:one|an?) (?P<c>.+?))? "
    r"(?P<setting>(?:on|in|at) .+)",
    re.I,
)
_TWO = re.compile(
    r"a photo of two (?P<plural>.+?) (?P<setting>(?:on|in|at) .+?), "
    r"one on the left and one on the right from the camera's point of view",
    re.I,
)


@cache
def _plurals() -> dict[str, str]:
    return {c.plural: c.name for c in load_categories()}


def _opening(sentence: str) -> tuple[tuple[str, ...], str]:
    if two := _TWO.fullmatch(sentence):
        name = known_name(two["plural"], _plurals())
        return (name, name), two["setting"]
    if one := _ONE.fullmatch(sentence):
        return tuple(known_name(one[hole]) for hole in "abc" if one[hole]), one["setting"]
    raise InvalidRequest(f"blockworld cannot read {sentence!r}: a prompt starts with 'A photo of one ...'")


def _twins(objects: tuple[str, ...]) -> tuple[Fact, ...]:
    return (Fact("left_of", 0, 1),) if len(set(objects)) < len(objects) else ()


def read(prompt: str) -> Intent:
    """What `prompt` asks for.

    Raises:
        InvalidRequest: names the words that could not be read.
    """
    opening, *sentences = sentences_of(prompt)
    objects, setting = _opening(opening)
    facts = list(_twins(objects))
    for sentence in sentences:
        facts += read_sentence(sentence, objects, load_phrases(PHRASES))
    return Intent(objects, setting, tuple(dict.fromkeys(facts)))

"""Reads an editing instruction: English in, one change and what must hold after it out.

Knows the clauses of data/instructions.toml, and those of data/phrases.toml to say how the picture looks then.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, get_args

from genspace_adapter_blockworld.clauses import (
    known_name,
    load_phrases,
    name_pattern,
    read_sentence,
    sentences_of,
)
from genspace_adapter_blockworld.intent import Change, ChangeKind, Fact
from genspace_adapter_blockworld.reader import PHRASES
from genspace_core.errors import InvalidRequest

INSTRUCTIONS: Final = "instructions.toml"


@cache
def _mention() -> re.Pattern[str]:
    return re.compile(rf"\b(?:the|one|an?) ({name_pattern()})\b", re.I)


def read_instruction(text: str) -> Change:
    """What `text` asks to change.

    Raises:
        InvalidRequest: names the words that could not be read, or it asks for no change or for several.
    """
    sentences = sentences_of(text)
    objects = tuple(dict.fromkeys(known_name(name) for name in _mention().findall(text)))
    facts: dict[Fact, None] = {}
    for sentence in sentences:
        facts |= dict.fromkeys(read_sentence(sentence, objects, load_phrases(INSTRUCTIONS, PHRASES)))
    actions = [fact for fact in facts if fact.kind in get_args(ChangeKind)]
    if len(actions) != 1:
        count = "no change" if not actions else "several changes at once"
        raise InvalidRequest(f"blockworld cannot read {text!r}: it asks for {count}")
    return Change(objects, actions[0], tuple(fact for fact in facts if fact not in actions))

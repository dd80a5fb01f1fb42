"""Reads sentences by tables of clauses: English in, facts out. Prompts and instructions share it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from genspace_adapter_blockworld.intent import Fact
from genspace_core import load_categories
from genspace_core.errors import InvalidRequest

_FRAME = re.compile(r"from (?:the (?P<who>.+)'s own|(?P<camera>the camera's)) point of view", re.I)
_SENTENCE_END = re.compile(r"\.(?:\s+|$)")
_CLAUSE_END = re.compile(r"\s*[,:;]\s*(?:and |so )?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A row of a phrase table, ready to match."""

    pattern: re.Pattern[str]
    says: tuple[dict[str, str | int], ...]
    frame: str
    scale: float


@dataclass(frozen=True, slots=True)
class Phrases:
    """Clauses, the first that matches counts, and what their <side> words mean."""

    clauses: tuple[Clause, ...]
    sides: dict[str, str]


@cache
def name_pattern() -> str:
    """Regular expression of any category's name; of two that start alike, the longer."""
    return "|".join(sorted((re.escape(c.name) for c in load_categories()), key=len, reverse=True))


def _compiled(read: str) -> re.Pattern[str]:
    names = name_pattern()
    holes = {"X": f"the (?P<X>{names})", "N": r"(?P<N>\d+(?:\.\d+)?)"}
    # The first Y or C names a group; where it comes again it must be the same word.
    parts: list[str] = []
    seen: set[str] = set()
    for part in re.split(r"\b([XYCN])\b", read):
        if part in ("Y", "C"):
            word = f"(?P={part})" if part in seen else f"(?P<{part}>{names})"
            parts.append(f"the {word}" if part == "Y" else word)
            seen.add(part)
        else:
            parts.append(holes.get(part, part))
    return re.compile("".join(parts), re.I)


@cache
def load_phrases(*tables: str) -> Phrases:
    """The clauses of these files of data/, in order."""
    clauses: list[Clause] = []
    sides: dict[str, str] = {}
    for name in tables:
        text = files("genspace_adapter_blockworld").joinpath(f"data/{name}").read_text("utf-8")
        table = tomllib.loads(text)
        sides |= table["side"]
        for row in table["clause"]:
            says = tuple(row.get("says", ()))
            clauses.append(Clause(_compiled(row["read"]), says, row.get("frame", ""), row.get("scale", 1.0)))
    return Phrases(tuple(clauses), sides)


@cache
def _names() -> dict[str, str]:
    return {c.name: c.name for c in load_categories()}


def known_name(word: str, table: dict[str, str] | None = None) -> str:
    """The category that a word names, in `table` (word to category) or by its name.

    Raises:
        InvalidRequest: it names none.
    """
    table = _names() if table is None else table
    if word.lower() not in table:
        raise InvalidRequest(f"blockworld cannot read {word!r}: it is not one of the benchmark's objects")
    return table[word.lower()]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, without their full stops; case and spaces do not matter.

    Raises:
        InvalidRequest: there are none.
    """
    sentences = [s for s in _SENTENCE_END.split(" ".join(text.split())) if s]
    if not sentences:
        raise InvalidRequest("blockworld cannot read an empty prompt")
    return sentences


def _place(word: str, objects: tuple[str, ...], text: str) -> int:
    """Which of the photo's objects a clause names."""
    name = known_name(word)
    if name not in objects:
        raise InvalidRequest(f"blockworld cannot read {text!r}: the photo has no {name}")
    return objects.index(name)


def _says(
    clause: Clause, match: re.Match[str], objects: tuple[str, ...], frame: str, sides: dict[str, str]
) -> Iterator[Fact]:
    found = match.groupdict()
    named = (found.get("Y") or found.get("X") or "").lower()  # whose left, front, ... the clause speaks of
    if clause.frame == "object" and frame != named:
        raise InvalidRequest(f"blockworld cannot read {match[0]!r} from the point of view of the {frame}")
    side = sides[found["side"].lower()] if found.get("side") else ""
    amount = float(found["N"]) * clause.scale if found.get("N") else 0.0
    where = {hole: _place(found[hole], objects, match[0]) for hole in "XYC" if found.get(hole)}
    for fact in clause.says:
        other = fact.get("other", -1)
        subject = fact.get("subject", -1)
        everyone = range(len(objects)) if subject == "all" else [where.get(str(subject), subject)]
        for who in everyone:
            yield Fact(
                kind=fact["kind"],  # type: ignore[arg-type]  # the table's words are checked by the tests
                subject=int(who),
                other=int(where.get(str(other), other)),
                value=str(fact.get("value", side)),
                amount=amount,
            )


def read_sentence(sentence: str, objects: tuple[str, ...], phrases: Phrases) -> Iterator[Fact]:
    """What a sentence says of `objects`.

    Raises:
        InvalidRequest: names the words that could not be read.
    """
    frame = ""
    for text in _CLAUSE_END.split(sentence):
        if point := _FRAME.fullmatch(text):
            frame = "camera" if point["camera"] else known_name(point["who"])
            continue
        for clause in phrases.clauses:
            match = clause.pattern.fullmatch(text)
            if match and clause.frame in ("", frame if frame in ("", "camera") else "object"):
                yield from _says(clause, match, objects, frame, phrases.sides)
                break
        else:
            raise InvalidRequest(f"blockworld cannot read {text!r}")

"""Reads a prompt: English in, intent out. Knows the clauses of data/phrases.toml and nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from genspace_adapter_blockworld.intent import Fact, Intent
from genspace_core import load_categories
from genspace_core.errors import InvalidRequest

_ONE = re.compile(
    r"a photo of (?:one|an?) (?P<a>.+?)(?: and (?:one|an?) (?P<b>.+?))? (?P<setting>(?:on|in|at) .+)", re.I
)
_TWO = re.compile(
    r"a photo of two (?P<plural>.+?) (?P<setting>(?:on|in|at) .+?), "
    r"one on the left and one on the right from the camera's point of view",
    re.I,
)
_FRAME = re.compile(r"from (?:the (?P<who>.+)'s own|(?P<camera>the camera's)) point of view", re.I)
_SENTENCE_END = re.compile(r"\.(?:\s+|$)")
_CLAUSE_END = re.compile(r"\s*[,:;]\s*(?:and |so )?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A row of the phrase table, ready to match."""

    pattern: re.Pattern[str]
    says: tuple[dict[str, str | int], ...]
    frame: str
    scale: float


@cache
def _phrases() -> tuple[tuple[Clause, ...], dict[str, str]]:
    text = files("genspace_adapter_blockworld").joinpath("data/phrases.toml").read_text("utf-8")
    table = tomllib.loads(text)
    names = "|".join(sorted((re.escape(c.name) for c in load_categories()), key=len, reverse=True))
    holes = {"X": f"the (?P<X>{names})", "N": r"(?P<N>\d+(?:\.\d+)?)"}

    def compiled(read: str) -> re.Pattern[str]:
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

    clauses = tuple(
        Clause(compiled(row["read"]), tuple(row.get("says", ())), row.get("frame", ""), row.get("scale", 1.0))
        for row in table["clause"]
    )
    return clauses, table["side"]


@cache
def _names() -> dict[str, str]:
    return {c.name: c.name for c in load_categories()}


@cache
def _plurals() -> dict[str, str]:
    return {c.plural: c.name for c in load_categories()}


def _known(word: str, table: dict[str, str]) -> str:
    if word.lower() not in table:
        raise InvalidRequest(f"blockworld cannot read {word!r}: it is not one of the benchmark's objects")
    return table[word.lower()]


def _opening(sentence: str) -> tuple[tuple[str, ...], str]:
    if two := _TWO.fullmatch(sentence):
        name = _known(two["plural"], _plurals())
        return (name, name), two["setting"]
    if one := _ONE.fullmatch(sentence):
        return tuple(_known(one[hole], _names()) for hole in "ab" if one[hole]), one["setting"]
    raise InvalidRequest(f"blockworld cannot read {sentence!r}: a prompt starts with 'A photo of one ...'")


def _place(word: str, objects: tuple[str, ...], text: str) -> int:
    """Which of the photo's objects a clause names."""
    name = _known(word, _names())
    if name not in objects:
        raise InvalidRequest(f"blockworld cannot read {text!r}: the photo has no {name}")
    return objects.index(name)


def _says(clause: Clause, match: re.Match[str], objects: tuple[str, ...], frame: str) -> Iterator[Fact]:
    found = match.groupdict()
    where = {hole: _place(found[hole], objects, match[0]) for hole in "XY" if found.get(hole)}
    named = (found.get("Y") or found.get("X") or "").lower()  # whose left, front, ... the clause speaks of
    if clause.frame == "object" and frame != named:
        raise InvalidRequest(f"blockworld cannot read {match[0]!r} from the point of view of the {frame}")
    side = _phrases()[1][found["side"].lower()] if found.get("side") else ""
    amount = float(found["N"]) * clause.scale if found.get("N") else 0.0
    for fact in clause.says:
        other = fact.get("other", -1)
        subject = fact["subject"]
        everyone = range(len(objects)) if subject == "all" else [where.get(str(subject), subject)]
        for who in everyone:
            yield Fact(
                kind=fact["kind"],  # type: ignore[arg-type]  # the table's words are checked by the tests
                subject=int(who),
                other=int(where.get(str(other), other)),
                value=str(fact.get("value", side)),
                amount=amount,
            )


def _sentence(sentence: str, objects: tuple[str, ...]) -> Iterator[Fact]:
    frame = ""
    for text in _CLAUSE_END.split(sentence):
        if point := _FRAME.fullmatch(text):
            frame = "camera" if point["camera"] else _known(point["who"], _names())
            continue
        for clause in _phrases()[0]:
            match = clause.pattern.fullmatch(text)
            if match and clause.frame in ("", frame if frame in ("", "camera") else "object"):
                yield from _says(clause, match, objects, frame)
                break
        else:
            raise InvalidRequest(f"blockworld cannot read {text!r}")


def _twins(objects: tuple[str, ...]) -> tuple[Fact, ...]:
    return (Fact("left_of", 0, 1),) if len(set(objects)) < len(objects) else ()


def read(prompt: str) -> Intent:
    """What `prompt` asks for.

    Raises:
        InvalidRequest: names the words that could not be read.
    """
    sentences = [s for s in _SENTENCE_END.split(" ".join(prompt.split())) if s]
    if not sentences:
        raise InvalidRequest("blockworld cannot read an empty prompt")
    objects, setting = _opening(sentences[0])
    facts = list(_twins(objects))
    for sentence in sentences[1:]:
        facts += _sentence(sentence, objects)
    return Intent(objects, setting, tuple(dict.fromkeys(facts)))

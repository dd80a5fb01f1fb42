"""What of a configuration goes into content keys, and that it is the same in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, RootModel

from genspace_core.identity import misplaced_marks
from genspace_core.interfaces import Generator, NotIdentity, PluginConfig, PluginSpec
from genspace_core.plugins.fixes import InvalidPluginError
from genspace_core.plugins.groups import GROUPS
from genspace_core.plugins.registry import _checked


class Size(BaseModel):
    width: int = 512
    device: Annotated[str, NotIdentity()] = "cpu"


class Crop(BaseModel):
    width: int = 512


class Words(RootModel[frozenset[str]]):
    pass


@dataclass
class Box:
    labels: frozenset[str]


SETS = """
from typing import Any
from dataclasses import dataclass
from pydantic import Field, RootModel
from genspace_core.interfaces import PluginConfig
class Words(RootModel[frozenset[str]]):
    pass
@dataclass
class Box:
    labels: frozenset[str]
class Config(PluginConfig):
    avoid: frozenset[str]
    groups: frozenset[frozenset[str]]
    by_name: dict[str, set[str]]
    words: Words
    box: Box
    anything: Any
import json
some = ["one", "two", "three", "four", "five"]
config = Config(
    avoid=some, groups=[some, some[:3]], by_name={"a": some}, words=some, box={"labels": some},
    anything=frozenset(some),
)
print(json.dumps(config.identity()))
"""


def test_sets_are_written_alike_in_every_process() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", SETS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(told) == 1
    identity = json.loads(told.pop())
    words = ["five", "four", "one", "three", "two"]
    assert identity["avoid"] == identity["words"] == identity["anything"] == words
    assert identity["groups"] == [words, ["one", "three", "two"]]
    assert identity["box"] == {"labels": words}


def test_a_new_option_changes_no_key() -> None:
    class Before(PluginConfig):
        steps: int = 4
        size: Size = Size()

    class After(Before):
        guidance: float = 7
        avoid: tuple[str, ...] = ()
        crop: Crop | None = None
        more: list[int] = Field(default_factory=list)

    for given in ({}, {"steps": 9}, {"size": {"width": 64}}):
        assert After(**given).identity() == Before(**given).identity()
    assert Before(steps=9, size=Size(width=64)).identity() == {"steps": 9, "size": {"width": 64}}


def test_a_default_said_aloud_is_still_the_default() -> None:
    class Config(PluginConfig):
        guidance: float = 7
        words: tuple[str, ...] = []  # type: ignore[assignment]
        size: Size = Field(default_factory=Size)

    assert Config.model_validate({"guidance": 7, "words": [], "size": {"width": 512}}).identity() == {}


def test_what_is_not_identity_is_left_out_at_any_depth() -> None:
    class Config(PluginConfig):
        size: Size = Size(width=1)
        sizes: list[Size] = []  # noqa: RUF012

    fast = Config.model_validate({"size": {"width": 2, "device": "cuda"}, "sizes": [{"device": "cuda"}]})
    assert fast.identity() == {"size": {"width": 2}, "sizes": [{}]}
    assert Config(size=Size(width=1, device="cuda")).identity() == {}


def test_different_configurations_keep_different_identities() -> None:
    class Config(PluginConfig):
        either: Size | Crop | None = None
        amount: int | float = 1
        on: bool | float = 1.0
        now: int = Field(default_factory=lambda: 5)

    told: list[dict[str, Any]] = [
        Config(**given).identity()
        for given in (
            {},
            {"either": Size()},
            {"either": Crop()},
            {"amount": 1.0},
            {"on": True},
            {"now": 6},
        )
    ]
    assert len({json.dumps(one, sort_keys=True) for one in told}) == len(told)
    assert told[0] == {"now": 5}  # a function may answer otherwise tomorrow, so its answer is kept


def test_a_mark_without_effect_is_an_error() -> None:
    class Inner(PluginConfig):
        bare: Annotated[int, NotIdentity] = 1

    class Config(PluginConfig):
        good: Annotated[str | None, NotIdentity()] = None
        part: Annotated[str, NotIdentity()] | None = None
        inner: list[Inner] = []  # noqa: RUF012

    assert misplaced_marks(Config, NotIdentity) == ["part", "inner.bare"]
    with pytest.raises(InvalidPluginError, match=r"marks bare in a way .*NotIdentity\(\)\], with paren"):
        _checked(PluginSpec(interface=Generator, factory="a:b", config=Inner), GROUPS["generators"])

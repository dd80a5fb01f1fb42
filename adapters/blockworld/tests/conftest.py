"""Prompts of all 36 templates with easy and hard objects, and what is drawn for them (once a session)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import cv2
import numpy as np
import pytest

from genspace_adapter_blockworld.fiducial import Fiducial
from genspace_adapter_blockworld.generator import build
from genspace_adapter_blockworld.plan import Plan
from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.plugin import BlockworldConfig
from genspace_adapter_blockworld.renderer import draw
from genspace_core import load_categories
from genspace_core.images import decode_image
from genspace_core.interfaces import GenerationRequest
from genspace_core.run.identity import picture_seed
from genspace_core.suite.build_edit import EditQuestion, build_edit_questions
from genspace_core.types import Scene

SINGLES = ("clock", "train", "man")
PAIRS = (("giraffe", "horse"), ("train", "bus"), ("laptop", "cat"))
HARD_PAIRS = (("airplane", "truck"), ("woman", "car"), ("clock", "tv"))
APART = {
    20: (("cat", "laptop"), ("clock", "backpack"), ("vase", "rabbit")),
    21: (("man", "dog"), ("bicycle", "man"), ("chair", "desk")),
    22: (("horse", "cow"), ("couch", "armchair"), ("pig", "wheelchair")),
    23: (("giraffe", "horse"), ("car", "horse"), ("van", "cow")),
}
FRAMED = {
    24: ("barrel", "chair", "vase"),
    25: ("refrigerator", "man", "clock"),
    26: ("horse", "bed", "laptop"),
    27: ("bird", "bear", "microwave"),
}
RESIZED = {
    28: ("couch", "cat", "bus"),
    29: ("man", "refrigerator", "horse"),
    30: ("car", "horse", "bed"),
    31: ("couch", "elephant", "desk"),
}
SETTINGS = (
    "on a lawn",
    "in a car park",
    "on a wooden floor",
    "on a runway",
    "on a tiled floor",
    "on a snowy field",
)


@dataclass(frozen=True)
class Case:
    template: int
    prompt: str
    names: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class Picture:
    """What a model draws, once it is looked at."""

    case: Case
    model: str

    @cached_property
    def plan(self) -> Plan:
        return plan_scene(self.case.prompt, self.case.seed, self.model)

    @cached_property
    def png(self) -> bytes:
        request = GenerationRequest(task="t2i", prompt=self.case.prompt, seed=self.case.seed)
        return build(BlockworldConfig(model=self.model)).generate(request).data

    def decoded(self, jpeg: int | None = None) -> np.ndarray:
        bgr = cv2.imdecode(np.frombuffer(self.png, np.uint8), cv2.IMREAD_COLOR)
        if jpeg is not None:
            bgr = cv2.imdecode(
                cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1], cv2.IMREAD_COLOR
            )
        return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def _suite_table() -> dict:
    return tomllib.loads(files("genspace_core.suite").joinpath("data/templates_t2i.toml").read_text("utf-8"))


def write_prompt(template: int, a: str, b: str | None, setting: str) -> str:
    """The prompt of a template about A (and B), as the suite writes it."""
    table = _suite_table()
    row = next(r for r in table["template"] if r["number"] == template)
    plural = {c.name: c.plural for c in load_categories()}[a]
    text = f"{table['opening'][row.get('second', '')]} {row['text']}"
    return text.format(A=a, As=plural, B=b, setting=setting)


def _objects(template: int, pairs: tuple) -> tuple[tuple[str, ...], ...]:
    if template < 8:
        return tuple((name,) for name in SINGLES)
    if template in APART:
        return APART[template]
    if template in FRAMED:
        return tuple((name,) for name in FRAMED[template])
    if template in RESIZED:
        return tuple((name, name) for name in RESIZED[template])
    return pairs


def make_cases(pairs: tuple = PAIRS) -> list[Case]:
    cases = []
    for template in range(36):
        for k, names in enumerate(_objects(template, pairs)):
            setting = SETTINGS[(template + k) % len(SETTINGS)]
            prompt = write_prompt(template, names[0], names[-1], setting)
            cases.append(Case(template, prompt, names, seed=1000 * template + k))
    return cases


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """108: three for each template."""
    return make_cases()


@pytest.fixture(scope="session")
def hard_cases() -> list[Case]:
    """The templates about two objects, with pairs that hide each other."""
    return [case for case in make_cases(HARD_PAIRS) if case.names in HARD_PAIRS]


@pytest.fixture(scope="session")
def prompt_of():
    return write_prompt


@pytest.fixture(scope="session")
def draw_case():
    """Draws a case as a model does: the picture's bytes with the plan behind them."""

    def drawn(case: Case, model: str = "perfect") -> Picture:
        return Picture(case, model)

    return drawn


@pytest.fixture(scope="session")
def pictures(cases, draw_case) -> list[Picture]:
    return [draw_case(case) for case in cases]


@dataclass(frozen=True)
class Edit:
    """A question of the editing suite with its source: pixels, and the scene they were drawn from or show.

    Each is made when it is first looked at.
    """

    question: EditQuestion
    seed: int

    @cached_property
    def plan(self) -> Plan:
        return plan_scene(self.question.source.prompt, self.seed)

    @cached_property
    def image(self) -> np.ndarray:
        return draw(self.plan)

    @cached_property
    def before(self) -> Scene:
        return Fiducial().reconstruct(self.image, self.question.source.objects)

    @property
    def template(self) -> int:
        return self.question.sample.template

    @property
    def names(self) -> tuple[str, ...]:
        """All that the edited picture shows."""
        return (*self.question.sample.objects, *self.question.sample.bystanders)

    def request(self, image: np.ndarray | None = None) -> GenerationRequest:
        source = self.image if image is None else image
        return GenerationRequest(
            task="edit", prompt=self.question.sample.prompt, seed=self.seed, source=source
        )

    def made_by(self, model: str, image: np.ndarray | None = None) -> np.ndarray:
        """The picture that a model makes of the source, (n, n, 3)."""
        return decode_image(build(BlockworldConfig(model=model)).generate(self.request(image)).data, "edit")


EDIT_SLOTS = (3, 28)
"""Of every template; an even one about two objects where there may be three, and an odd one about three."""


@pytest.fixture(scope="session")
def edits() -> list[Edit]:
    """72: two for each of the 36 editing questions."""
    return [
        Edit(question, picture_seed(7, question.sample.id, 0))
        for question in build_edit_questions()
        if int(question.sample.id.rsplit("/", 1)[1]) in EDIT_SLOTS
    ]


@pytest.fixture(scope="session")
def case_of():
    """Makes a `Case` of a prompt that is not one of the templates' own here."""
    return Case

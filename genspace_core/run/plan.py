"""What a command asks for, and how much of it is there already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genspace_core.errors import InputError
from genspace_core.identity import content_key
from genspace_core.images import decode_image, image_digest, read_bytes
from genspace_core.interfaces import Capabilities
from genspace_core.plugins.config import Resolved
from genspace_core.run.identity import (
    names_key,
    picture_key,
    picture_seed,
    question_key,
)
from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.layout import IMAGES
from genspace_core.run.records import PictureRow, PlanRow, ProgressRow
from genspace_core.run.slips import open_slips
from genspace_core.run.spending import Calls, Prices, total
from genspace_core.run.store import Store
from genspace_core.types import GenerationOutcome, ReconstructionOutcome, Sample

MISSING = "missing"
"""In the place of a source's digest where there is no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec(JudgeSpec):
    """One run: generator x suite x reconstructor x metrics, in `directory`.

    `pictures` are those that somebody has already, by sample id and then image index: no generator is
    called, and the files stay where they are. `price` is what the user says that one costs.
    """

    generator: Resolved
    seed: int = 0
    images_per_prompt: int = 1
    pictures: Mapping[str, tuple[Path, ...]] | None = None
    price: float | None = None

    @property
    def prices(self) -> Prices:
        """What one picture costs."""
        return Prices.of(self.capabilities, self.price)

    @property
    def capabilities(self) -> Capabilities:
        """What the generator can do."""
        return self.generator.capabilities

    def seed_of(self, sample_id: str, image_index: int) -> int:
        """The seed of one picture."""
        return picture_seed(self.seed, sample_id, image_index)

    def count_of(self, sample_id: str) -> int:
        """How many pictures there are of a sample."""
        return self.images_per_prompt if self.pictures is None else len(self.pictures.get(sample_id, ()))

    def given(self, sample_id: str, image_index: int) -> Path | None:
        """The picture that is there already; None where it is to be made."""
        return None if self.pictures is None else self.pictures[sample_id][image_index]

    def rows(self) -> Iterator[PlanRow]:
        """Every picture asked for, in suite order."""
        identity = self.generator.identity()
        for sample in self.suite:
            source = source_digest(self.source_of(sample), sample.source_sha256)
            names, question = names_key(sample), question_key(sample, source)
            for index in range(self.count_of(sample.id)):
                seed = self.seed_of(sample.id, index)
                given = self.given(sample.id, index)
                yield PlanRow(
                    sample=sample.id,
                    image_index=index,
                    picture=given_key(given) if given else picture_key(identity, sample, seed, source),
                    names=names,
                    question=question,
                    source=source,
                )


def source_digest(source: Path | None, frozen: str | None) -> str | None:
    """The sha256 of a source picture: as its suite says, or else of the file; "missing" without one.

    A frozen digest is taken at its word, so that planning need not read every picture; whoever reads
    one compares.
    """
    if source is None or frozen is not None:
        return frozen
    try:
        return image_digest(read_bytes(source))
    except InputError:
        return MISSING


def check_spec(spec: RunSpec) -> None:
    """Refuse what cannot succeed, before anything is made or paid for.

    Raises:
        InputError: the suite asks for what the generator, or a run, cannot do.
    """
    tasks = {sample.task for sample in spec.suite}
    sources = [source for sample in spec.suite if (source := spec.source_of(sample)) is not None]
    if sources and not any(source.is_file() for source in sources):
        where = f"{spec.suite.root} has none of its {len(sources)}" if spec.suite.root else "it has no"
        raise InputError(
            f"suite {spec.suite.name}: {where} source pictures; make them with: genspace suite build-edit "
            "--generator NAME --out DIR, then run with --suite DIR"
        )
    if unable := tasks - spec.capabilities.tasks:
        raise InputError(
            f"generator {spec.generator.name} cannot do {', '.join(sorted(unable))}, which suite "
            f"{spec.suite.name} asks for; it does {', '.join(sorted(spec.capabilities.tasks)) or 'nothing'}: "
            "choose another suite or generator"
        )


def picture_stem(sample: Sample | str, image_index: int, key: str) -> str:
    """File of a picture without its suffix, relative to the run directory: readable, and unique by key."""
    name = sample if isinstance(sample, str) else sample.id
    return f"{IMAGES}/{name}-{image_index}.{key[:12]}"


@dataclass(frozen=True, slots=True)
class Todo:
    """The work that is left, counted from the journal.

    `judgements` are pictures whose scene is to be rebuilt or scored; `opinions` are scores of judges, which
    are part of `scores`. `ordered` pictures are to be collected, of those to make: they are paid for. `cost`
    is what the calls to vendors cost as a rule, `most` the most they can if none has to be made twice, None
    where a price is not known; `seconds` what they take at the limits that are known.
    """

    pictures: int
    pictures_done: int
    sources: int
    scenes: int
    scenes_done: int
    scores: int
    scores_done: int
    judgements: int
    judgements_done: int = 0
    opinions: int = 0
    opinions_done: int = 0
    cost: float | None = None
    most: float | None = None
    seconds: float | None = None
    ordered: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is left."""
        return bool(self.pictures or self.scenes or self.scores)

    def describe(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "pictures": {"to_make": self.pictures, "ordered": self.ordered, "done": self.pictures_done},
            "sources": {"to_rebuild": self.sources},
            "scenes": {"to_rebuild": self.scenes, "done": self.scenes_done},
            "scores": {"to_compute": self.scores, "done": self.scores_done},
            "opinions": {"to_ask_for": self.opinions, "done": self.opinions_done},
            "cost_usd": self.cost,
            "most_cost_usd": self.most,
            "seconds_of_calls": self.seconds,
        }


def needs_picture(row: ProgressRow) -> bool:
    """Whether the picture is still to be made. A failure is tried again unless it is final."""
    return row.generation is None or (row.generation == GenerationOutcome.FAILED and not row.final)


def needs_scene(row: ProgressRow) -> bool:
    """Whether the scene is still to be rebuilt. A failed reconstruction is tried again."""
    return row.reconstruction is None or row.reconstruction == ReconstructionOutcome.FAILED


def lacks_source(row: ProgressRow) -> bool:
    """Whether the source of an edit is still to be rebuilt. A failed reconstruction is tried again."""
    return row.source is not None and row.before in (None, ReconstructionOutcome.FAILED)


def missing_scores(store: Store, row: ProgressRow, metrics: Sequence[str]) -> list[str]:
    """Keys of the metrics that have not judged this picture's scene."""
    if not metrics:
        return []
    if row.scene_id is None:
        return list(metrics)
    found = store.scores(row.scene_id, row.question, metrics)
    return [key for key in metrics if key not in found]


def count_todo(store: Store, spec: RunSpec) -> Todo:
    """Count what is left of a run whose plan is in the journal."""
    todo, asked = _count(store, spec, making=True)
    calls = [Calls.of(spec.capabilities, todo.pictures - todo.ordered, spec.price)]
    return _priced(todo, [*calls, *_judge_calls(spec, asked)])


def count_judging(store: Store, spec: JudgeSpec) -> Todo:
    """Count what is left to judge of the pictures that are there; none is to be made."""
    todo, asked = _count(store, spec, making=False)
    return _priced(todo, _judge_calls(spec, asked))


def _judge_calls(spec: JudgeSpec, asked: Mapping[str, int]) -> list[Calls]:
    return [Calls.of(judge.capabilities, asked[spec.metric_keys[judge.name]]) for judge in spec.judges]


def _priced(todo: Todo, calls: Sequence[Calls]) -> Todo:
    needed = [each for each in calls if each.count]
    return replace(
        todo,
        cost=total(each.prices.usual and each.prices.usual * each.count for each in needed),
        most=total(each.prices.most and each.prices.most * each.count for each in needed),
        seconds=total(each.seconds for each in needed if each.remote),
    )


def _count(store: Store, spec: JudgeSpec, *, making: bool) -> tuple[Todo, dict[str, int]]:
    """What is left, its cost aside; and how many pictures each judge has not seen, by the metric's key."""
    keys = [spec.metric_keys[metric.name] for metric in spec.scene_metrics]
    asked = {spec.metric_keys[judge.name]: 0 for judge in spec.judges}
    waiting = {slip.key for slip in open_slips(spec.directory) if making and slip.job() is not None}
    ordered = pictures = pictures_done = scenes = scenes_done = 0
    scores = scores_done = judgements = judgements_done = opinions_done = 0
    sources: set[object] = set()
    for row in store.progress(spec.reconstructor_key):
        to_make = making and needs_picture(row)
        pictures, pictures_done = pictures + to_make, pictures_done + (not to_make)
        ordered += to_make and row.picture in waiting
        if not to_make and row.generation != GenerationOutcome.OK:
            continue
        to_rebuild = spec.needs_scenes and (to_make or needs_scene(row))
        missing = len(keys) if to_rebuild else len(missing_scores(store, row, keys))
        seen = {} if to_make else store.opinions(row.digest, row.question, list(asked))
        for key in asked.keys() - seen.keys():
            asked[key] += 1
        unseen = len(asked) - len(seen)
        scenes, scenes_done = scenes + to_rebuild, scenes_done + (spec.needs_scenes and not to_rebuild)
        scores += missing + unseen
        scores_done += len(keys) + len(asked) - missing - unseen
        judgements += to_rebuild or missing > 0
        judgements_done += spec.needs_scenes and not (to_rebuild or missing)
        opinions_done += len(seen)
        if (to_rebuild or missing) and lacks_source(row):
            sources.add(row.source_key)
    todo = Todo(
        pictures=pictures,
        pictures_done=pictures_done,
        sources=len(sources),
        scenes=scenes,
        scenes_done=scenes_done,
        scores=scores,
        scores_done=scores_done,
        judgements=judgements,
        judgements_done=judgements_done,
        opinions=sum(asked.values()),
        opinions_done=opinions_done,
        ordered=ordered,
    )
    return todo, asked


def given_key(picture: Path) -> str:
    """Key of a picture that is there already: its file as it stands, known without reading it."""
    try:
        facts = picture.stat()
    except OSError as error:
        raise InputError(f"{picture}: cannot be read ({error.strerror})") from None
    return content_key("given", str(picture), facts.st_size, facts.st_mtime_ns)


def take_in_given(store: Store, spec: RunSpec) -> None:
    """Record the pictures that are there already, each read once in all."""
    for row in list(store.progress(spec.reconstructor_key)):
        picture = spec.given(row.sample, row.image_index)
        if picture is not None and row.generation is None:
            digest = image_digest(read_bytes(picture))
            store.add_picture(
                PictureRow(
                    key=row.picture, outcome=GenerationOutcome.OK, file=str(picture), digest=digest, info={}
                )
            )


def reconcile(store: Store, spec: RunSpec) -> None:
    """Make the journal and the picture folder agree.

    A recorded picture whose file is gone is forgotten, so that it is made again. A finished file
    that a kill left unrecorded is taken in: its name holds its content key and it was renamed into
    place whole, and it may have cost money.
    """
    folder = spec.directory / IMAGES
    on_disk = {file.relative_to(spec.directory).as_posix() for file in folder.rglob("*") if file.is_file()}
    by_stem = {file.rsplit(".", 1)[0]: file for file in on_disk if not file.endswith(".json")}
    for row in list(store.progress(spec.reconstructor_key)):
        if row.file is not None and row.file not in on_disk and not (spec.directory / row.file).is_file():
            store.forget_picture(row.picture)
        elif needs_picture(row):
            file = by_stem.get(picture_stem(row.sample, row.image_index, row.picture))
            recovered = _recover(spec.directory / file, row.picture, file) if file else None
            if recovered is not None:
                priced = recovered.cost is not None or not spec.capabilities.network
                store.add_picture(recovered if priced else replace(recovered, cost=spec.prices.usual))


def _recover(path: Path, key: str, file: str) -> PictureRow | None:
    try:
        data = read_bytes(path)
        decode_image(data, file)
    except InputError:
        return None  # not something this run put there whole; the picture is made again
    facts = read_facts(path)
    return PictureRow(
        key=key,
        outcome=GenerationOutcome.OK,
        file=file,
        digest=image_digest(data),
        info=facts.get("info", {}) | {"recovered": True},
        cost=facts.get("cost"),
    )


def facts_file(picture: Path) -> Path:
    """Where a paid picture's price and facts lie beside it, should a kill forestall the journal."""
    return picture.with_suffix(".json")


def read_facts(picture: Path) -> dict[str, Any]:
    """What lies beside a picture; empty when there is nothing to be read."""
    try:
        facts = json.loads(facts_file(picture).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}

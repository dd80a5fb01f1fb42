"""Making the source pictures of an editing suite, checking them, and freezing both in a folder.

The pictures are an ordinary run over the questions' source prompts, in the folder's `build/`, so that
stopping, resuming and paying work as they do in every run. A picture that does not fit its edit is made
again with another seed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from genspace_core import __version__
from genspace_core.errors import InputError
from genspace_core.files import storage_errors, write_atomically
from genspace_core.interfaces import Executor, Metric
from genspace_core.plugins.config import Resolved
from genspace_core.run.engine import execute
from genspace_core.run.flow import Observer, Troubles
from genspace_core.run.judging import score_with
from genspace_core.run.layout import DATABASE
from genspace_core.run.plan import RunSpec, needs_picture
from genspace_core.run.provenance import describe_plugin
from genspace_core.run.records import ProgressRow
from genspace_core.run.scene_codec import scene_from_bytes
from genspace_core.run.store import Store
from genspace_core.suite.build_edit import NAME, VERSION, EditQuestion
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.io import FOLDER_FILE, SOURCES, write_suite
from genspace_core.suite.room import lack_of_room
from genspace_core.types import (
    Evidence,
    GenerationOutcome,
    ReconstructionOutcome,
    Sample,
    Scene,
    Suite,
)

BUILD: Final = "build"
PROVENANCE_FILE: Final = "sources.json"
MOST_DONE_ALREADY: Final = 0.05
"""The most that an edit may score by leaving its source as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """What to make sources of, with what, where.

    Attributes:
        out: the folder; the suite's file goes into it.
        questions: the edits.
        generator: makes the pictures.
        reconstructor: looks whether they fit.
        metric: says whether an edit would already be done.
        seed: of the first attempt; the next takes the next number.
        attempts: how often a picture is made, at the most, until it fits.
    """

    out: Path
    questions: tuple[EditQuestion, ...]
    generator: Resolved
    reconstructor: Resolved
    metric: Resolved
    seed: int = 0
    attempts: int = 4

    def run(self, questions: Sequence[EditQuestion], attempt: int) -> RunSpec:
        """The run that makes these questions' pictures once."""
        samples = [replace(q.source, bystanders=_unwanted(q)) for q in questions]
        return RunSpec(
            directory=self.out / BUILD,
            suite=make_suite(f"{NAME} sources", VERSION, samples),
            generator=self.generator,
            reconstructor=self.reconstructor,
            metrics=(),
            seed=self.seed + attempt,
        )

    def settings(self) -> dict[str, Any]:
        """What decides the pictures, JSON-able: a folder holds those of one set of settings."""
        return {
            "generator": describe_plugin(self.generator),
            "reconstructor": describe_plugin(self.reconstructor),
            "metric": describe_plugin(self.metric),
            "seed": self.seed,
            "attempts": self.attempts,
        }


@dataclass(slots=True)
class Sources:
    """What came of it.

    Attributes:
        suite: the edits whose source fits; None where some pictures are still to be made.
        left_out: why no picture would do, by sample id.
        attempts: which attempt gave each source, from 0, by sample id.
        troubles: technical failures.
    """

    suite: Suite | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    troubles: Troubles = field(default_factory=Troubles)


@dataclass(frozen=True, slots=True)
class _Source:
    file: Path
    digest: str


def _unwanted(question: EditQuestion) -> tuple[str, ...]:
    """What the edit adds, and the source must therefore not show."""
    return tuple(n for n in question.sample.objects if n not in question.source.objects)


def check_folder(spec: SourceSpec, *, force: bool = False) -> None:
    """Refuse to mix, in one folder, sources that were not made alike.

    Raises:
        InputError: the folder holds a suite that was made with other settings.
    """
    if force or not (spec.out / FOLDER_FILE).exists():
        return
    before: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        before = json.loads((spec.out / PROVENANCE_FILE).read_text("utf-8"))["settings"]
    now = spec.settings()
    other = [name for name in now if _decides(before.get(name)) != _decides(now[name])]
    if other:
        raise InputError(
            f"{spec.out} holds a suite that was made with another {', '.join(other)}; choose another --out, "
            "or replace it with --force"
        )


def _decides(setting: Any) -> Any:
    return setting.get("identity") if isinstance(setting, dict) else setting


def make_sources(spec: SourceSpec, executor: Executor, observer: Observer) -> Sources:
    """Make every source, or what is left of them, and freeze the suite. Repeat it to go on.

    Raises:
        GeneratorStopped: the generator cannot go on; what is made is kept.
        GenSpaceError: a plugin broke, or a worker died.
        StorageError: the folder cannot be written.
    """
    done, metric = Sources(), spec.metric.build()
    fitting: dict[str, _Source] = {}
    left = list(spec.questions)
    for attempt in range(spec.attempts):
        if not left:
            break
        run = spec.run(left, attempt)
        troubles = execute(run, executor, observer)
        results = _results(run, left)
        if any(needs_picture(row) for _, row, _ in results):
            done.troubles = troubles
            return done
        still = []
        for question, row, scene in results:
            fault = _fault(question, row, scene, metric, spec.metric.name)
            if fault:
                done.left_out[question.sample.id] = fault
                still.append(question)
            else:
                assert row.file is not None
                assert row.digest is not None
                fitting[question.sample.id] = _Source(run.directory / row.file, row.digest)
                done.attempts[question.sample.id] = attempt
                done.left_out.pop(question.sample.id, None)
        left = still
    if fitting:
        done.suite = _freeze(spec, fitting, done)
    return done


def _results(
    run: RunSpec, questions: Sequence[EditQuestion]
) -> list[tuple[EditQuestion, ProgressRow, Scene | None]]:
    by_id = {question.sample.id: question for question in questions}
    with Store(run.directory / DATABASE, write=False) as store:
        found = []
        for row in list(store.progress(run.reconstructor_key)):
            data = None if row.scene_id is None else store.scene(row.scene_id)
            found.append((by_id[row.sample], row, None if data is None else scene_from_bytes(data)))
        return found


def _fault(question: EditQuestion, row: ProgressRow, scene: Scene | None, metric: Metric, name: str) -> str:
    """Why a picture will not do as the source of its edit; empty where it will."""
    if row.generation != GenerationOutcome.OK:
        return f"{row.generation}: {row.generation_detail}"
    if row.reconstruction != ReconstructionOutcome.OK or scene is None:
        return row.reconstruction_detail or "not rebuilt"
    there = {item.name for item in scene.objects}
    if too_early := [name for name in _unwanted(question) if name in there]:
        return f"it already shows a {too_early[0]}"
    return lack_of_room(question.sample, scene) or _done_already(question.sample, scene, metric, name)


def _done_already(sample: Sample, scene: Scene, metric: Metric, name: str) -> str:
    """Why an edit that changes nothing would not be told from one that does."""
    score = score_with(metric, name, sample, Evidence(scene=scene, scene_before=scene))
    if score.undecidable:
        return f"it cannot be judged ({score.reason})"
    if score.value > MOST_DONE_ALREADY:
        return f"what is asked is there already (it scores {score.value:.2f} as it is)"
    return ""


def _freeze(spec: SourceSpec, fitting: dict[str, _Source], done: Sources) -> Suite:
    """Put the pictures beside the suite's file, under plain names, and write it."""
    samples = []
    with storage_errors(spec.out):
        for question in spec.questions:
            if (source := fitting.get(question.sample.id)) is None:
                continue
            number = question.sample.id.partition("/")[2]
            name = f"{SOURCES}/{number}{source.file.suffix}"
            _place(source.file, spec.out / name)
            samples.append(replace(question.sample, source=name, source_sha256=source.digest))
    suite = make_suite(NAME, VERSION, samples, spec.out)
    facts = {
        "genspace": __version__,
        "suite": {"name": NAME, "version": VERSION, "digest": suite.digest, "samples": len(suite)},
        "settings": spec.settings(),
        "attempts": done.attempts,
        "left_out": done.left_out,
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_atomically(spec.out / PROVENANCE_FILE, text.encode())
    write_suite(suite, spec.out / FOLDER_FILE, force=True)  # last: a folder with it is whole
    return suite


def _place(picture: Path, target: Path) -> None:
    """Show a picture of the build under another name: the same file where the disk can, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.tmp")
    beside.unlink(missing_ok=True)
    try:
        os.link(picture, beside)
    except OSError:
        shutil.copyfile(picture, beside)
    beside.replace(target)

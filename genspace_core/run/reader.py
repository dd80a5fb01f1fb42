"""Opening finished (or unfinished) runs for analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from genspace_core.errors import InputError
from genspace_core.run.layout import DATABASE
from genspace_core.run.provenance import provenance_of
from genspace_core.run.results import Result
from genspace_core.run.store import Store
from genspace_core.types import GenerationOutcome, Sample, Suite


def source_path(facts: Mapping[str, Any], sample: Sample) -> Path | None:
    """Where the source picture of a run's edit was when the run was planned."""
    root = facts["suite"].get("root")
    return None if sample.source is None or root is None else Path(root) / sample.source


class StoredRun:
    """A run read from its journal; see `RunResults`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        with self._store() as store:
            facts = store.facts()
            if facts is None:
                raise InputError(f"{directory}: the run was stopped before it began; repeat its command")
            self.provenance: Mapping[str, Any] = provenance_of(directory, store, facts)
        self.generator: str = facts["generator"]["name"]
        self.reconstructor: str = facts["reconstructor"]["name"]
        self.suite: str = f"{facts['suite']['name']} {facts['suite']['version']}"
        self.suite_digest: str = facts["suite"]["digest"]
        self.reconstructor_key: str = facts["reconstructor"]["key"]
        self.metric_keys: Mapping[str, str] = {m["name"]: m["key"] for m in facts["metrics"]}
        self.metrics: tuple[str, ...] = tuple(self.metric_keys)

    def under(self, reconstructor_key: str) -> StoredRun:
        """The same pictures, as another reconstructor's scenes in this journal have them judged."""
        other = copy(self)
        other.reconstructor_key = reconstructor_key
        return other

    def asked(self) -> Suite:
        """The samples that were asked for, as the run's suite; its root is where the sources were."""
        facts = self.provenance["suite"]
        root = facts.get("root")
        with self._store() as store, store.reading():
            samples = {row.sample: row.sample for row in store.progress(self.reconstructor_key)}
            return Suite(
                name=facts["name"],
                version=facts["version"],
                samples=tuple(map(store.sample, samples)),
                digest=self.suite_digest,
                root=None if root is None else Path(root),
            )

    def _store(self) -> Store:
        return Store(self.directory / DATABASE, write=False)

    def __len__(self) -> int:
        with self._store() as store:
            return len(store)

    def __iter__(self) -> Iterator[Result]:
        keys = list(self.metric_keys.values())
        with self._store() as store, store.reading():
            for row in store.progress(self.reconstructor_key):
                scored = store.opinions(row.digest, row.question, keys)
                if row.scene_id is not None:
                    scored |= store.scores(row.scene_id, row.question, keys)
                made = row.generation == GenerationOutcome.OK and row.file is not None
                sample = store.sample(row.sample)
                yield Result(
                    sample=sample,
                    image_index=row.image_index,
                    generation=row.generation,
                    generation_detail=row.generation_detail,
                    image=self.directory / row.file if made and row.file else None,
                    source=source_path(self.provenance, sample),
                    refusal=row.refusal,
                    cost=row.cost,
                    seconds=row.seconds,
                    reconstruction=row.reconstruction,
                    reconstruction_detail=row.reconstruction_detail,
                    scores={name: scored[key] for name, key in self.metric_keys.items() if key in scored},
                )


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return (path / DATABASE).is_file()


def holds_runs(path: Path) -> bool:
    """Whether a folder is a run or directly holds some."""
    return is_run(path) or any(map(is_run, path.iterdir()))


def open_runs(paths: Sequence[Path]) -> list[StoredRun]:
    """Open run directories, and the run directories directly inside other folders, in order.

    Raises:
        InputError: a path does not exist, or neither is a run nor holds one.
    """
    found: dict[Path, StoredRun] = {}
    for path in paths:
        if not path.is_dir():
            raise InputError(f"{path}: no such folder; give a run directory (made by genspace run)")
        inside = [path] if is_run(path) else sorted(child for child in path.iterdir() if is_run(child))
        if not inside:
            raise InputError(f"{path}: not a run directory and holds none; a run has a {DATABASE}")
        for directory in inside:
            found.setdefault(directory.resolve(), StoredRun(directory))
    return list(found.values())

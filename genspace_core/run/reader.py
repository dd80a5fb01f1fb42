"""Opening finished (or unfinished) runs for analysis."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from genspace_core.errors import InputError
from genspace_core.run.layout import DATABASE, RUN_FILE, SUITE_FILE
from genspace_core.run.results import Result
from genspace_core.run.store import Store
from genspace_core.suite.io import read_suite
from genspace_core.types import GenerationOutcome


class StoredRun:
    """A run read from its directory; see `RunResults`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        try:
            self.provenance: Mapping[str, Any] = json.loads((directory / RUN_FILE).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"{directory / RUN_FILE}: cannot be read ({error}); is this a run directory?"
            ) from None
        facts = self.provenance
        self.generator: str = facts["generator"]["name"]
        self.reconstructor: str = facts["reconstructor"]["name"]
        self.metrics: tuple[str, ...] = tuple(m["name"] for m in facts["metrics"])
        self.suite: str = f"{facts['suite']['name']} {facts['suite']['version']}"
        self.suite_digest: str = facts["suite"]["digest"]
        self.reconstructor_key: str = facts["reconstructor"]["key"]
        self._metric_names: dict[str, str] = {m["key"]: m["name"] for m in facts["metrics"]}

    def __len__(self) -> int:
        with Store(self.directory / DATABASE, write=False) as store:
            return len(store)

    def __iter__(self) -> Iterator[Result]:
        samples = {sample.id: sample for sample in read_suite(self.directory / SUITE_FILE)}
        keys = list(self._metric_names)
        with Store(self.directory / DATABASE, write=False) as store:
            for row in store.progress(self.reconstructor_key):
                scored = (
                    {} if row.scene_id is None else store.scored_metrics(row.scene_id, row.question, keys)
                )
                made = row.generation == GenerationOutcome.OK and row.file is not None
                yield Result(
                    sample=samples[row.sample],
                    image_index=row.image_index,
                    generation=row.generation,
                    generation_detail=row.generation_detail,
                    image=self.directory / row.file if made and row.file else None,
                    cost=row.cost,
                    reconstruction=row.reconstruction,
                    reconstruction_detail=row.reconstruction_detail,
                    scores={self._metric_names[key]: score for key, score in scored.items()},
                )


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return (path / DATABASE).is_file() and (path / RUN_FILE).is_file()


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
            raise InputError(
                f"{path}: not a run directory and holds none; a run has {RUN_FILE} and {DATABASE}"
            )
        for directory in inside:
            found.setdefault(directory.resolve(), StoredRun(directory))
    return list(found.values())

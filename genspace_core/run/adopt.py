"""Taking over scenes of source pictures that were rebuilt elsewhere already.

Each run directory is whole in itself, and yet each source is rebuilt once for all models that edit it: the
runs beside this one, and the run that made the suite's sources, are looked into first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from genspace_core.errors import StorageError
from genspace_core.run.identity import objects_in, searched_names
from genspace_core.run.judge_spec import JudgeSpec
from genspace_core.run.layout import DATABASE
from genspace_core.run.plan import lacks_source
from genspace_core.run.records import SceneRow
from genspace_core.run.scene_codec import scene_from_bytes
from genspace_core.run.store import Store
from genspace_core.types import assign_objects

SOURCES_RUN: Final = "build/run"
"""In the folder of a suite, the run that made its source pictures."""


def adopt_sources(store: Store, spec: JudgeSpec) -> None:
    """Copy scenes that this plan lacks. It only saves work: a journal that cannot be read is left alone."""
    rows = (row for row in store.progress(spec.reconstructor_key) if lacks_source(row))
    lacking = {row.source_key: row.question for row in rows if row.source_key is not None}
    for journal in _journals(spec) if lacking else ():
        with suppress(StorageError), Store(journal, write=False) as other:
            for (digest, names), question in list(lacking.items()):
                data = _searched_alike(other, spec.reconstructor_key, digest, names)
                if data is not None:
                    store.add_scene(_scene_row(spec.reconstructor_key, digest, names, data), question, {})
                    del lacking[digest, names]


def _journals(spec: JudgeSpec) -> Iterator[Path]:
    own = (spec.directory / DATABASE).absolute()
    beside = sorted(own.parent.parent.glob(f"*/{DATABASE}"))
    root = spec.suite.root
    for journal in (*beside, *([] if root is None else [root.absolute() / SOURCES_RUN / DATABASE])):
        if journal != own and journal.is_file():
            yield journal


def _searched_alike(other: Store, reconstructor: str, digest: str, names: str) -> bytes | None:
    """The scene of a picture that was searched for the same names, whatever part each was to play."""
    wanted = set(searched_names(names))
    scenes = other.scenes_of(reconstructor, digest)
    return next((data for searched, data in scenes if set(searched_names(searched)) == wanted), None)


def _scene_row(reconstructor: str, digest: str, names: str, data: bytes) -> SceneRow:
    assignment = assign_objects(objects_in(names), scene_from_bytes(data))
    return SceneRow(
        reconstructor=reconstructor,
        digest=digest,
        names=names,
        outcome=assignment.outcome,
        detail=assignment.detail,
        scene=data,
    )

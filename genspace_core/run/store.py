"""The run's journal: one SQLite file that survives kill -9 and says what is done.

Four tables. `plan` lists what the current command asks for, in order; `pictures`, `scenes` and
`scores` hold what was ever made, each under its own content key, so a changed threshold, suite or
metric finds again whatever it did not change. Only the process that holds the run's lock writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from genspace_core.errors import StorageError
from genspace_core.types import GenerationOutcome, Measurement, ReconstructionOutcome, Score

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS plan(
    position INTEGER PRIMARY KEY, sample TEXT NOT NULL, image_index INTEGER NOT NULL,
    picture TEXT NOT NULL, names TEXT NOT NULL, question TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pictures(
    key TEXT PRIMARY KEY, outcome TEXT NOT NULL, detail TEXT NOT NULL, file TEXT, digest TEXT,
    info TEXT NOT NULL, cost REAL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS scenes(
    id INTEGER PRIMARY KEY, reconstructor TEXT NOT NULL, digest TEXT NOT NULL, names TEXT NOT NULL,
    outcome TEXT NOT NULL, detail TEXT NOT NULL, scene BLOB, seconds REAL NOT NULL,
    UNIQUE(reconstructor, digest, names));
CREATE TABLE IF NOT EXISTS scores(
    metric TEXT NOT NULL, scene INTEGER NOT NULL REFERENCES scenes(id), question TEXT NOT NULL,
    value REAL NOT NULL, passed INTEGER NOT NULL, undecidable INTEGER NOT NULL, reason TEXT NOT NULL,
    measurements TEXT NOT NULL, PRIMARY KEY(metric, scene, question)) WITHOUT ROWID;
"""

_PROGRESS = """
SELECT plan.sample, plan.image_index, plan.picture, plan.names, plan.question,
       pictures.outcome, pictures.detail, pictures.file, pictures.digest, pictures.cost,
       scenes.id, scenes.outcome, scenes.detail
FROM plan
LEFT JOIN pictures ON pictures.key = plan.picture
LEFT JOIN scenes ON scenes.reconstructor = ? AND scenes.digest = pictures.digest AND scenes.names = plan.names
ORDER BY plan.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One picture that the current command asks for."""

    sample: str
    image_index: int
    picture: str
    names: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """What a generator made of one request; `file` is relative to the run directory."""

    key: str
    outcome: GenerationOutcome
    detail: str = ""
    file: str | None = None
    digest: str | None = None
    info: dict[str, Any]
    cost: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRow:
    """What a reconstructor made of one picture."""

    reconstructor: str
    digest: str
    names: str
    outcome: ReconstructionOutcome
    detail: str = ""
    scene: bytes | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRow:
    """How far one planned picture has come; the later fields are None while not reached."""

    sample: str
    image_index: int
    picture: str
    names: str
    question: str
    generation: GenerationOutcome | None
    generation_detail: str
    file: str | None
    digest: str | None
    cost: float | None
    scene_id: int | None
    reconstruction: ReconstructionOutcome | None
    reconstruction_detail: str


class Store:
    """The open journal of one run directory. Close it, or use it in a `with` block."""

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        with self._errors():
            if write:
                self._db = sqlite3.connect(path)
            else:
                self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        with self._errors():
            if write:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
            self._check_version(write)
            if write:
                self._db.executescript(_SCHEMA)

    def _check_version(self, write: bool) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0 and write:
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise StorageError(
                f"{self.path}: written by another version of GenSpace (format {version}, this one reads "
                f"{SCHEMA_VERSION}); use that version, or start a new run directory"
            )

    @classmethod
    def snapshot(cls, path: Path) -> Store:
        """A copy in memory, to try a plan on; empty when there is no journal yet."""
        copy = cls(Path(":memory:"), write=True)
        if path.is_file():
            with cls(path, write=False) as original:
                original._db.backup(copy._db)
        return copy

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything recorded is already in it."""
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f"{self.path}: {error}; free some space, make the folder writable, or choose another --out"
            ) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it is recorded."""
        with self._errors(), self._db:
            yield

    # --- writing ------------------------------------------------------------------------------

    def set_plan(self, rows: Iterable[PlanRow]) -> None:
        """Replace the plan; what was made for an earlier one stays in the other tables."""
        with self.transaction():
            self._db.execute("DELETE FROM plan")
            self._db.executemany(
                "INSERT INTO plan(position, sample, image_index, picture, names, question)"
                " VALUES (:position, :sample, :image_index, :picture, :names, :question)",
                ({"position": i, **asdict(row)} for i, row in enumerate(rows)),
            )

    def add_picture(self, row: PictureRow) -> None:
        """Record a picture; a later record of the same key replaces it."""
        with self.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO pictures VALUES (?,?,?,?,?,?,?,?)",
                (
                    row.key,
                    row.outcome,
                    row.detail,
                    row.file,
                    row.digest,
                    json.dumps(row.info),
                    row.cost,
                    row.seconds,
                ),
            )

    def forget_picture(self, key: str) -> None:
        """Drop a picture's record (its file is gone), so that it is made again."""
        with self.transaction():
            self._db.execute("DELETE FROM pictures WHERE key = ?", (key,))

    def add_scene(self, row: SceneRow, question: str, scores: dict[str, Score]) -> None:
        """Record a scene and its scores by metric key; the scene is kept if it is there already."""
        with self.transaction():
            (scene,) = self._db.execute(
                "INSERT INTO scenes(reconstructor, digest, names, outcome, detail, scene, seconds)"
                " VALUES (?,?,?,?,?,?,?) ON CONFLICT(reconstructor, digest, names) DO UPDATE SET"
                " outcome=excluded.outcome, detail=excluded.detail, scene=excluded.scene,"
                " seconds=excluded.seconds"
                " RETURNING id",
                (row.reconstructor, row.digest, row.names, row.outcome, row.detail, row.scene, row.seconds),
            ).fetchone()
            for metric, score in scores.items():
                self.put_score(metric, scene, question, score)

    def put_score(self, metric: str, scene: int, question: str, score: Score) -> None:
        """Record one score of a stored scene, inside a transaction."""
        self._db.execute(
            "INSERT OR REPLACE INTO scores VALUES (?,?,?,?,?,?,?,?)",
            (
                metric,
                scene,
                question,
                score.value,
                score.passed,
                score.undecidable,
                score.reason,
                json.dumps([asdict(m) for m in score.measurements]),
            ),
        )

    # --- reading ------------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._errors():
            return int(self._db.execute("SELECT COUNT(*) FROM plan").fetchone()[0])

    def progress(self, reconstructor: str) -> Iterator[ProgressRow]:
        """Every planned picture in order, and how far it has come with this reconstructor."""
        with self._errors():
            for r in self._db.execute(_PROGRESS, (reconstructor,)):
                yield ProgressRow(
                    sample=r[0],
                    image_index=r[1],
                    picture=r[2],
                    names=r[3],
                    question=r[4],
                    generation=None if r[5] is None else GenerationOutcome(r[5]),
                    generation_detail=r[6] or "",
                    file=r[7],
                    digest=r[8],
                    cost=r[9],
                    scene_id=r[10],
                    reconstruction=None if r[11] is None else ReconstructionOutcome(r[11]),
                    reconstruction_detail=r[12] or "",
                )

    def scene(self, scene_id: int) -> bytes | None:
        """A stored scene's bytes; None where reconstruction failed."""
        with self._errors():
            row = self._db.execute("SELECT scene FROM scenes WHERE id = ?", (scene_id,)).fetchone()
        data: bytes | None = row[0]
        return data

    def scored_metrics(self, scene_id: int, question: str, metrics: Sequence[str]) -> dict[str, Score]:
        """The scores a scene has, by metric key."""
        marks = ",".join("?" * len(metrics))
        with self._errors():
            rows = self._db.execute(
                "SELECT metric, value, passed, undecidable, reason, measurements FROM scores"  # noqa: S608  (marks only)
                f" WHERE scene = ? AND question = ? AND metric IN ({marks})",
                (scene_id, question, *metrics),
            ).fetchall()
        return {
            metric: Score(
                value=value,
                passed=bool(passed),
                undecidable=bool(undecidable),
                reason=reason,
                measurements=tuple(Measurement(**m) for m in json.loads(measurements)),
            )
            for metric, value, passed, undecidable, reason, measurements in rows
        }

    def total_seconds(self) -> dict[str, float]:
        """Seconds spent per stage, summed over everything ever made here."""
        with self._errors():
            return {
                stage: float(self._db.execute(f"SELECT COALESCE(SUM(seconds), 0) FROM {stage}").fetchone()[0])  # noqa: S608
                for stage in ("pictures", "scenes")
            }

    def total_cost(self) -> float | None:
        """US dollars charged for everything ever made here; None when nothing has a known cost."""
        with self._errors():
            cost = self._db.execute("SELECT SUM(cost) FROM pictures").fetchone()[0]
        return None if cost is None else float(cost)

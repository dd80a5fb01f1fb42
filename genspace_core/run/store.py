"""The run's journal: one SQLite file that survives kill -9 and says what is done.

`plan`, `samples` and `facts` say what the last command asked for; they change together or not at
all, so a reader never sees half of a new plan. `pictures`, `scenes` and `scores` hold what was ever
made, each under its content key, so a changed threshold, suite or metric finds again whatever it
did not change. `charges` and `sessions` only grow: what was paid stays paid, and each picture
and scene knows in which session, with which packages, it was made. Only the process that
holds the run's lock writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from genspace_core.errors import StorageError
from genspace_core.run.records import Charge, PictureRow, PlanRow, ProgressRow, SceneRow
from genspace_core.suite.canonical import sample_of
from genspace_core.types import GenerationOutcome, Measurement, ReconstructionOutcome, Sample, Score

SCHEMA_VERSION = 3
NO_SCENE = "picture"
"""In the place of a reconstructor's key, which is a digest: what hangs on this row is about the picture."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS samples(id TEXT PRIMARY KEY, sample TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS plan(
    position INTEGER PRIMARY KEY, sample TEXT NOT NULL, image_index INTEGER NOT NULL,
    picture TEXT NOT NULL, names TEXT NOT NULL, question TEXT NOT NULL, source TEXT);
CREATE TABLE IF NOT EXISTS sessions(id INTEGER PRIMARY KEY, started TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pictures(
    key TEXT PRIMARY KEY, outcome TEXT NOT NULL, detail TEXT NOT NULL, file TEXT, digest TEXT,
    info TEXT NOT NULL, cost REAL, seconds REAL NOT NULL, final INTEGER NOT NULL, refusal TEXT,
    session INTEGER);
CREATE TABLE IF NOT EXISTS charges(
    key TEXT NOT NULL, cost REAL, certain INTEGER NOT NULL, judging INTEGER NOT NULL, session INTEGER);
CREATE INDEX IF NOT EXISTS charges_by_key ON charges(key);
CREATE TABLE IF NOT EXISTS scenes(
    id INTEGER PRIMARY KEY, reconstructor TEXT NOT NULL, digest TEXT NOT NULL, names TEXT NOT NULL,
    outcome TEXT NOT NULL, detail TEXT NOT NULL, scene BLOB, seconds REAL NOT NULL, session INTEGER,
    UNIQUE(reconstructor, digest, names));
CREATE TABLE IF NOT EXISTS scores(
    metric TEXT NOT NULL, scene INTEGER NOT NULL REFERENCES scenes(id), question TEXT NOT NULL,
    value REAL NOT NULL, passed INTEGER NOT NULL, undecidable INTEGER NOT NULL, reason TEXT NOT NULL,
    measurements TEXT NOT NULL, preservation REAL, kept TEXT NOT NULL,
    PRIMARY KEY(metric, scene, question)) WITHOUT ROWID;
"""

_PROGRESS = """
SELECT plan.sample, plan.image_index, plan.picture, plan.names, plan.question, plan.source,
       pictures.outcome, pictures.detail, pictures.final, pictures.file, pictures.digest, pictures.cost,
       pictures.seconds, pictures.refusal, scenes.id, scenes.outcome, scenes.detail, before.id, before.outcome
FROM plan
LEFT JOIN pictures ON pictures.key = plan.picture
LEFT JOIN scenes
    ON scenes.reconstructor = :by AND scenes.digest = pictures.digest AND scenes.names = plan.names
LEFT JOIN scenes AS before
    ON before.reconstructor = :by AND before.digest = plan.source AND before.names = plan.names
ORDER BY plan.position
"""


class StoredScene(NamedTuple):
    """A scene in the journal: its row, and its bytes."""

    id: int
    data: bytes


class Money(NamedTuple):
    """US dollars; None where nothing is known to have been paid.

    `lost` calls may have been charged for without an answer, `uncertain` in all; the price of `unpriced`
    ones among them is not known. `of_judges` is the part of `total` that their calls cost.
    """

    cost: float | None
    judging: float | None
    uncertain: float
    lost: int
    unpriced: int = 0
    of_judges: float = 0.0

    @property
    def total(self) -> float:
        """All of it, as far as is known."""
        return (self.cost or 0.0) + (self.judging or 0.0) + self.uncertain

    def describe(self) -> dict[str, Any]:
        """As run.json has it."""
        return {
            "cost_usd": self.cost,
            "judging_usd": self.judging,
            "uncertain_usd": None if self.unpriced else self.uncertain,
            "lost_calls": self.lost,
        }


class Store:
    """The open journal of one run directory. Close it, or use it in a `with` block.

    Args:
        path: the file; made when missing and `write` is given.
        write: whether this process holds the run's lock.
        durable: wait for the disk at every record; for pictures that cost money.
    """

    def __init__(self, path: Path, *, write: bool, durable: bool = False) -> None:
        self.path, self._write, self._session = path, write, None
        with self._errors():
            self._db = sqlite3.connect(path) if write else _open_to_read(path)
            if write:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._check_version()
            if write:
                self._db.executescript(_SCHEMA)

    _session: int | None

    def _check_version(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0 and self._write:
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise StorageError(
                f"{self.path}: written by another version of GenSpace (format {version}, this one reads "
                f"{SCHEMA_VERSION}); use that version, or move the file away and repeat the command: the "
                "pictures are taken in again"
            )

    @classmethod
    def snapshot(cls, path: Path) -> Store:
        """Copy into memory, to try a plan on; empty when there is no journal yet."""
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
        if self._write:
            # Without a write-ahead log the file can be read where nothing can be written; another
            # reader may be in the way, and then it stays as it is.
            with suppress(sqlite3.OperationalError):
                self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            fix = "free some space, make the folder writable, or choose another --out"
            raise StorageError(
                f"{self.path}: {error}; {fix if self._write else 'is the run directory complete?'}"
            ) from None
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise  # a bug of ours, not the file's fault
            raise StorageError(
                f"{self.path}: the journal is damaged ({error}); move it away and repeat the command: the "
                "pictures are taken in again"
            ) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Record all of the block or nothing of it."""
        with self._errors(), self._db:
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the journal throughout the block, whatever is written meanwhile."""
        with self._errors():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.rollback()

    # --- what is asked --------------------------------------------------------------------------

    def set_plan(self, rows: Iterable[PlanRow], samples: Mapping[str, str], facts: Mapping[str, Any]) -> None:
        """Replace what is asked for; what was made for an earlier plan stays.

        Args:
            rows: every picture, in order.
            samples: canonical JSON by sample id.
            facts: what run.json says of the command.
        """
        with self.transaction():
            for table in ("plan", "samples"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608  (a fixed name)
            self._db.executemany("INSERT INTO samples VALUES (?, ?)", samples.items())
            self._db.executemany(
                "INSERT INTO plan(position, sample, image_index, picture, names, question, source)"
                " VALUES (:position, :sample, :image_index, :picture, :names, :question, :source)",
                ({"position": i, **asdict(row)} for i, row in enumerate(rows)),
            )
            self._put_facts(facts)

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Replace what run.json says of the command."""
        with self.transaction():
            self._put_facts(facts)

    def _put_facts(self, facts: Mapping[str, Any]) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES ('run', ?)", (json.dumps(facts),))

    def facts(self) -> dict[str, Any] | None:
        """What run.json says of the command; None in a new journal."""
        with self._errors():
            row = self._db.execute("SELECT value FROM facts WHERE name = 'run'").fetchone()
        return None if row is None else json.loads(row[0])

    def sample(self, sample_id: str) -> Sample:
        """One sample of the plan."""
        with self._errors():
            (text,) = self._db.execute("SELECT sample FROM samples WHERE id = ?", (sample_id,)).fetchone()
        return sample_of(text)

    # --- what is done ---------------------------------------------------------------------------

    def begin_session(self, started: str, facts: Mapping[str, Any]) -> None:
        """Everything recorded from now on was made by this process, with these packages."""
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO sessions(started, facts) VALUES (?, ?)", (started, json.dumps(facts))
            )
            self._session = cursor.lastrowid

    def end_session(self, facts: Mapping[str, Any]) -> None:
        """Add what is known only at the end."""
        with self.transaction():
            (text,) = self._db.execute("SELECT facts FROM sessions WHERE id = ?", (self._session,)).fetchone()
            merged = json.dumps(json.loads(text) | dict(facts))
            self._db.execute("UPDATE sessions SET facts = ? WHERE id = ?", (merged, self._session))

    def add_picture(self, row: PictureRow, charges: Iterable[Charge] = ()) -> None:
        """Record a picture, and what it cost, with what attempts before it did.

        A later record of the same key replaces it, not the cost.
        """
        with self.transaction():
            for charge in charges:
                self._charge(charge)
            self._db.execute(
                "INSERT OR REPLACE INTO pictures VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (
                    row.key,
                    row.outcome,
                    row.detail,
                    row.file,
                    row.digest,
                    json.dumps(row.info),
                    row.cost,
                    row.seconds,
                    row.final,
                    row.refusal,
                    self._session,
                ),
            )
            if row.cost is not None:
                self._charge(Charge(key=row.key, cost=row.cost))

    def add_charge(self, charge: Charge) -> None:
        """Record what was, or may have been, paid beside the pictures' own prices."""
        with self.transaction():
            self._charge(charge)

    def is_charged(self, key: str) -> bool:
        """Whether something is known to have been paid for."""
        with self._errors():
            row = self._db.execute("SELECT 1 FROM charges WHERE key = ? AND certain LIMIT 1", (key,))
            return row.fetchone() is not None

    def reopen(self, keys: Iterable[str]) -> None:
        """Let failures that were thought final be tried again."""
        with self.transaction():
            self._db.executemany("UPDATE pictures SET final = 0 WHERE key = ?", [(key,) for key in keys])

    def _charge(self, charge: Charge) -> None:
        self._db.execute(
            "INSERT INTO charges VALUES (?, ?, ?, ?, ?)",
            (charge.key, charge.cost, charge.certain, charge.judging, self._session),
        )

    def is_settled(self, key: str) -> bool:
        """Whether a picture is made, refused, or failed for good."""
        with self._errors():
            row = self._db.execute("SELECT outcome, final FROM pictures WHERE key = ?", (key,)).fetchone()
        return row is not None and (row[0] != GenerationOutcome.FAILED or bool(row[1]))

    def forget_picture(self, key: str) -> None:
        """Drop a picture's record (its file is gone), so that it is made again; its cost stays."""
        with self.transaction():
            self._db.execute("DELETE FROM pictures WHERE key = ?", (key,))

    def add_scene(self, row: SceneRow, question: str, scores: Mapping[str, Score]) -> None:
        """Record a scene, in place of an earlier attempt at it, and its scores by metric key."""
        with self.transaction():
            (scene,) = self._db.execute(
                "INSERT INTO scenes(reconstructor, digest, names, outcome, detail, scene, seconds, session)"
                " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT(reconstructor, digest, names) DO UPDATE SET"
                " outcome=excluded.outcome, detail=excluded.detail, scene=excluded.scene,"
                " seconds=excluded.seconds, session=excluded.session RETURNING id",
                (
                    row.reconstructor,
                    row.digest,
                    row.names,
                    row.outcome,
                    row.detail,
                    row.scene,
                    row.seconds,
                    self._session,
                ),
            ).fetchone()
            self.put_scores(scene, question, scores)

    def put_scores(self, scene: int, question: str, scores: Mapping[str, Score]) -> None:
        """Record scores of a stored scene by metric key, inside a transaction."""
        self._db.executemany(
            "INSERT OR REPLACE INTO scores VALUES (?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    metric,
                    scene,
                    question,
                    score.value,
                    score.passed,
                    score.undecidable,
                    score.reason,
                    _measured(score.measurements),
                    score.preservation,
                    _measured(score.kept),
                )
                for metric, score in scores.items()
            ],
        )

    # --- reading --------------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._errors():
            return int(self._db.execute("SELECT COUNT(*) FROM plan").fetchone()[0])

    def progress(self, reconstructor: str) -> Iterator[ProgressRow]:
        """Every planned picture in order, and how far it has come with this reconstructor."""
        with self._errors():
            for r in self._db.execute(_PROGRESS, {"by": reconstructor}):
                yield ProgressRow(
                    sample=r[0],
                    image_index=r[1],
                    picture=r[2],
                    names=r[3],
                    question=r[4],
                    source=r[5],
                    generation=None if r[6] is None else GenerationOutcome(r[6]),
                    generation_detail=r[7] or "",
                    final=bool(r[8]),
                    file=r[9],
                    digest=r[10],
                    cost=r[11],
                    seconds=r[12],
                    refusal=r[13],
                    scene_id=r[14],
                    reconstruction=None if r[15] is None else ReconstructionOutcome(r[15]),
                    reconstruction_detail=r[16] or "",
                    before_id=r[17],
                    before=None if r[18] is None else ReconstructionOutcome(r[18]),
                )

    def scene(self, scene_id: int) -> bytes | None:
        """Bytes of a stored scene; None where reconstruction failed."""
        with self._errors():
            row = self._db.execute("SELECT scene FROM scenes WHERE id = ?", (scene_id,)).fetchone()
        data: bytes | None = row[0]
        return data

    def find_scene(self, reconstructor: str, digest: str, names: str) -> StoredScene | None:
        """The scene of a picture, if it was ever rebuilt for these names; a failed attempt is none."""
        with self._errors():
            row = self._db.execute(
                "SELECT id, scene FROM scenes WHERE reconstructor = ? AND digest = ? AND names = ?"
                " AND scene IS NOT NULL",
                (reconstructor, digest, names),
            ).fetchone()
        return None if row is None else StoredScene(*row)

    def scenes_of(self, reconstructor: str, digest: str) -> list[tuple[str, bytes]]:
        """Names looked for, and scene, of every time that a picture was rebuilt."""
        with self._errors():
            return self._db.execute(
                "SELECT names, scene FROM scenes"
                " WHERE reconstructor = ? AND digest = ? AND scene IS NOT NULL",
                (reconstructor, digest),
            ).fetchall()

    def scores(self, scene_id: int, question: str, metrics: Sequence[str]) -> dict[str, Score]:
        """Look up the scores a scene has, by metric key."""
        marks = ",".join("?" * len(metrics))
        with self._errors():
            rows = self._db.execute(
                "SELECT metric, value, passed, undecidable, reason, measurements, preservation, kept"  # noqa: S608  (marks only)
                " FROM scores"
                f" WHERE scene = ? AND question = ? AND metric IN ({marks})",
                (scene_id, question, *metrics),
            ).fetchall()
        return {
            metric: Score(
                value=value,
                passed=bool(passed),
                undecidable=bool(undecidable),
                reason=reason,
                measurements=_measurements(measurements),
                preservation=preservation,
                kept=_measurements(kept),
            )
            for metric, value, passed, undecidable, reason, measurements, preservation, kept in rows
        }

    def add_opinion(self, digest: str, question: str, scores: Mapping[str, Score]) -> None:
        """Record scores, by metric key, that are about a picture and no scene of it."""
        row = SceneRow(
            reconstructor=NO_SCENE, digest=digest, names="", outcome=ReconstructionOutcome.OK, scene=None
        )
        self.add_scene(row, question, scores)

    def opinions(self, digest: str | None, question: str, metrics: Sequence[str]) -> dict[str, Score]:
        """Look up the scores that a picture has without a scene, by metric key."""
        if digest is None or not metrics:
            return {}
        with self._errors():
            row = self._db.execute(
                "SELECT id FROM scenes WHERE reconstructor = ? AND digest = ? AND names = ''",
                (NO_SCENE, digest),
            ).fetchone()
        return {} if row is None else self.scores(row[0], question, metrics)

    def sessions(self) -> list[dict[str, Any]]:
        """Every session that made something, with its packages and times."""
        with self._errors():
            rows = self._db.execute("SELECT id, started, facts FROM sessions ORDER BY id").fetchall()
        return [{"session": i, "started": started, **json.loads(facts)} for i, started, facts in rows]

    def money(self) -> Money:
        """What was paid for everything ever made or judged here."""
        with self._errors():
            known, judging, uncertain, lost, unpriced, of_judges = self._db.execute(
                "SELECT SUM(cost) FILTER (WHERE certain AND NOT judging),"
                " SUM(cost) FILTER (WHERE certain AND judging),"
                " SUM(cost) FILTER (WHERE NOT certain), COUNT(*) FILTER (WHERE NOT certain),"
                " COUNT(*) FILTER (WHERE cost IS NULL), SUM(cost) FILTER (WHERE judging) FROM charges"
            ).fetchone()
        return Money(known, judging, uncertain or 0.0, lost, unpriced, of_judges or 0.0)


def _measured(measurements: Iterable[Measurement]) -> str:
    return json.dumps([asdict(m) for m in measurements])


def _measurements(text: str) -> tuple[Measurement, ...]:
    return tuple(Measurement(**m) for m in json.loads(text))


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open without ever writing; on a disk that cannot be written, as the unchanging file it is."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    db = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        db.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        db.close()
        db = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    return db

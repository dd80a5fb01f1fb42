"""Judges in whole runs: blockworld makes the pictures, and a server on this machine judges them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.judge.tests.tiny import llava
from adapters.judge.tests.vendors import VENDORS, Google, OpenAI
from genspace_core.cli.main import app
from genspace_core.testing import KEY, Answer, Call, Vendor

PICTURES = 3


def _genspace(folder: Path, *words: str, ends: int = 0) -> str:
    """What the command says; complains unless it ends as it should."""
    done = CliRunner().invoke(app, [*words, "--plugins", str(folder / "plugins.toml")])
    assert done.exit_code == ends, f"{done.output}\n{done.exception!r}"
    return done.output


def _plugins(folder: Path, vendor: Any, server: Vendor, **more: Any) -> None:
    settings = {"plugin": vendor.name, "base_url": server.address + vendor.base_path, "price": 0.01} | more
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (folder / "plugins.toml").write_text("\n".join(["[metrics.mine]", *lines, ""]))


def _rows(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "out" / "perfect" / "scores.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["metric"] == "mine"]


def _run(folder: Path, *metrics: str, ends: int = 0) -> str:
    """Run, or go on with, a few pictures that blockworld makes."""
    judged = [word for metric in metrics for word in ("-m", metric)]
    told = ("run", "-g", "perfect", *judged, "--limit", str(PICTURES), "-w", "1", "-o", str(folder / "out"))
    return _genspace(folder, *told, ends=ends)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_run_is_judged_beside_its_geometry(vendor: Any, tmp_path: Path) -> None:
    """One vote has no score at first: repeated, the command asks for that one alone."""
    answers = iter([vendor.error(429), vendor.text("Fine, I think.")])

    def route(_: Call) -> Answer:
        return next(answers, vendor.verdict(score=0.8))

    with Vendor(route) as server:
        _plugins(tmp_path, vendor, server)
        told = _run(tmp_path, "spatial", "mine", ends=1)
        assert "holds no score" in told
        assert len(server.calls) == PICTURES + 1
        _run(tmp_path, "spatial", "mine")
        assert len(server.calls) == PICTURES + 2
        _run(tmp_path, "spatial", "mine")
        assert len(server.calls) == PICTURES + 2
    assert [row["value"] for row in _rows(tmp_path)] == [0.8] * PICTURES
    ranked = CliRunner().invoke(app, ["leaderboard", str(tmp_path / "out"), "-m", "mine"])
    assert "metric mine" in ranked.output
    for file in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        assert KEY.encode() not in file.read_bytes(), f"{file} holds the key"


def test_pictures_that_are_there_are_judged_later(tmp_path: Path) -> None:
    """And what the judge refuses leaves the means."""
    answers = iter([OpenAI.text(None, refusal="I judge no men.")])
    with Vendor(lambda _: next(answers, OpenAI.verdict(score=0.3))) as server:
        _plugins(tmp_path, OpenAI, server)
        _run(tmp_path, "spatial")
        assert server.calls == []
        _genspace(tmp_path, "score", str(tmp_path / "out" / "perfect"), "-m", "mine")
        assert len(server.calls) == PICTURES
        _genspace(tmp_path, "score", str(tmp_path / "out" / "perfect"), "-m", "mine")
        assert len(server.calls) == PICTURES
    rows = _rows(tmp_path)
    assert Counter(row["undecidable"] for row in rows) == {False: PICTURES - 1, True: 1}
    assert {row["value"] for row in rows if not row["undecidable"]} == {0.3}


def test_several_votes_are_several_calls(tmp_path: Path) -> None:
    scores = [0.1, 0.2, 0.6]

    def route(call: Call) -> Answer:
        return Google.verdict(score=scores[call.json()["generationConfig"]["seed"]])

    with Vendor(route) as server:
        _plugins(tmp_path, Google, server, votes=3)
        _run(tmp_path, "spatial", "mine")
    assert len(server.calls) == 3 * PICTURES
    assert [row["value"] for row in _rows(tmp_path)] == [pytest.approx(0.3)] * PICTURES
    with sqlite3.connect(tmp_path / "out" / "perfect" / "run.db") as journal:
        assert journal.execute("pragma integrity_check").fetchone() == ("ok",)


def test_a_local_judge_in_a_run(tmp_path: Path) -> None:
    folder = llava(tmp_path / "llava")
    (tmp_path / "plugins.toml").write_text(
        f'[metrics.mine]\nplugin = "judge-local"\ncheckpoint = "{folder}"\ndevice = "cpu"\nmax_tokens = 12\n'
    )
    _run(tmp_path, "spatial", "mine")
    assert [row["value"] for row in _rows(tmp_path)] == [0.75] * PICTURES


def test_a_budget_counts_every_vote(tmp_path: Path) -> None:
    """Five votes of a cent each may be had for five cents, and no more."""
    with Vendor(lambda _: OpenAI.verdict()) as server:
        _plugins(tmp_path, OpenAI, server, votes=3)
        _run(tmp_path, "spatial")
        words = ("score", str(tmp_path / "out" / "perfect"), "-m", "mine", "--budget", "0.05")
        CliRunner().invoke(app, [*words, "--plugins", str(tmp_path / "plugins.toml")])
    assert 0 < len(server.calls) <= 5


def test_another_threshold_asks_nobody(tmp_path: Path) -> None:
    """What the votes come to is worked out anew from those that are kept."""
    with Vendor(lambda _: OpenAI.verdict(score=0.6)) as server:
        _plugins(tmp_path, OpenAI, server)
        _run(tmp_path, "spatial", "mine")
        _plugins(tmp_path, OpenAI, server, threshold=0.9, combine="median")
        _genspace(tmp_path, "score", str(tmp_path / "out" / "perfect"), "-m", "mine")
    assert len(server.calls) == PICTURES

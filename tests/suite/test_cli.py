import json

import pytest
from typer.testing import CliRunner

from genspace_core.cli.suite import app
from genspace_core.errors import GenSpaceError
from genspace_core.suite.build import build_t2i
from genspace_core.suite.io import dump_suite, read_suite

SUITE = build_t2i()


def run(*args):
    result = CliRunner().invoke(app, list(args))
    assert result.exit_code == 0, result.output
    return result.stdout


def failure(*args):
    result = CliRunner().invoke(app, list(args))
    assert isinstance(result.exception, GenSpaceError)
    return str(result.exception)


def test_list():
    assert "genspace-t2i" in run("list")
    (row,) = [r for r in json.loads(run("list", "--json")) if r["name"] == "genspace-t2i"]
    assert row["samples"] == 1800
    assert row["digest"] == SUITE.digest
    assert row["package"].startswith("genspace-core ")


def test_list_shows_a_broken_suite_with_its_cause(monkeypatch):
    from genspace_core.errors import PluginError
    from genspace_core.suite import io

    def broken(ref, plugins_file=None):
        raise PluginError("it fell over; fix: lift it")

    monkeypatch.setattr(io, "load_suite", broken)
    assert "it fell over" in run("list")
    assert json.loads(run("list", "--json"))[0]["problem"] == "it fell over; fix: lift it"


def test_tables_of_plugins_toml_are_suites_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[suites.ours]\nplugin = "genspace-t2i"\n')
    mine = ("--plugins", str(path))
    (row,) = [r for r in json.loads(run("list", "--json", *mine)) if r["name"] == "ours"]
    assert (row["samples"], row["package"]) == (1800, f"{path}, plugin genspace-t2i")
    assert run("show", "ours", *mine).startswith("genspace-t2i 1: 1800 samples")
    assert run("show", "t2i/0/00", "--suite", "ours", *mine) == run("show", "t2i/0/00")
    assert run("stats", "--suite", "ours", *mine) == run("stats")
    assert run("export", "-", "--suite", "ours", *mine) == run("export", "-")


def test_show_a_sample():
    sample = next(s for s in SUITE if s.id == "t2i/21/07")
    shown = run("show", "t2i/21/07")
    assert sample.prompt in shown
    assert "distance = 1" in shown
    assert f"A = {sample.objects[0]}, B = {sample.objects[1]}" in shown
    assert "object_distance (measurement)" in shown
    as_json = json.loads(run("show", "t2i/21/07", "--json"))
    assert as_json["prompt"] == sample.prompt
    assert as_json["targets"] == {"distance": 1.0}


def test_show_takes_ids_as_people_write_them():
    assert run("show", "t2i/21/7") == run("show", "t2i/21/07")
    assert "t2i/0/00" in run("show", "t2i/0/0")


def test_show_a_suite(tmp_path):
    shown = run("show", "genspace-t2i")
    assert "1800 samples" in shown
    assert SUITE.samples[0].prompt in shown
    assert len(json.loads(run("show", "genspace-t2i", "--json"))["first"]) == 5
    path = tmp_path / "two.jsonl"
    run("export", str(path), "--limit", "2")
    assert "2 samples" in run("show", str(path))
    assert "more" not in run("show", str(path))
    assert "t2i/0/00" in run("show", "t2i/0/00", "--suite", str(path))


def test_show_something_unknown():
    assert 'did you mean "t2i/' in failure("show", "t2i/14/77")
    assert "no such file" in failure("show", "nowhere.jsonl")


def test_export(tmp_path):
    path = tmp_path / "deep" / "all.jsonl"
    assert "1800 samples" in run("export", str(path))
    assert read_suite(path) == SUITE
    assert "--force" in failure("export", str(path))
    assert "360 samples" in run("export", str(path), "--per-template", "10", "--force")
    assert len(read_suite(path)) == 360


def test_export_to_the_terminal():
    assert run("export", "-").encode() == dump_suite(SUITE)
    rows = [json.loads(line) for line in run("export", "-", "--template", "14", "--limit", "3").splitlines()]
    assert [r["template"] for r in rows[1:]] == [14, 14, 14]
    assert rows[0]["suite"] == "genspace-t2i"


def test_stats():
    assert "genspace-t2i 1: 1800 samples, 323 of them stand-ins" in run("stats")
    counted = json.loads(run("stats", "--json"))
    assert counted["sub_domains"] == dict.fromkeys(counted["sub_domains"], 200)
    assert len(counted["sub_domains"]) == 9
    assert len(counted["templates"]) == 36
    assert sum(t["stand_ins"] for t in counted["templates"]) == 323
    assert counted["templates"][24]["distinct_a"] == 16


def test_stats_of_another_suite_know_no_stand_ins(tmp_path):
    path = tmp_path / "mine.jsonl"
    sample = {k: v for k, v in json.loads(run("show", "t2i/14/07", "--json")).items() if k != "dimension"}
    path.write_text(json.dumps(sample))
    assert "mine 1: 1 samples" in run("stats", "--suite", str(path))
    assert json.loads(run("stats", "--suite", str(path), "--json"))["templates"][0]["stand_ins"] is None


@pytest.mark.parametrize("command", ["list", "show", "export", "stats"])
def test_every_command_explains_itself(command):
    assert "Usage" in run(command, "--help")

"""`genspace leaderboard` and `genspace report`, from the command line to the file."""

import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from genspace_core.cli.leaderboard import leaderboard
from genspace_core.cli.report import report
from genspace_core.errors import InputError, StorageError
from tests.analysis.fakes import FakeRun, full

app = typer.Typer()
app.command("leaderboard")(leaderboard)
app.command("report")(report)


@pytest.fixture
def runs(monkeypatch):
    found = [FakeRun("good", full(1.0)), FakeRun("bad", full(0.25))]
    monkeypatch.setattr("genspace_core.run.reader.open_runs", lambda paths: found)
    return found


def invoke(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


@pytest.mark.usefixtures("runs")
class TestLeaderboard:
    def test_terminal_by_default(self):
        result = invoke("leaderboard", "runs")
        assert result.exit_code == 0
        assert "camera  object  complex" in result.stdout

    @pytest.mark.parametrize(
        ("form", "start"), [("md", "|  | Generator |"), ("csv", "group,rank,"), ("json", "{")]
    )
    def test_formats(self, form, start):
        assert invoke("leaderboard", "runs", "--format", form).stdout.startswith(start)

    def test_the_files_ending_chooses_the_format(self, tmp_path):
        assert invoke("leaderboard", "runs", "-o", tmp_path / "board.json").exit_code == 0
        assert json.loads((tmp_path / "board.json").read_text("utf-8"))["comparable"] is True

    def test_a_text_file_has_no_colours(self, tmp_path):
        invoke("leaderboard", "runs", "-o", tmp_path / "new" / "board.txt")
        text = (tmp_path / "new" / "board.txt").read_text("utf-8")
        assert "\x1b" not in text
        assert "good" in text

    def test_an_unknown_metric_names_those_there_are(self):
        with pytest.raises(InputError, match="it has: spatial"):
            invoke("leaderboard", "runs", "--metric", "judge")

    def test_a_place_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError, match="cannot write"):
            invoke("leaderboard", "runs", "-o", tmp_path / "file" / "board.csv")


@pytest.mark.usefixtures("runs")
class TestReport:
    def test_the_page_is_written_and_replaced(self, tmp_path):
        page = tmp_path / "report.html"
        page.write_text("old")
        assert invoke("report", "runs", "-o", page).stdout.strip() == f"wrote {page}"
        assert page.read_text("utf-8").startswith("<!doctype html>")
        assert [p.name for p in tmp_path.iterdir()] == ["report.html"]

    def test_a_folder_is_no_file(self, tmp_path):
        with pytest.raises(StorageError, match="cannot write"):
            invoke("report", "runs", "-o", tmp_path)
        assert not list(tmp_path.iterdir())


def test_help_is_light():
    code = (
        "import sys, genspace_core.cli.leaderboard, genspace_core.cli.report;"
        "heavy = {'numpy', 'jinja2', 'PIL', 'pydantic', 'genspace_core.analysis'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

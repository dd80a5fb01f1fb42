"""`genspace plugins`, in a fresh interpreter as a user starts it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.conftest import Python

# The command alone, so that these tests hang on no other command.
COMMAND = """
import sys
from genspace_core.cli.plugins import app
from genspace_core.errors import GenSpaceError
try:
    app(prog_name="genspace plugins")
except GenSpaceError as error:
    sys.exit(f"error: {error}")
finally:
    heavy = {"numpy", "torch", "rich", "stevedore"} | {m for m in sys.modules if m.startswith("gs_")}
    print("loaded:", sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


def test_listing(python: Python, tmp_path: Path) -> None:
    (tmp_path / "plugins.toml").write_text(
        '[generators.mine]\nplugin = "good"\n[generators.far]\nplugin = "flux-next"\n'
        '[generators.odd]\nextends = "od"\n'
    )
    done = python(COMMAND)
    assert done.returncode == 0, done.stderr
    assert "loaded: []" in done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["GROUP", "PLUGIN", "PACKAGE", "STATUS"]
    assert ["generators", "exit", "gs-exit", "0.5", "installed"] in lines
    assert ["generators", "twin", "gs-twin-a", "1.0", "duplicate"] in lines
    assert ["generators", "mine", "good", "plugins.toml", "installed"] in lines
    assert ["generators", "far", "flux-next", "plugins.toml", "not", "installed"] in lines
    assert "not installed: pip install genspace-adapter-flux" in done.stdout
    assert 'generators odd: plugins.toml: [generators.odd] extends = "od": no such table' in done.stdout
    assert "genspace plugins --check: import each, find the broken ones" in done.stdout


def test_check_shows_causes_and_fails(python: Python, tmp_path: Path) -> None:
    (tmp_path / "plugins.toml").write_text(
        '[generators.mine]\nplugin = "good"\n[generators.off]\nplugin = "good"\nsteps = 0\n'
        '[generators.hurt]\nplugin = "exit"\n'
    )
    done = python(COMMAND, "--check", "--group", "generator")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (
        "generators exit: SystemExit: it called sys.exit(3) while being imported (plugin.py, line 3); "
        "fix: pip install --upgrade gs-exit, or tell its authors"
    ) in done.stdout
    assert "hello from an import" not in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["generators", "good", "gs-good", "1.2.0", "ok"] in lines
    assert ["generators", "assertion", "gs-assertion", "0.4", "broken"] in lines
    assert ["generators", "mine", "good", "plugins.toml", "ok"] in lines
    assert "generators off: plugins.toml: [generators.off] steps = 0 is wrong" in done.stdout
    assert 'generators hurt: its plugin "exit" is broken' in done.stdout
    assert "metrics" not in done.stdout


def test_json(python: Python) -> None:
    told = json.loads(python(COMMAND, "--json", "--group", "genspace.generators").stdout)
    assert {
        "group": "generators",
        "name": "good",
        "distribution": "gs-good",
        "version": "1.2.0",
        "value": "gs_good.plugin:SPEC",
        "status": "installed",
        "cause": None,
        "fix": None,
    } in told["plugins"]
    assert {row["name"] for row in told["configurations"]} >= {"perfect", "random"}


def test_a_wrong_file_still_lists_the_plugins(python: Python, tmp_path: Path) -> None:
    (tmp_path / "plugins.toml").write_text("[generators.mine]\nplugn = 3\n")
    done = python(COMMAND)
    assert done.returncode == 1
    assert "gs-good" in done.stdout
    assert "error: plugins.toml: [generators.mine] lacks plugin" in done.stderr


def test_show(python: Python, tmp_path: Path) -> None:
    (tmp_path / "plugins.toml").write_text('[generators.mine]\nplugin = "good"\nmodel = "large"\n')
    done = python(COMMAND, "show", "mine")
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout
        == """\
mine (generator, plugin good)
  Draws nothing.
  package      gs-good 1.2.0
  interface    Generator
  output       version 3
  tasks        edit, t2i
  seeds        not honoured
  batch        8
  concurrency  at most 2
  network      leaves this machine
  GPU          optional
  price        $0.04 a picture
  weights      org/good, revision abc123, MIT, 660 MB
  configuration
    model = "large"  ("small" | "large"; default "small")
        Which weights.
    steps = 4  (int (>= 1, <= 100); the default)
        Denoising steps.
    guidance = "auto"  (float | "auto"; the default)
        Guidance scale.
    style = "photo"  ("photo" | "drawing"; the default)
        What it looks like.
    size = {"width": 512, "height": 512}  (table of width, height; the default)
        Of the picture.
    negative = []  (tuple[str, ...]; the default)
        What to avoid.
    device = "cpu"  (str; the default; does not change the output)
        Where it runs.
"""
    )
    needy = python(COMMAND, "show", "needy").stdout  # though it cannot be used as it is
    assert needy.endswith("  configuration\n    endpoint  (str; required)\n        Where the server is.\n")
    told = json.loads(python(COMMAND, "show", "mine", "--json").stdout)
    assert told[0]["capabilities"]["max_batch"] == 8
    assert told[0]["config"][0]["value"] == "large"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "godo"), 'error: unknown plugin "godo" (did you mean "good"? '),
        (("show", "exit"), 'error: generator "exit" (gs-exit 0.5) is broken: SystemExit: '),
        (("--group", "genrators"), 'error: unknown plugin group "genrators" (did you mean "generators"? '),
        (("--plugins", "no.toml"), "error: no.toml: no such file (--plugins)"),
    ],
)
def test_errors_are_one_line(python: Python, arguments: tuple[str, ...], expected: str) -> None:
    done = python(COMMAND, *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(expected) or expected in done.stderr

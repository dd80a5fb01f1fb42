"""Write the parts of docs/ that are made from code and data. `make docs` runs it; tests compare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def cli_page() -> str:
    """docs/cli.md: the help of every command, as typer writes it."""
    typer = Path(sys.executable).parent / "typer"
    command = [str(typer), "genspace_core.cli.main", "utils", "docs"]
    options = ["--name", "genspace", "--title", "Command line"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    return done.stdout.rstrip() + "\n"


def main() -> None:
    """Write them all."""
    (DOCS / "cli.md").write_text(cli_page(), "utf-8")
    for command in (["-m", "genspace_metrics.document", "docs/metrics.md"], ["tests/suite/test_docs.py"]):
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True)  # noqa: S603  (our own scripts)


if __name__ == "__main__":
    main()

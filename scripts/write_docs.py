"""Write the parts of docs/ that are made from code and data. `make docs` runs it; tests compare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.api_tables import apis_page

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def cli_page() -> str:
    """docs/cli.md: the help of every command, as typer writes it."""
    typer = Path(sys.executable).parent / "typer"
    command = [str(typer), "genspace_core.cli.main", "utils", "docs"]
    options = ["--name", "genspace", "--title", "Command line"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    return done.stdout.rstrip() + "\n"


MODELS = ("genspace_adapter_diffusers", "genspace_adapter_flux", "genspace_adapter_editing")
BEGIN, END = "<!-- models: written by `make docs` -->\n", "<!-- end of models -->"


def generators_page(page: str) -> str:
    """docs/generators.md with its table of models as the adapters' models.toml have them."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + _models() + END + after


def _models() -> str:
    from genspace_adapter_diffusers import load_models

    lines = ["| `--generator` | weights | does | licence | memory |", "|---|---|---|---|--:|"]
    for package in MODELS:
        for name, model in load_models(package).items():
            marks = [
                mark
                for mark, on in (("no commercial use", model.noncommercial), ("gated", model.gated))
                if on
            ]
            licence = ", ".join([model.licence, *marks])
            where = f"[{model.checkpoint}](https://huggingface.co/{model.checkpoint})"
            does = " and ".join({"t2i": "makes", "edit": "edits"}[task] for task in model.tasks)
            memory = f"{model.memory / 1e9:.0f} GB" if model.memory else "unknown"
            lines.append(f"| `{name}` | {where} | {does} | {licence} | {memory} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write them all."""
    (DOCS / "cli.md").write_text(cli_page(), "utf-8")
    generators = DOCS / "generators.md"
    generators.write_text(generators_page(generators.read_text("utf-8")), "utf-8")
    apis = DOCS / "apis.md"
    apis.write_text(apis_page(apis.read_text("utf-8")), "utf-8")
    for command in (["-m", "genspace_metrics.document", "docs/metrics.md"], ["tests/suite/test_docs.py"]):
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True)  # noqa: S603  (our own scripts)


if __name__ == "__main__":
    main()

"""run.json: everything needed to know how a run was made, and to make it again."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from genspace_core import __version__
from genspace_core.files import write_atomically
from genspace_core.plugins.config import Resolved
from genspace_core.run.layout import RUN_FILE
from genspace_core.run.plan import RunSpec, Todo

FORMAT = 1

# Packages whose version can change a number; the rest of an environment is noise.
_PREFIXES = (
    "genspace",
    "numpy",
    "scipy",
    "opencv",
    "pillow",
    "torch",
    "diffusers",
    "transformers",
    "pydantic",
)


def _packages() -> dict[str, str]:
    found = {d.metadata["Name"].lower(): d.version for d in distributions() if d.metadata["Name"]}
    return {name: version for name, version in sorted(found.items()) if name.startswith(_PREFIXES)}


def _git_revision() -> str | None:
    """Revision of the checkout this package runs from; None for an installed wheel."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603  (fixed arguments)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def describe_plugin(resolved: Resolved) -> dict[str, Any]:
    """What run.json says of a configured plugin."""
    return {
        "name": resolved.name,
        "plugin": resolved.plugin,
        "version": resolved.spec.version,
        "distribution": f"{resolved.distribution} {resolved.version}",
        "config": resolved.config.model_dump(mode="json"),
        "identity": resolved.identity(),
    }


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def describe_run(spec: RunSpec, todo: Todo) -> dict[str, Any]:
    """The content of run.json when a run begins."""
    return {
        "format": FORMAT,
        "genspace": __version__,
        "started": now(),
        "finished": None,
        "suite": {"name": spec.suite.name, "version": spec.suite.version, "digest": spec.suite.digest},
        "samples": len(spec.suite),
        "images_per_prompt": spec.images_per_prompt,
        "seed": spec.seed,
        "generator": describe_plugin(spec.generator),
        "reconstructor": describe_plugin(spec.reconstructor) | {"key": spec.reconstructor_key},
        "metrics": [describe_plugin(m) | {"key": spec.metric_keys[m.name]} for m in spec.metrics],
        "todo_at_start": todo.describe(),
        "environment": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "machine": platform.machine(),
            "git_revision": _git_revision(),
            "packages": _packages(),
        },
    }


def write_provenance(spec: RunSpec, todo: Todo) -> None:
    """Write run.json at the start of a run.

    Raises:
        StorageError: it cannot be written.
    """
    write_run_file(spec.directory, describe_run(spec, todo))


def finish_provenance(directory: Path, facts: dict[str, Any]) -> None:
    """Add what is known only at the end (time, seconds per stage, cost)."""
    path = directory / RUN_FILE
    write_run_file(directory, json.loads(path.read_text("utf-8")) | {"finished": now()} | facts)


def write_run_file(directory: Path, content: dict[str, Any]) -> None:
    """Replace run.json.

    Raises:
        StorageError: it cannot be written.
    """
    write_atomically(
        directory / RUN_FILE, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    )

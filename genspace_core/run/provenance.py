"""run.json: everything needed to know how a run was made, and to make it again."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from genspace_core import __version__
from genspace_core.files import write_atomically
from genspace_core.plugins.config import Resolved
from genspace_core.run.gpus import VISIBLE, gpu_names
from genspace_core.run.layout import RUN_FILE
from genspace_core.run.plan import RunSpec
from genspace_core.run.slips import describe_orders
from genspace_core.run.store import Store

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


@cache
def _packages() -> dict[str, str]:
    # Each is parsed whenever it is asked for its metadata: once is enough, and once for a process.
    known = [package.metadata for package in distributions()]
    found = {about["Name"].lower(): about["Version"] or "" for about in known if about["Name"]}
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


def describe_run(spec: RunSpec) -> dict[str, Any]:
    """What was asked for: the part of run.json that the command decides."""
    return {
        "format": FORMAT,
        "suite": {
            "name": spec.suite.name,
            "version": spec.suite.version,
            "digest": spec.suite.digest,
            "root": None if spec.suite.root is None else str(spec.suite.root.resolve()),
        },
        "samples": len(spec.suite),
        "images_per_prompt": spec.images_per_prompt,
        "seed": spec.seed,
        "generator": describe_plugin(spec.generator),
        "reconstructor": describe_plugin(spec.reconstructor) | {"key": spec.reconstructor_key},
        "metrics": [describe_plugin(m) | {"key": spec.metric_keys[m.name]} for m in spec.metrics],
    }


def merge_metrics(before: Mapping[str, Any] | None, facts: dict[str, Any]) -> dict[str, Any]:
    """Keep the metrics a run was scored with before, unless the command names another of that name."""
    named = {metric["name"] for metric in facts["metrics"]}
    kept = [m for m in (before or {}).get("metrics", ()) if m["name"] not in named]
    return facts | {"metrics": [*facts["metrics"], *kept]}


def describe_session() -> dict[str, Any]:
    """Where and with which packages a session makes things."""
    return {
        "genspace": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "gpus": list(gpu_names()),
        "cuda_visible_devices": os.environ.get(VISIBLE),
        "git_revision": _git_revision(),
        "packages": _packages(),
    }


def provenance_of(directory: Path, store: Store, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What run.json holds: the facts, what was paid and what is ordered, and every session."""
    paid = store.money().describe() | describe_orders(directory)
    return {**facts, **paid, "sessions": store.sessions()}


def export_provenance(directory: Path, store: Store) -> None:
    """Write run.json from the journal.

    Raises:
        StorageError: it cannot be written.
    """
    content = provenance_of(directory, store, store.facts() or {})
    write_atomically(
        directory / RUN_FILE, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    )

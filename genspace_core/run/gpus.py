"""The GPUs of this machine, found without loading a library that would take hold of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"

_DRIVER = Path("/proc/driver/nvidia/gpus")
_LISTED = re.compile(r"^GPU \d+: (.+?)(?: \(UUID: .*\))?$", re.MULTILINE)
_MODEL = re.compile(r"^Model:\s*(.+)$", re.MULTILINE)


def visible_gpus() -> tuple[str, ...]:
    """The GPUs that this process may use, each as CUDA_VISIBLE_DEVICES would name it.

    What the variable says is taken at its word; CUDA reads it up to the first entry that is none.
    """
    said = os.environ.get(VISIBLE)
    if said is None:
        return tuple(map(str, range(len(gpu_names()))))
    return tuple(takewhile(_names_one, (entry.strip() for entry in said.split(","))))


def _names_one(entry: str) -> bool:
    return bool(entry) and not entry.startswith("-")


@cache  # nvidia-smi may take a second
def gpu_names() -> tuple[str, ...]:
    """The models of all GPUs that the driver shows; none without a driver."""
    # In a container nvidia-smi shows what was given to it, where /proc may show the whole machine.
    listed = _run_nvidia_smi()
    return tuple(_LISTED.findall(listed)) if listed is not None else _names_in(_DRIVER)


def _run_nvidia_smi() -> str | None:
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    try:
        done = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=30, check=True)  # noqa: S603  (fixed arguments)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _names_in(driver: Path) -> tuple[str, ...]:
    try:
        texts = [(folder / "information").read_text() for folder in sorted(driver.iterdir())]
    except OSError:
        return ()
    found = (_MODEL.search(text) for text in texts)
    return tuple("unknown" if model is None else model[1].strip() for model in found)


def share_of(number: int, gpus: Sequence[str]) -> str:
    """The GPU of the process with this number, of several that share them."""
    return gpus[number % len(gpus)]

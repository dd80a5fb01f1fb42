"""Weights of models: how they are configured, what is known of them, and how they are known again.

For adapters that load checkpoints from the Hugging Face hub or from a local folder;
`genspace_core.checkpoints` helps to load them.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from genspace_core.errors import ConfigError
from genspace_core.interfaces import Capabilities, NotIdentity, PluginConfig, Weights

TABLE = "weights.toml"
CHECKPOINT = "Id on the Hugging Face hub, or a local folder; a relative path starts at the working directory."
"""Description of the field `checkpoint`, for those who give it a default."""


class WeightsConfig(PluginConfig):
    """Configuration of a plugin that loads one checkpoint; inherit, and give `checkpoint` a default.

    A package that sets `weights_package` states what is known of checkpoints in its `weights.toml`:
    a date `read`, and tables `[[weights]]` with the fields of `genspace_core.interfaces.Weights`
    (`revision` may be left out: "main").
    """

    weights_package: ClassVar[str] = ""
    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint",)

    checkpoint: str = Field(description=CHECKPOINT)
    revision: str | None = Field(
        None,
        description="Commit, tag or branch on the hub; the one of the weights table if nothing is said.",
    )
    device: Annotated[
        str,
        NotIdentity(),
        Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto: the GPU if there is one."),
    ] = "auto"
    dtype: Literal["float32", "float16", "bfloat16"] = Field(
        "float32", description="Numbers to compute with; the 16-bit ones are for GPUs, quicker and coarser."
    )
    batch_size: Annotated[int, NotIdentity(), Field(ge=1, description="Most pictures at once.")] = 4

    def weights(self) -> tuple[Weights, ...]:
        """Every set of weights that this configuration loads."""
        return (describe_weights(self.weights_package, self.checkpoint, self.revision),)

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """With the weights and the batch size of this configuration."""
        return replace(declared, weights=self.weights(), max_batch=self.batch_size, gpu="optional")

    def identity(self) -> dict[str, Any]:
        """As of any configuration, but a local folder is known by what is in it, not by its place."""
        named = {name: getattr(self, name) for name in self.checkpoint_fields}
        local = {name for name, checkpoint in named.items() if checkpoint and local_folder(checkpoint)}
        return {name: value for name, value in super().identity().items() if name not in local}


def describe_weights(package: str, checkpoint: str, revision: str | None = None) -> Weights:
    """What is known of a checkpoint: from its files if it is local, else from the package's table.

    Raises:
        ConfigError: it is written as a path, and nothing is there.
    """
    folder = local_folder(checkpoint)
    if folder is not None:
        return Weights(name=checkpoint, revision=fingerprint(folder), licence=None)
    known = _table(package).get(checkpoint) if package else None
    if known is None:
        return Weights(name=checkpoint, revision=revision or "main")
    return known if revision is None else replace(known, revision=revision)


@cache
def _table(package: str) -> dict[str, Weights]:
    text = files(package).joinpath(TABLE).read_text("utf-8")
    return {row["name"]: Weights(**({"revision": "main"} | row)) for row in tomllib.loads(text)["weights"]}


def local_folder(checkpoint: str) -> Path | None:
    """The folder or file that a checkpoint names; None for an id on the hub, or an address.

    A relative path starts at the working directory. What looks like an id of the hub is a path all the same
    if its first part is a folder there: then the second one is misspelt.

    Raises:
        ConfigError: it is a path, and nothing is there.
    """
    path = Path(checkpoint).expanduser()
    if path.exists():
        return path
    if "://" in checkpoint:
        return None
    written = checkpoint.startswith((".", "/", "~", os.sep)) or checkpoint.count("/") > 1
    if written or ("/" in checkpoint and path.parent.is_dir()):
        raise ConfigError(
            f"checkpoint {checkpoint}: there is no such folder in {path.parent.absolute()}; give one "
            'that holds a checkpoint, or an id on the hub such as "org/model"'
        )
    return None


def fingerprint(path: Path) -> str:
    """A local checkpoint's revision: the sha256 of all its files, which are read once a process.

    Raises:
        ConfigError: the folder holds no file.
    """
    root = path if path.is_dir() else path.parent
    inside = (p for p in path.rglob("*") if p.is_file() and not _hidden(p, root)) if path.is_dir() else [path]
    stamps = tuple(
        (p, p.relative_to(root).as_posix(), p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(inside)
    )
    if not stamps:
        raise ConfigError(f"checkpoint {path}: the folder is empty; give one that holds a checkpoint")
    return _fingerprint(stamps)


def _hidden(path: Path, root: Path) -> bool:
    """Whether it is a tool's own (.git, .cache), not the checkpoint's."""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


@cache
def _fingerprint(stamps: tuple[tuple[Path, str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, name, size, _ in stamps:
        digest.update(f"{name} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{digest.hexdigest()[:16]}"

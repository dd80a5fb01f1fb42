"""Which files of a repository are loaded."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from genspace_core.downloads import PIPELINE, WEIGHTS
from genspace_core.interfaces import Weights

FOREIGN = (".onnx", ".onnx_data", ".msgpack", ".h5", ".tflite", ".ot", ".mlmodel", ".xml")
"""Endings of weights for other frameworks."""

ASIDE = (".md", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".mp4", ".pdf", ".ipynb")
"""Endings of what people read, and no library."""

PREFERRED = ".safetensors"
_SHARD = re.compile(r"-\d{5}-of-\d{5}")
_NAME = re.compile(
    r"(?P<stem>[^.]+)(\.(?P<variant>\w+))?(?P<ending>\.\w+)(?P<index>\.index(\.(?P<of>\w+))?\.json)?"
)


def choose(
    paths: Iterable[str],
    patterns: Collection[str] = (),
    variant: str | None = None,
    components: Collection[str] | None = None,
) -> list[str]:
    """The files that are loaded; sorted.

    By default those that a library would load. Of a pipeline, the folders of its components. In each folder,
    safetensors if there are some, and of several sets of the same weights (plain, "fp16") the one asked for,
    or else the plain one. What is for other frameworks is left out where there is something for torch.

    Args:
        paths: of all files in the repository.
        patterns: instead of the default; see `genspace_core.interfaces.Weights.files`.
        variant: the set of weights that is preferred.
        components: folders of a pipeline's components; None where they are not known.
    """
    there = sorted(paths)
    if patterns:
        return [path for path in there if _matches(path, patterns)]
    kept = [path for path in there if _is_read(path)]
    if PIPELINE in kept:
        kept = [path for path in kept if _in_pipeline(path, components)]
    if any(_ending(path) in WEIGHTS for path in kept):
        kept = [path for path in kept if _ending(path) not in FOREIGN]
    return _of_variant(_safe(kept), variant)


def choose_for(
    sets: Iterable[Weights], paths: Collection[str], components: Collection[str] | None = None
) -> list[str]:
    """The files that any of several sets of weights of one repository loads; sorted."""
    return sorted({path for one in sets for path in choose(paths, one.files, one.variant, components)})


def components_of(model_index: str) -> list[str] | None:
    """The folders that a model_index.json names; None where it cannot be read."""
    try:
        told = json.loads(model_index)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    return [name for name, of in told.items() if isinstance(of, list) and len(of) == 2 and None not in of]


def _matches(path: str, patterns: Collection[str]) -> bool:
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")] or ["*"]
    left_out = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return any(fnmatchcase(path, one) for one in wanted) and not any(
        fnmatchcase(path, one) for one in left_out
    )


def _is_read(path: str) -> bool:
    hidden = any(part.startswith(".") for part in path.split("/"))
    name = path.rpartition("/")[2]
    return not hidden and not name.lower().endswith(ASIDE) and not name.startswith(("openvino_", "LICENSE"))


def _in_pipeline(path: str, components: Collection[str] | None) -> bool:
    """A single file of weights beside the components is the same model for other programs."""
    first, slash, _ = path.partition("/")
    if not slash:
        return _ending(path) not in WEIGHTS
    return components is None or first in components


def _ending(path: str) -> str:
    """Of the weights that a file holds, or is an index of."""
    name = re.sub(r"\.index(\.\w+)?\.json$", "", path)
    return PurePosixPath(name).suffix.lower()


def _safe(paths: list[str]) -> list[str]:
    """Without what is there as safetensors in the same folder."""
    safe = {_folder(path) for path in paths if path.endswith(PREFERRED)}
    return [
        path
        for path in paths
        if _folder(path) not in safe or _ending(path) == PREFERRED or _ending(path) not in WEIGHTS
    ]


def _of_variant(paths: list[str], variant: str | None) -> list[str]:
    """Of each set of weights in a folder, the variant that is asked for, else the plain one, else all."""
    told = {path: _variant(path) for path in paths if _ending(path) in WEIGHTS}
    there: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for path, (stem, of) in told.items():
        there[_folder(path), stem].add(of)
    kept = []
    for path in paths:
        if path in told:
            stem, of = told[path]
            found = there[_folder(path), stem]
            best = next((one for one in (variant, None) if one in found), of)
            if of != best:
                continue
        kept.append(path)
    return kept


def _variant(path: str) -> tuple[str, str | None]:
    """Stem and variant: of "a/model.fp16-00001-of-00002.safetensors", "model" and "fp16"."""
    name = _SHARD.sub("", path.rpartition("/")[2])
    found = _NAME.fullmatch(name)
    if found is None:
        return name, None
    return found["stem"], found["of"] or found["variant"]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]

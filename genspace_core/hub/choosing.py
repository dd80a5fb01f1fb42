"""Which files of a repository are loaded."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from genspace_core.downloads import PIPELINE
from genspace_core.downloads.names import loaded, weight_file
from genspace_core.interfaces import Weights

FOREIGN = (".onnx", ".onnx_data", ".msgpack", ".h5", ".tflite", ".ot", ".mlmodel", ".xml")
"""Endings of weights for other frameworks."""

ASIDE = (".md", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".mp4", ".pdf", ".ipynb")
"""Endings of what people read, and no library."""

_WILD = re.compile(r"[*?\[]")


def choose(
    paths: Iterable[str],
    patterns: Collection[str] = (),
    variant: str | None = None,
    components: Collection[str] | None = None,
) -> list[str]:
    """The files that are loaded; sorted.

    By default those that a library would load. Of a pipeline, the folders of its components. In each folder,
    of several sets of the same weights (plain, "fp16") the one asked for, or else the plain one, and of that
    safetensors if there are some. What is for other frameworks is left out where there is some for torch.

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
    if any(is_weights(path) for path in kept):
        kept = [path for path in kept if not path.lower().endswith(FOREIGN)]
    return _loaded(kept, variant)


def choose_for(
    sets: Iterable[Weights], paths: Collection[str], components: Collection[str] | None = None
) -> list[str]:
    """The files that any of several sets of weights of one repository loads; sorted."""
    return sorted({path for one in sets for path in choose(paths, one.files, one.variant, components)})


def unmatched(sets: Iterable[Weights], paths: Collection[str]) -> list[str]:
    """The names of files that weights are said to be in, and that a repository does not hold; sorted."""
    names = {one for each in sets for one in each.files if not one.startswith("!") and not _WILD.search(one)}
    return sorted(names.difference(paths))


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
    name = _name(path)
    return not hidden and not name.lower().endswith(ASIDE) and not name.startswith(("openvino_", "LICENSE"))


def _in_pipeline(path: str, components: Collection[str] | None) -> bool:
    """A single file of weights beside the components is the same model for other programs."""
    first, slash, _ = path.partition("/")
    if not slash:
        return not is_weights(path)
    return components is None or first in components


def _loaded(paths: list[str], variant: str | None) -> list[str]:
    """In each folder the sets of weights that a library loads, and all else."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        folders[_folder(path)].append(_name(path))
    wanted = {folder: loaded(names, variant) for folder, names in folders.items()}
    return [path for path in paths if not is_weights(path) or _name(path) in wanted[_folder(path)]]


def is_weights(path: str) -> bool:
    """Whether a file holds weights, or is an index of them."""
    return weight_file(_name(path)) is not None


def set_of(path: str) -> tuple[str, str, str | None, str] | None:
    """Folder, stem, variant and format of a file of weights; None for any other."""
    one = weight_file(_name(path))
    return None if one is None else (_folder(path), one.stem, one.variant, one.ending)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]

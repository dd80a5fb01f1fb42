"""Variants of the reconstructor that a run was rebuilt with: `depth=zoedepth` in place of what it had."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from genspace_core.errors import ConfigError, InputError, PluginError
from genspace_core.interfaces import NotIdentity
from genspace_core.plugins.config import PluginRef, Resolved, resolve
from genspace_core.plugins.nested import plugin_fields
from genspace_core.plugins.wording import choices
from genspace_core.reconstruct.plugin import StagedConfig
from genspace_core.run.identity import plugin_key
from genspace_core.run.reader import StoredRun

PLUGIN: Final = "staged"
NOTHING: Final = "none"
"""Value of a key that is to be left out: `orientation=none`."""

SWAPPABLE: Final = tuple(
    name
    for name, field in StagedConfig.model_fields.items()
    if not any(isinstance(mark, NotIdentity) for mark in field.metadata)
)
"""Keys of the configuration that change what comes out."""


@dataclass(frozen=True, slots=True)
class Swap:
    """One key of the configuration, and what it is to be."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


@dataclass(frozen=True, slots=True)
class Variant:
    """What is done otherwise than in the base; nothing, in the base itself."""

    swaps: tuple[Swap, ...]

    @property
    def label(self) -> str:
        """As tables show it, e.g. "depth=zoedepth orientation=none"."""
        return " ".join(map(str, self.swaps)) or "base"


def read_swaps(texts: Iterable[str]) -> dict[str, list[str]]:
    """What the options `--swap KEY=NAME[,NAME...]` say: names by key, each once, in order.

    Raises:
        InputError: one is not of this form, or its key is unknown.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        key, equals, rest = (part.strip() for part in text.partition("="))
        names = [name.strip() for name in rest.split(",")]
        if not key or not equals or not all(names):
            raise InputError(f"--swap {text}: write KEY=NAME or KEY=NAME,NAME, e.g. depth=zoedepth,depth-pro")
        if key not in SWAPPABLE:
            raise InputError(f'--swap {text}: unknown key "{key}" {choices(key, SWAPPABLE, "allowed")}')
        known = found.setdefault(key, [])
        known += [name for name in dict.fromkeys(names) if name not in known]
    return found


def variants(swaps: dict[str, list[str]], *, grid: bool) -> list[Variant]:
    """One variant for each name; as a grid, also every combination of names of different keys."""
    if not grid:
        return [Variant((Swap(key, name),)) for key, names in swaps.items() for name in names]
    choices_by_key = [[None, *(Swap(key, name) for name in names)] for key, names in swaps.items()]
    chosen = (tuple(s for s in each if s is not None) for each in product(*choices_by_key))
    return sorted((Variant(each) for each in chosen if each), key=lambda variant: len(variant.swaps))


def base_of(run: StoredRun) -> PluginRef:
    """The reconstructor that a run was rebuilt with.

    Raises:
        InputError: it has no stages.
    """
    facts = run.provenance["reconstructor"]
    if facts["plugin"] != PLUGIN:
        raise InputError(
            f"{run.directory}: rebuilt with {facts['name']}, which has no stages to swap; repeat its command "
            "with --reconstructor NAME of one that has them, such as open (the pictures are kept)"
        )
    return PluginRef("reconstructors", facts["plugin"], facts["config"], facts["name"])


def instead_of(run: StoredRun, variant: Variant) -> str:
    """What the base has in place of a variant's swaps, e.g. "depth=depth-pro orientation=none"."""
    config = base_of(run).config
    held = [(swap.key, config.get(swap.key)) for swap in variant.swaps]
    names = ((key, value.get("name") if isinstance(value, Mapping) else value) for key, value in held)
    return " ".join(f"{key}={NOTHING if name is None else name}" for key, name in names)


def resolve_variant(run: StoredRun, variant: Variant, plugins_file: Path | None = None) -> Resolved | None:
    """The reconstructor of a run with some of its keys swapped; None where that changes nothing.

    Args:
        run: rebuilt with stages.
        variant: what is swapped.
        plugins_file: the user's plugins.toml.

    Raises:
        InputError: the run has no stages, or what is not swapped gives other results by now.
        PluginError: a plugin is unknown, no longer installed, or broken.
        ConfigError: a value is not allowed.
    """
    base = base_of(run)
    values = {swap.key: _value(swap, plugins_file) for swap in variant.swaps}
    try:
        resolved = PluginRef(base.group, base.plugin, {**base.config, **values}, base.name).load()
    except ConfigError as error:
        raise ConfigError(f"--swap {variant.label}: {error}") from None
    try:
        identity = resolved.identity()
    except PluginError as error:
        raise PluginError(f"{run.directory}: a stage it was rebuilt with is not there: {error}") from error
    if plugin_key("reconstructor", identity) == run.reconstructor_key:
        return None
    _check_rest(run, identity, tuple(values))
    return resolved


def _value(swap: Swap, plugins_file: Path | None) -> Any:
    """What the configuration holds for a swap: a plugin's whole reference, or the plain value."""
    if swap.value == NOTHING:
        return None
    group = dict(plugin_fields(StagedConfig)).get(swap.key)
    if group is None:
        return swap.value
    try:
        return asdict(resolve(group, swap.value, plugins_file).ref())
    except PluginError as error:
        raise type(error)(f"--swap {swap}: {error}") from error


def _check_rest(run: StoredRun, identity: dict[str, Any], swapped: Sequence[str]) -> None:
    """Refuse to compare with a base that other versions of its stages made: that would be two changes."""
    before: dict[str, Any] = run.provenance["reconstructor"]["identity"]
    now: dict[str, Any] = json.loads(json.dumps(identity))
    parts = [key for key in SWAPPABLE if key not in swapped]
    changed = [key for key in parts if before["config"].get(key) != now["config"].get(key)]
    if before["version"] != now["version"]:
        changed.append(PLUGIN)
    if changed:
        raise InputError(
            f"{run.directory}: {', '.join(changed)} would give other results by now than when it was rebuilt "
            "(another version or other weights); repeat its command first (the pictures are kept)"
        )

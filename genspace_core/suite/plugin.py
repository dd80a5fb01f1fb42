"""How the shipped suites are announced."""

from __future__ import annotations

from typing import Final

from genspace_core.interfaces import Capabilities, PluginConfig, PluginSpec
from genspace_core.types import Suite


def _build(_config: PluginConfig) -> Suite:
    from genspace_core.suite.build import build_t2i

    return build_t2i()


def _build_edit(_config: PluginConfig) -> Suite:
    from genspace_core.suite.build_edit import build_edit

    return build_edit()


GENSPACE_T2I: Final[PluginSpec[Suite]] = PluginSpec(
    interface=Suite,
    factory=_build,
    capabilities=Capabilities(tasks=frozenset({"t2i"})),
    version="1",
    summary="Text to image: 36 questions about 3D space, 50 prompts each",
)

GENSPACE_EDIT: Final[PluginSpec[Suite]] = PluginSpec(
    interface=Suite,
    factory=_build_edit,
    capabilities=Capabilities(tasks=frozenset({"edit"})),
    version="1",
    summary="Editing: 36 instructions, 50 each; `genspace suite build-edit` makes its source pictures",
)

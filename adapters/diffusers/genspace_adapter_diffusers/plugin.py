"""What the adapter announces, without importing torch."""

from __future__ import annotations

from genspace_adapter_diffusers import BUILD, PipelineConfig
from genspace_core.interfaces import Capabilities, Generator, PluginSpec

DIFFUSERS: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory=BUILD,
    config=PipelineConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i"}), gpu="optional", max_batch=4),
    summary="Any text-to-image pipeline that diffusers can load, from the hub or a local folder.",
)

"""Text-to-image models for GenSpace: any pipeline that diffusers can load.

What adapters for further pipelines build upon: a configuration to inherit, and what builds a generator of it.
"""

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.models import Model, load_models

BUILD = "genspace_adapter_diffusers.generator:build"
"""Factory of a `PluginSpec` whose config is a `PipelineConfig`."""

__all__ = ["BUILD", "Model", "PipelineConfig", "load_models"]

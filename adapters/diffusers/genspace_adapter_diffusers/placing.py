"""Where a pipeline's parts lie, and how they save memory or time."""

from __future__ import annotations

from typing import Any

from genspace_adapter_diffusers.config import PipelineConfig
from genspace_core.errors import ConfigError, PluginError


def denoiser(pipeline: Any) -> Any:
    """The network that is run at every step."""
    return getattr(pipeline, "transformer", None) or pipeline.unet


def place(pipeline: Any, config: PipelineConfig, torch: Any, device: Any) -> Any:
    """Put the pipeline on its device, with what the configuration says of memory and speed.

    Raises:
        ConfigError: offloading without a GPU.
        PluginError: it does not fit.
    """
    pipeline.set_progress_bar_config(disable=True)
    if config.vae_tiling:
        pipeline.vae.enable_tiling()
    if config.vae_slicing:
        pipeline.vae.enable_slicing()
    if config.offload != "none":
        if device.type == "cpu":
            raise ConfigError(
                f'offload = "{config.offload}": there is no GPU here to offload from; leave it out'
            )
        move = {
            "model": pipeline.enable_model_cpu_offload,
            "sequential": pipeline.enable_sequential_cpu_offload,
        }
        move[config.offload](device=device)
    elif config.device_map is None:
        try:
            pipeline.to(device)
        except torch.OutOfMemoryError as error:
            raise PluginError(
                f'{config.checkpoint}: its weights do not fit into the GPU\'s memory; set offload = "model", '
                'quantization = "bitsandbytes_4bit", or device_map = "balanced" where there are several GPUs'
            ) from error
    if config.compile:
        compile_network(denoiser(pipeline))
    return pipeline


def compile_network(network: Any) -> None:
    """The repeated blocks one by one where there are some: quicker to compile, and as quick to run."""
    if getattr(network, "_repeated_blocks", None):
        network.compile_repeated_blocks(dynamic=False)
    else:
        network.compile(dynamic=False)

"""Pictures a second and memory of the adapter against plain diffusers, on random weights; one run, one table.

    python -m bench.generators           # FLUX.1 and SDXL at true size: needs a GPU of 80 GB
    python -m bench.generators --tiny    # the tests' tiny pipelines, on any machine

Both sides call the same pipeline object, the adapter's way and as diffusers' own documentation does, with the
same prompts, steps and size; the pictures of both end as PNG. Below 1 the adapter is slower.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from adapters.diffusers.tests.families.sdxl import make_sdxl
from adapters.flux.tests.families.flux import make_flux
from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.placing import compile_network, denoiser
from genspace_core.interfaces import GenerationRequest

BATCHES = (1, 2, 4, 8)
PROMPT = "A photo of one dog and one chair; the chair is directly to the left of the dog, 2 metres away."


def true_sdxl() -> Any:
    """SDXL as published, from its default configurations; only the tokenizers are tiny."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tiny = make_sdxl()
    words = {
        "vocab_size": 49408,
        "bos_token_id": tiny.tokenizer.bos_token_id,
        "eos_token_id": tiny.tokenizer.eos_token_id,
        "pad_token_id": tiny.tokenizer.pad_token_id,
    }
    small = CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, **words)
    large = CLIPTextConfig(
        hidden_size=1280,
        intermediate_size=5120,
        num_hidden_layers=32,
        num_attention_heads=20,
        projection_dim=1280,
        hidden_act="gelu",
        **words,
    )
    unet = UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(5, 10, 20),
        transformer_layers_per_block=(1, 2, 10),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=1024,
        scaling_factor=0.13025,
    )
    return type(tiny)(
        unet=unet,
        vae=vae,
        text_encoder=CLIPTextModel(small),
        text_encoder_2=CLIPTextModelWithProjection(large),
        tokenizer=tiny.tokenizer,
        tokenizer_2=tiny.tokenizer_2,
        scheduler=tiny.scheduler,
    )


def true_flux() -> Any:
    """FLUX.1 dev as published, but for its text encoders, which are run once a picture: those are tiny."""
    from diffusers import AutoencoderKL, FluxTransformer2DModel

    tiny = make_flux()
    transformer = FluxTransformer2DModel(
        guidance_embeds=True,
        joint_attention_dim=tiny.text_encoder_2.config.d_model,
        pooled_projection_dim=tiny.text_encoder.config.hidden_size,
    )
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=16,
        sample_size=1024,
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    parts = dict(tiny.components) | {"transformer": transformer, "vae": vae}
    return type(tiny)(**parts)


def plain(pipeline: Any, count: int, arguments: dict[str, Any]) -> None:
    """As diffusers' documentation makes pictures, each kept as PNG."""
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in range(count)]
    for picture in pipeline(prompt=[PROMPT] * count, generator=generators, **arguments).images:
        picture.save(io.BytesIO(), "PNG")


def ours(generator: DiffusersGenerator, count: int) -> None:
    """Through the adapter."""
    wanted = [GenerationRequest(task="t2i", prompt=PROMPT, seed=seed) for seed in range(count)]
    for result in generator.generate_batch(wanted):
        if isinstance(result, Exception):
            raise result


def measured(call: Callable[[], None], count: int, repeat: int) -> tuple[float, float]:
    """Pictures a second, the best of several, and the peak of GPU memory in GB."""
    call()
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    best = 0.0
    for _ in range(repeat):
        started = time.perf_counter()
        call()
        best = max(best, count / (time.perf_counter() - started))
    return best, torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0


def compared(
    generator: DiffusersGenerator, count: int, options: argparse.Namespace, size: int
) -> tuple[str, ...]:
    """Pictures a second, ratio, and memory of both."""
    arguments = {"num_inference_steps": options.steps, "width": size, "height": size}
    fast, memory = measured(lambda: ours(generator, count), count, options.repeat)
    peer, other = measured(lambda: plain(generator.pipeline, count, arguments), count, options.repeat)
    return f"{fast:.2f}", f"{peer:.2f}", f"{fast / peer:.2f}", f"{memory:.1f}", f"{other:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="the tests' pipelines, at 64 pixels")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES))
    parser.add_argument("--eager", action="store_true", help="leave the compiled network out")
    options = parser.parse_args()
    size = 64 if options.tiny else 1024
    models = {
        "SDXL": make_sdxl if options.tiny else true_sdxl,
        "FLUX.1": make_flux if options.tiny else true_flux,
    }
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    table = Table(
        "model", "network", "batch", "adapter, pictures/s", "diffusers", "ratio", "adapter, GB", "diffusers"
    )
    for name, make in models.items():
        with tempfile.TemporaryDirectory() as folder:
            make().to(torch.float32 if options.tiny else torch.bfloat16).save_pretrained(folder)
            config = PipelineConfig(
                checkpoint=folder,
                dtype="float32" if options.tiny else "bfloat16",
                steps=options.steps,
                width=size,
                height=size,
                batch_size=max(options.batches),
            )
            generator = build(config)
        for network in ("eager",) if options.eager else ("eager", "compiled"):
            if network == "compiled":
                compile_network(denoiser(generator.pipeline))
            for count in options.batches:
                table.add_row(name, network, str(count), *compared(generator, count, options, size))
    Console(width=120).print(f"{options.steps} steps, {size} x {size}, random weights, {device}", table)


if __name__ == "__main__":
    main()

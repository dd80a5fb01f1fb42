"""Networks that do nothing: the VAE loses little or nothing, and the denoiser gives the source back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def whole(factor: int) -> Codec:
    """To 3 * factor**2 latents at each place, and back: nothing is lost."""
    from torch.nn.functional import pixel_shuffle, pixel_unshuffle

    return (lambda picture: pixel_unshuffle(picture, factor), lambda latents: pixel_shuffle(latents, factor))


def grey(factor: int, halved: int) -> Codec:
    """To (factor / halved)**2 latents at each place, and back: brightness alone, at less resolution."""
    from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle

    inner = factor // halved

    def encode(picture: Any) -> Any:
        return pixel_unshuffle(avg_pool2d(picture.mean(1, keepdim=True), halved), inner)

    def decode(latents: Any) -> Any:
        picture = interpolate(pixel_shuffle(latents, inner), scale_factor=halved, mode="bilinear")
        return picture.repeat(1, 3, 1, 1)

    return encode, decode


def flow_between(pipeline: Any, codec: Codec) -> None:
    """For those whose denoiser is shown the source after the picture, as more tokens."""

    def forward(hidden_states: Any, timestep: Any, **_: Any) -> Any:
        picture, source = hidden_states.chunk(2, dim=1)
        return ((picture - source) / timestep[:, None, None],)

    _set_codec(pipeline, codec)
    pipeline.transformer.forward = forward


def flow_beside(pipeline: Any, codec: Codec) -> None:
    """For OmniGen, whose denoiser is given the sources in a list; time runs from noise at 0 to 1."""

    def forward(hidden_states: Any, timestep: Any, input_img_latents: Any, **_: Any) -> Any:
        return ((input_img_latents[0] - hidden_states) / (1 - timestep[:, None, None, None]),)

    _set_codec(pipeline, codec)
    pipeline.transformer.forward = forward


def noise_within(pipeline: Any, codec: Codec) -> None:
    """For InstructPix2Pix, whose U-Net is shown the source as more channels and tells the noise."""

    def forward(sample: Any, timestep: Any, **_: Any) -> Any:
        picture, source = sample.chunk(2, dim=1)
        kept = pipeline.scheduler.alphas_cumprod[timestep]
        wanted = source * pipeline.vae.config.scaling_factor
        return ((picture - kept.sqrt() * wanted) / (1 - kept).sqrt(),)

    _set_codec(pipeline, codec)
    pipeline.unet.forward = forward


def _set_codec(pipeline: Any, codec: Codec) -> None:
    """With a dimension for time where the VAE has one."""
    encode, decode = codec

    def encoded(picture: Any) -> Any:
        latents = encode(picture[:, :, 0])[:, :, None] if picture.ndim == 5 else encode(picture)
        return SimpleNamespace(
            latent_dist=SimpleNamespace(sample=lambda *_: latents.clone(), mode=lambda: latents)
        )

    def decoded(latents: Any, **_: Any) -> Any:
        return (decode(latents[:, :, 0])[:, :, None] if latents.ndim == 5 else decode(latents),)

    pipeline.vae.encode, pipeline.vae.decode = encoded, decoded

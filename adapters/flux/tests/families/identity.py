"""Networks that do nothing: the VAE loses nothing, and the denoiser gives the source back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

LEVELS = 4
FACTOR = 2 ** (LEVELS - 1)
"""Pixels a latent, each way, as FLUX has it: pictures are cropped to multiples of twice as many."""
CHANNELS = 3 * FACTOR**2
"""Latents that hold all of its pixels."""


def make_identity(pipeline: Any) -> None:
    """Let a pipeline, made with so many `levels` and `latent_channels`, give its source back."""
    from torch.nn.functional import pixel_shuffle, pixel_unshuffle

    def encode(picture: Any) -> Any:
        return SimpleNamespace(latents=pixel_unshuffle(picture, FACTOR))

    def decode(latents: Any, **_: Any) -> Any:
        return (pixel_shuffle(latents, FACTOR),)

    def forward(hidden_states: Any, timestep: Any, **_: Any) -> Any:
        picture, source = hidden_states.chunk(2, dim=1)
        return ((picture - source) / timestep[:, None, None],)

    pipeline.vae.encode, pipeline.vae.decode = encode, decode
    pipeline.transformer.forward = forward

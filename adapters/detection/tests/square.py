"""A stand-in for the image processors of SAM 2 and 3, which need torchvision: the same with Pillow."""

from __future__ import annotations

from typing import Any

import torch
import transformers as hf
from transformers.image_processing_backends import PilBackend

from genspace_adapter_detection.checkpoints import Family, Loaded


class SquarePixels(PilBackend):
    """Pictures are stretched to a square; SAM 2's masks are stretched back."""

    resample = 2
    image_mean = (0.5, 0.5, 0.5)
    image_std = (0.5, 0.5, 0.5)
    do_resize = do_rescale = do_normalize = do_convert_rgb = True

    def preprocess(self, images: Any, *args: Any, **kwargs: Any) -> hf.BatchFeature:
        kwargs.pop("segmentation_maps", None)
        found = super().preprocess(images, *args, **kwargs)
        several = images if isinstance(images, list) else [images]
        found["original_sizes"] = torch.tensor([[each.height, each.width] for each in several])
        return found

    def post_process_masks(
        self, masks: list[torch.Tensor], original_sizes: torch.Tensor
    ) -> list[torch.Tensor]:
        return [
            torch.nn.functional.interpolate(each, tuple(size), mode="bilinear", align_corners=False) > 0
            for each, size in zip(masks, original_sizes.tolist(), strict=True)
        ]

    @staticmethod
    def processor(loaded: Loaded, name: str, family: Family) -> Any:
        """What `Loaded.processor` gives, around the stand-in."""
        if name == "Sam3Processor":
            side = loaded.model.config.vision_config.image_size
            pixels = SquarePixels(size={"height": side, "width": side})
            return hf.Sam3Processor(pixels, loaded.tokenizer(family))
        side = loaded.model.config.prompt_encoder_config.image_size
        return hf.Sam2Processor(SquarePixels(size={"height": side, "width": side}))

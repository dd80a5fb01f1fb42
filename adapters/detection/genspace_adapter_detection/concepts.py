"""SAM 3: words -> objects with boxes and masks, in one model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_detection.boxes import clip
from genspace_adapter_detection.checkpoints import Loaded
from genspace_adapter_detection.config import Sam3Config
from genspace_adapter_detection.found import Found, Masks
from genspace_adapter_detection.numbers import gather, to_numpy
from genspace_adapter_detection.queries import write_query
from genspace_core.errors import ReconstructionError


class Sam3Finder:
    """Boxes and masks for names. A picture is looked at once, and asked for one name after another."""

    def __init__(self, loaded: Loaded, processor: Any, config: Sam3Config) -> None:
        self.loaded, self.processor, self.config = loaded, processor, config
        self.longest = loaded.model.config.text_config.max_position_embeddings

    def find(self, images: list[NDArray[np.uint8]], names: list[list[str]]) -> list[Found]:
        """Candidates of each picture, in order, with coarse masks.

        Raises:
            ReconstructionError: a name is longer than the model reads.
        """
        return [self._look(image, each) for image, each in zip(images, names, strict=True)]

    def _look(self, image: NDArray[np.uint8], names: list[str]) -> Found:
        pixels = self.processor.image_processor(Image.fromarray(image), return_tensors="pt").pixel_values
        seen = self.loaded.model.get_vision_features(self.loaded.inputs(pixels))
        parts = [self._ask(seen, name, image.shape[:2]) for name in names]
        both = gather(parts)
        return Found(both.names, both.scores, both.boxes, self.loaded.torch.cat([each.low for each in parts]))

    def _ask(self, seen: Any, name: str, size: tuple[int, ...]) -> Found:
        outputs = self.loaded.model(vision_embeds=seen, **self._tokens(name))
        present = outputs.pred_logits[0].sigmoid() * outputs.presence_logits[0].sigmoid()
        scores = to_numpy(present)
        keep = np.flatnonzero(scores > self.config.box_threshold)
        height, width = size
        boxes = to_numpy(outputs.pred_boxes[0])[keep] * np.array([width, height, width, height], np.float64)
        low = outputs.pred_masks[0][self.loaded.torch.from_numpy(keep).to(self.loaded.device)]
        return Found(np.full(len(keep), name), scores[keep], clip(boxes, height, width), low)

    def _tokens(self, name: str) -> dict[str, Any]:
        text = write_query(self.config.query, name)
        tokens = self.processor.tokenizer(
            [text], padding="max_length", max_length=self.longest, return_tensors="pt"
        )
        if tokens.input_ids.shape[1] > self.longest:
            raise ReconstructionError(
                f'the name "{name}" is longer than the {self.longest} tokens that SAM 3 reads; shorten it'
            )
        return {key: tokens[key].to(self.loaded.device) for key in ("input_ids", "attention_mask")}

    def masks(self, image: NDArray[np.uint8], found: Found, kept: NDArray[np.intp]) -> Masks:
        """(len(kept), H, W): the coarse masks at the picture's size."""
        height, width = image.shape[:2]
        masks = np.zeros((len(kept), height, width), np.bool_)
        for mask, index in zip(masks, kept, strict=True):
            share = found.low[[index]][None].float().sigmoid()
            fine = self.loaded.torch.nn.functional.interpolate(
                share, size=(height, width), mode="bilinear", align_corners=False
            )
            mask[:] = (fine[0, 0] > self.config.mask_threshold).cpu().numpy()
        return masks

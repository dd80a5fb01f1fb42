"""OWLv2: every name has a score of its own for every box, so that names are asked together and stay apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_detection.boxes import clip, corners
from genspace_adapter_detection.checkpoints import OWLV2, Loaded
from genspace_adapter_detection.config import Owlv2Config
from genspace_adapter_detection.found import Found
from genspace_adapter_detection.numbers import gather, to_numpy
from genspace_adapter_detection.queries import write_query
from genspace_core.errors import ReconstructionError


class OwlFinder:
    """Boxes for names, of pictures of any sizes: each is padded to a square of its own."""

    def __init__(self, loaded: Loaded, config: Owlv2Config) -> None:
        self.loaded, self.config = loaded, config
        self.pixels = loaded.image_processor(OWLV2)
        self.tokenizer = loaded.tokenizer(OWLV2)
        self.longest = loaded.model.config.text_config.max_position_embeddings

    def find(self, images: list[NDArray[np.uint8]], names: list[list[str]]) -> list[Found]:
        """Candidates of each picture, in order.

        Raises:
            ReconstructionError: a name is longer than the model reads.
        """
        found: list[Found] = []
        for start in range(0, len(images), self.config.batch_size):
            some = slice(start, start + self.config.batch_size)
            found += self._ask(images[some], names[some])
        return found

    def _ask(self, images: list[NDArray[np.uint8]], names: list[list[str]]) -> list[Found]:
        pixels = self.pixels([Image.fromarray(image) for image in images], return_tensors="pt").pixel_values
        most = max(len(each) for each in names)
        # The model wants as many queries for every picture; what the repeated ones find is not read.
        texts = [name for each in names for name in [*each, *each[-1:] * (most - len(each))]]
        outputs = self.loaded.model(pixel_values=self.loaded.inputs(pixels), **self._tokens(texts))
        scores, boxes = to_numpy(outputs.logits.sigmoid()), to_numpy(outputs.pred_boxes)
        return [self._found(*one) for one in zip(images, names, scores, boxes, strict=True)]

    def _tokens(self, names: list[str]) -> dict[str, object]:
        texts = [write_query(self.config.query, name) for name in names]
        tokens = self.tokenizer(texts, padding="max_length", max_length=self.longest, return_tensors="pt")
        if tokens.input_ids.shape[1] > self.longest:
            longest = max(names, key=len)
            raise ReconstructionError(
                f'the name "{longest}" is longer than the {self.longest} tokens that OWLv2 reads; shorten it'
            )
        return dict(tokens.to(self.loaded.device))

    def _found(
        self,
        image: NDArray[np.uint8],
        names: list[str],
        scores: NDArray[np.float64],
        boxes: NDArray[np.float64],
    ) -> Found:
        """From (patches, names) scores and (patches, 4) boxes, in shares of the padded square's side."""
        height, width = image.shape[:2]
        scaled = clip(corners(boxes) * max(height, width), height, width)
        parts = []
        for name, score in zip(names, scores.T, strict=False):
            keep = score > self.config.box_threshold
            parts.append(Found(np.full(keep.sum(), name), score[keep], scaled[keep]))
        return gather(parts)

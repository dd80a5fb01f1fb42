"""The detector that every plugin of this package is: candidates, rules, masks, cleaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_detection.choose import choose
from genspace_adapter_detection.cleaning import clean
from genspace_adapter_detection.config import RulesConfig
from genspace_adapter_detection.found import Finder, Found, Segmenter
from genspace_core import enough_memory
from genspace_core.errors import GenSpaceError, ReconstructionError
from genspace_core.interfaces import RGB, Detection, Detector


class TextDetector(Detector):
    """Finds objects by their names.

    All instances of a name are returned, the largest mask first. Where a prompt has two objects of one name,
    the core tells them apart from left to right: A is the left one.
    """

    def __init__(self, torch: Any, finder: Finder, segmenter: Segmenter, config: RulesConfig) -> None:
        self.torch, self.finder, self.segmenter, self.config = torch, finder, segmenter, config

    def detect(self, image: RGB, names: Sequence[str]) -> list[Detection]:
        """Find every object of the given names in the (H, W, 3) sRGB image.

        Raises:
            ReconstructionError: the picture cannot be looked through.
            PluginError: none can, e.g. the GPU's memory is too small.
        """
        result = self.detect_batch([image], [names])[0]
        if isinstance(result, Exception):
            raise result
        return result

    def detect_batch(
        self, images: Sequence[RGB], names: Sequence[Sequence[str]]
    ) -> list[list[Detection] | Exception]:
        """Look through several images, each for its own names: one result each, in order."""
        wanted = [list(dict.fromkeys(each)) for each in names]
        results: list[list[Detection] | Exception] = [_complaint(image) or [] for image in images]
        busy = [i for i, result in enumerate(results) if wanted[i] and not isinstance(result, Exception)]
        try:
            found = self._find([images[i] for i in busy], [wanted[i] for i in busy])
        except Exception as error:  # of one of them, or of all
            if len(busy) < 2:
                return [self._told(error) if i in busy else result for i, result in enumerate(results)]
            for i in busy:
                results[i] = self.detect_batch([images[i]], [wanted[i]])[0]
            return results
        for i, each in zip(busy, found, strict=True):
            try:
                results[i] = self._finish(images[i], each)
            except Exception as error:
                results[i] = self._told(error)
        return results

    def _find(self, images: list[RGB], names: list[list[str]]) -> list[Found]:
        with enough_memory(self.torch, self.config.checkpoint), self.torch.inference_mode():
            return self.finder.find(images, names) if images else []

    def _finish(self, image: RGB, found: Found) -> list[Detection]:
        """Choose among a picture's candidates, and give those that stay their masks."""
        rules = self.config
        kept = choose(found, rules)
        with enough_memory(self.torch, self.config.checkpoint), self.torch.inference_mode():
            masks = self.segmenter.masks(image, found, kept)
        boxes = found.boxes[kept]
        order, cleaned = clean(masks, boxes, rules.carve_outer, rules.carve_inner, rules.min_mask_px)
        return [
            Detection(
                name=str(found.names[index]),
                confidence=float(min(found.scores[index], 1.0)),
                box=found.boxes[index].copy(),
                mask=mask,
            )
            for index, mask in zip(kept[order], cleaned, strict=True)
        ]

    def _told(self, error: Exception) -> Exception:
        if isinstance(error, GenSpaceError):
            return error
        cause = " ".join(str(error).split())[:200]
        told = ReconstructionError(f"the detector failed on this picture ({type(error).__name__}: {cause})")
        told.__cause__ = error
        return told


def _complaint(image: NDArray[Any]) -> ReconstructionError | None:
    if image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size:
        return None
    return ReconstructionError(
        f"a picture is (H, W, 3) of uint8, not {image.shape} of {image.dtype}; decode it as sRGB first"
    )

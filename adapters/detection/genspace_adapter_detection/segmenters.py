"""Masks from boxes: SAM, SAM-HQ, SAM 2, or the boxes themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_detection.boxes import masks_of
from genspace_adapter_detection.checkpoints import SAM, SAM2, SAM_HQ, Family, Loaded, load
from genspace_adapter_detection.config import BoxesConfig, SegmenterName
from genspace_adapter_detection.found import Found, Masks, Segmenter
from genspace_adapter_detection.numbers import to_numpy
from genspace_core import import_package

FAMILIES: dict[SegmenterName, Family] = {"sam": SAM, "sam-hq": SAM_HQ, "sam2": SAM2}


class BoxSegmenter:
    """The box is the mask."""

    def masks(self, image: NDArray[np.uint8], found: Found, kept: NDArray[np.intp]) -> Masks:
        """(len(kept), H, W): what is in each box."""
        return masks_of(found.boxes[kept], *image.shape[:2])


class SamSegmenter:
    """One of the SAM family: the picture is looked at once, then asked for some boxes at a time."""

    def __init__(self, loaded: Loaded, processor: Any, config: BoxesConfig) -> None:
        self.loaded, self.processor, self.config = loaded, processor, config

    def masks(self, image: NDArray[np.uint8], found: Found, kept: NDArray[np.intp]) -> Masks:
        """(len(kept), H, W): of each box the mask that the model thinks best, or its single one."""
        height, width = image.shape[:2]
        masks = np.zeros((len(kept), height, width), np.bool_)
        if not len(kept):
            return masks
        boxes = found.boxes[kept].tolist()
        inputs = self.processor(images=Image.fromarray(image), input_boxes=[boxes], return_tensors="pt")
        seen = self._look(inputs["pixel_values"])
        for start in range(0, len(kept), self.config.boxes_at_once):
            some = slice(start, start + self.config.boxes_at_once)
            masks[some] = self._ask(seen, inputs, some)
        return masks

    def _look(self, pixels: Any) -> dict[str, Any]:
        """The picture's embeddings, as the model takes them again."""
        seen = self.loaded.model.get_image_embeddings(self.loaded.inputs(pixels))
        if isinstance(seen, tuple):  # SAM-HQ's come with those of earlier layers
            return dict(zip(("image_embeddings", "intermediate_embeddings"), seen, strict=True))
        return {"image_embeddings": seen}

    def _ask(self, seen: dict[str, Any], inputs: Any, some: slice) -> Masks:
        """(n, H, W) masks of some of the boxes."""
        # Boxes stay float32 whatever the model computes with: 16 bits cannot tell pixels apart at 1024.
        boxes = inputs["input_boxes"][:, some].to(self.loaded.device, self.loaded.torch.float32)
        multimask = self.config.mask_choice == "best"
        outputs = self.loaded.model(**seen, input_boxes=boxes, multimask_output=multimask)
        best = to_numpy(outputs.iou_scores[0]).argmax(axis=1)
        rows = np.arange(len(best))
        chosen = outputs.pred_masks[0][rows, best][:, None].float()  # (n, 1, h, w)
        sizes = [inputs[key] for key in ("original_sizes", "reshaped_input_sizes") if key in inputs]
        fine = self.processor.image_processor.post_process_masks([chosen], *sizes)[0]
        array: Masks = fine[:, 0].cpu().numpy()
        return array


def build_segmenter(config: BoxesConfig) -> Segmenter:
    """The configured one, with its weights.

    Raises:
        PluginError: its weights cannot be loaded, or torchvision is missing.
    """
    weights = config.segmenter_weights()
    if weights is None:
        return BoxSegmenter()
    family = FAMILIES[config.segmenter]
    loaded = load(weights, config, family)
    return SamSegmenter(loaded, prepare(loaded, config.segmenter), config)


def prepare(loaded: Loaded, segmenter: SegmenterName) -> Any:
    """The processor of a segmenter: pictures and boxes -> inputs, outputs -> masks."""
    if segmenter == "sam2":
        return loaded.processor("Sam2Processor", SAM2)
    transformers = import_package("transformers", "pip install genspace-adapter-detection")
    kind = transformers.SamHQProcessor if segmenter == "sam-hq" else transformers.SamProcessor
    return kind(loaded.image_processor(FAMILIES[segmenter]))

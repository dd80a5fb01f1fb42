"""Builds the detectors: what `plugin.py` names."""

from __future__ import annotations

from genspace_adapter_detection.checkpoints import (
    GROUNDING_DINO,
    MM_GROUNDING_DINO,
    OWLV2,
    SAM3,
    Family,
    load,
)
from genspace_adapter_detection.concepts import Sam3Finder
from genspace_adapter_detection.config import GroundingConfig, Owlv2Config, Sam3Config
from genspace_adapter_detection.detector import TextDetector
from genspace_adapter_detection.grounding import GroundingFinder
from genspace_adapter_detection.owl import OwlFinder
from genspace_adapter_detection.segmenters import build_segmenter


def grounding_dino(config: GroundingConfig) -> TextDetector:
    """Grounding DINO."""
    return _grounding(config, GROUNDING_DINO)


def mm_grounding_dino(config: GroundingConfig) -> TextDetector:
    """MM Grounding DINO, and LLMDet, which has its architecture."""
    return _grounding(config, MM_GROUNDING_DINO)


def _grounding(config: GroundingConfig, family: Family) -> TextDetector:
    loaded = load(config.weights()[0], config, family)
    finder = GroundingFinder(loaded, family, config)
    return TextDetector(loaded.torch, finder, build_segmenter(config), config)


def owlv2(config: Owlv2Config) -> TextDetector:
    """OWLv2."""
    loaded = load(config.weights()[0], config, OWLV2)
    return TextDetector(loaded.torch, OwlFinder(loaded, config), build_segmenter(config), config)


def sam3(config: Sam3Config) -> TextDetector:
    """SAM 3."""
    loaded = load(config.weights()[0], config, SAM3)
    processor = loaded.processor("Sam3Processor", SAM3)
    loaded.check_words(processor.tokenizer)
    finder = Sam3Finder(loaded, processor, config)
    return TextDetector(loaded.torch, finder, finder, config)

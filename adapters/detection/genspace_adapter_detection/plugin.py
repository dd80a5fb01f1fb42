"""What the package announces: five detectors, without importing torch or transformers."""

from __future__ import annotations

from genspace_adapter_detection.config import (
    GroundingDinoConfig,
    LlmdetConfig,
    MMGroundingDinoConfig,
    Owlv2Config,
    RulesConfig,
    Sam3Config,
)
from genspace_core.interfaces import Capabilities, Detector, PluginSpec


def _spec(factory: str, config: type[RulesConfig], summary: str) -> PluginSpec[Detector]:
    return PluginSpec(
        interface=Detector,
        factory=f"genspace_adapter_detection.factories:{factory}",
        config=config,
        capabilities=Capabilities(gpu="optional", max_batch=4, max_concurrency=1),
        summary=summary,
    )


GROUNDING_DINO = _spec(
    "grounding_dino", GroundingDinoConfig, "Grounding DINO finds boxes from words; SAM makes their masks."
)
LLMDET = _spec(
    "mm_grounding_dino", LlmdetConfig, "LLMDet, a better trained Grounding DINO; SAM makes its masks."
)
MM_GROUNDING_DINO = _spec(
    "mm_grounding_dino", MMGroundingDinoConfig, "MM Grounding DINO, OpenMMLab's; SAM makes its masks."
)
OWLV2 = _spec(
    "owlv2", Owlv2Config, "OWLv2 scores every name by itself, a second opinion; SAM makes its masks."
)
SAM3 = _spec("sam3", Sam3Config, "SAM 3 finds boxes and masks from words in one model; gated.")

"""Configuration of the detectors; the package's README explains the rules and their defaults."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from genspace_core import CHECKPOINT, WeightsConfig, describe_weights
from genspace_core.interfaces import NotIdentity, Weights

PACKAGE = "genspace_adapter_detection"
QUERY = 'What the model is asked for a name; {article} becomes "a" or "an".'
THRESHOLD = "A candidate has to score over this for its name."

SegmenterName = Literal["sam", "sam-hq", "sam2", "boxes"]
Share = Annotated[float, Field(ge=0, le=1)]

SEGMENTER_CHECKPOINTS: dict[SegmenterName, str] = {
    "sam": "facebook/sam-vit-base",
    "sam-hq": "syscv-community/sam-hq-vit-base",
    "sam2": "facebook/sam2.1-hiera-small",
}
"""What is loaded for a segmenter if nothing is said; "boxes" loads nothing."""


class RulesConfig(WeightsConfig):
    """What all detectors share: which candidates stay, and how their masks are cleaned."""

    weights_package: ClassVar[str] = PACKAGE

    query: str = Field("{article} {name}", pattern=r"\{name\}", description=QUERY)
    box_threshold: Share = Field(0.3, description=THRESHOLD)
    min_confidence: Share = Field(0.2, description="A candidate that scores under this is dropped.")
    nms_iou: Share = Field(
        0.5,
        description="Of two boxes of one name with an IoU over this, the one that scores less is dropped.",
    )
    nms_iou_names: Share = Field(
        0.8, description="The same for boxes of different names: one object found under both has one name."
    )
    inside: Share = Field(
        0.8, description="For the rules about groups and parts: share of a box that has to lie in another."
    )
    group_cover: Share = Field(
        0.7,
        description="A box around two or more boxes of its name that cover over this share of it is a "
        "group, and is dropped; 1 keeps groups.",
    )
    group_score: Share = Field(
        0.5, description="The objects of a group score at least this share of the group's own score."
    )
    part_score: Share = Field(
        0.5,
        description="A box inside a larger one of its name that scores under this share of the larger "
        "one's score is a part of it, and is dropped; 0 keeps parts.",
    )
    max_per_name: int = Field(20, ge=1, description="Most objects of one name; the best stay.")
    carve_outer: Share = Field(
        0.7, description="Mask 2 is taken out of mask 1 if their boxes share under this share of box 1 ..."
    )
    carve_inner: Share = Field(
        0.8, description="... and over this share of box 2: it is in front. 1 leaves masks as they are."
    )
    min_mask_px: int = Field(25, ge=1, description="A mask of fewer pixels is dropped with its object.")

    @model_validator(mode="after")
    def _one_is_in_front(self) -> Self:
        if self.carve_outer > self.carve_inner:
            raise ValueError("carve_outer is over carve_inner: two objects could be in front of each other")
        return self


class BoxesConfig(RulesConfig):
    """Of a detector that finds boxes, and needs a second model for the masks."""

    checkpoint_fields: ClassVar[tuple[str, ...]] = ("checkpoint", "segmenter_checkpoint")

    segmenter: SegmenterName = Field(
        "sam", description='Which model makes masks from boxes; "boxes": none, the box is the mask.'
    )
    segmenter_checkpoint: str | None = Field(
        None, description="Id on the hub, or a local folder; if nothing is said, a small one of its kind."
    )
    segmenter_revision: str | None = Field(
        None,
        description="Commit, tag or branch on the hub; the one of the weights table if nothing is said.",
    )
    mask_choice: Literal["best", "single"] = Field(
        "best",
        description="best: of the segmenter's three masks the one it thinks best; single: it gives one.",
    )
    boxes_at_once: Annotated[
        int, NotIdentity(), Field(ge=1, description="Most boxes to segment at once.")
    ] = 16

    def segmenter_weights(self) -> Weights | None:
        """The segmenter's set of weights; None for "boxes"."""
        if self.segmenter == "boxes":
            return None
        checkpoint = self.segmenter_checkpoint or SEGMENTER_CHECKPOINTS[self.segmenter]
        return describe_weights(self.weights_package, checkpoint, self.segmenter_revision)

    def weights(self) -> tuple[Weights, ...]:
        """The detector's, and the segmenter's if there is one."""
        second = self.segmenter_weights()
        return (*super().weights(), *(() if second is None else (second,)))


class GroundingConfig(BoxesConfig):
    """Of Grounding DINO and its relatives, which know by a full stop where a phrase ends."""

    query: str = Field(
        "{article} {name}.", pattern=r"\{name\}.*\.$", description=f"{QUERY} Ends with a full stop."
    )
    text_threshold: Share = Field(
        0.2,
        description="A word of the name has to score over this, or the box is not of that name; articles "
        "and full stops are no words.",
    )
    batch_size: Annotated[
        int,
        NotIdentity(),
        Field(ge=1, description="Most questions at once; each is one name and one picture."),
    ] = 4


class GroundingDinoConfig(GroundingConfig):
    """Of Grounding DINO."""

    checkpoint: str = Field("IDEA-Research/grounding-dino-tiny", description=CHECKPOINT)
    box_threshold: Share = Field(0.25, description=THRESHOLD)


class LlmdetConfig(GroundingConfig):
    """Of LLMDet."""

    checkpoint: str = Field("iSEE-Laboratory/llmdet_tiny", description=CHECKPOINT)


class MMGroundingDinoConfig(GroundingConfig):
    """Of MM Grounding DINO."""

    checkpoint: str = Field(
        "openmmlab-community/mm_grounding_dino_tiny_o365v1_goldg_v3det", description=CHECKPOINT
    )


class Owlv2Config(BoxesConfig):
    """Of OWLv2."""

    checkpoint: str = Field("google/owlv2-base-patch16-ensemble", description=CHECKPOINT)
    query: str = Field("a photo of {article} {name}", pattern=r"\{name\}", description=QUERY)


class Sam3Config(RulesConfig):
    """Of SAM 3, which gives boxes and masks alike."""

    checkpoint: str = Field("facebook/sam3", description=CHECKPOINT)
    query: str = Field("{name}", pattern=r"\{name\}", description=QUERY)
    box_threshold: Share = Field(0.5, description=THRESHOLD)
    mask_threshold: Share = Field(0.5, description="A pixel has to score over this to belong to an object.")

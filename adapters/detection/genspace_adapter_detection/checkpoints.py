"""Loads a model of transformers from a checkpoint, and makes sure that it is the right one and complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genspace_adapter_detection.config import RulesConfig
from genspace_core import (
    import_package,
    loading,
    local_folder,
    pick_device,
    pretrained_source,
    refuse_gaps,
    require_files,
    wrong_checkpoint,
)
from genspace_core.errors import PluginError
from genspace_core.interfaces import Weights

INSTALL = "pip install genspace-adapter-detection"
TORCHVISION = "pip install torchvision"
TOKENIZER = ("tokenizer.json", "vocab.txt", ("vocab.json", "merges.txt"))
"""Files of which one, or one pair, makes a tokenizer; without them transformers makes up one of 5 tokens."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models of one architecture.

    Attributes:
        what: in words, with its article.
        model: name of its class in transformers.
        types: `model_type` in config.json of the checkpoints that the class reads.
        words: whether it reads words, and so needs a tokenizer.
        torchvision: what does without torchvision, for one whose pictures only torchvision prepares; else "".
    """

    what: str
    model: str
    types: tuple[str, ...]
    words: bool = False
    torchvision: str = ""


GROUNDING_DINO = Family(
    "a Grounding DINO checkpoint", "GroundingDinoForObjectDetection", ("grounding-dino",), words=True
)
MM_GROUNDING_DINO = Family(
    "an MM Grounding DINO or LLMDet checkpoint",
    "MMGroundingDinoForObjectDetection",
    ("mm-grounding-dino",),
    words=True,
)
OWLV2 = Family("an OWLv2 checkpoint", "Owlv2ForObjectDetection", ("owlv2",), words=True)
SAM = Family("a SAM checkpoint", "SamModel", ("sam",))
SAM_HQ = Family("a SAM-HQ checkpoint", "SamHQModel", ("sam_hq",))
# Meta publishes SAM 2 and 3 with the video model; the class for pictures reads its share of them.
SAM2 = Family("a SAM 2 checkpoint", "Sam2Model", ("sam2", "sam2_video"), torchvision='set segmenter = "sam"')
SAM3 = Family(
    "a SAM 3 checkpoint",
    "Sam3Model",
    ("sam3", "sam3_video"),
    words=True,
    torchvision="use another detector",
)


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model and what it takes to use it.

    Attributes:
        torch: the package.
        model: in evaluation mode, on its device.
        device: torch.device.
        dtype: torch.dtype that it computes with.
        source: what `from_pretrained` is told: hub id or folder.
        revision: of the hub; None for a folder.
    """

    torch: Any
    model: Any
    device: Any
    dtype: Any
    source: str
    revision: str | None

    def image_processor(self, family: Family) -> Any:
        """What makes a picture the model's input; Pillow's, so that torchvision changes nothing."""
        return self._part("AutoImageProcessor", family, backend="pil")

    def tokenizer(self, family: Family) -> Any:
        """What makes words the model's input.

        Raises:
            PluginError: it cannot be loaded, or is another model's.
        """
        tokenizer = self._part("AutoTokenizer", family)
        self.check_words(tokenizer)
        return tokenizer

    def check_words(self, tokenizer: Any) -> None:
        """Complain of a tokenizer that is not this model's: every word would be unknown, or another one.

        Raises:
            PluginError: it has over a tenth more or fewer tokens than the model reads.
        """
        known, read = len(tokenizer), self.model.config.text_config.vocab_size
        if abs(known - read) > read / 10:
            raise PluginError(
                f"{self.source}: its tokenizer has {known} tokens, and the model reads {read}; is it this "
                "model's tokenizer, and complete?"
            )

    def _part(self, name: str, family: Family, **options: Any) -> Any:
        transformers = import_package("transformers", INSTALL)
        with loading(self.source, family.what):
            return getattr(transformers, name).from_pretrained(self.source, revision=self.revision, **options)

    def processor(self, name: str, family: Family) -> Any:
        """A processor that needs torchvision, by the name of its class."""
        return self._part(name, family)

    def inputs(self, pixels: Any) -> Any:
        """A tensor of a picture's pixels, on the model's device, in the model's numbers."""
        return pixels.to(self.device, self.dtype)


def load(weights: Weights, config: RulesConfig, family: Family) -> Loaded:
    """Load a checkpoint.

    Raises:
        PluginError: a package is missing; the checkpoint is gated, not there, of something else, or lacks
            files, or weights (which transformers would replace by random ones).
        ConfigError: there is no such device.
    """
    torch = import_package("torch", INSTALL)
    transformers = import_package("transformers", INSTALL)
    _need_torchvision(family)
    device = pick_device(torch, config.device)
    dtype = getattr(torch, config.dtype)
    source, revision = pretrained_source(weights)
    with loading(source, family.what):
        folder = local_folder(source)
        require_files(source, folder, "config.json")
        _check_type(transformers, source, revision, family)
        require_files(source, folder, "preprocessor_config.json", "processor_config.json")
        if family.words:
            require_files(source, folder, *TOKENIZER)
        model, report = getattr(transformers, family.model).from_pretrained(
            source, revision=revision, dtype=dtype, output_loading_info=True, ignore_mismatched_sizes=True
        )
        refuse_gaps(source, [*report["missing_keys"], *(name for name, *_ in report["mismatched_keys"])])
        return Loaded(torch, model.eval().to(device), device, dtype, source, revision)


def _need_torchvision(family: Family) -> None:
    if family.torchvision:
        import_package("torchvision", f"{TORCHVISION}; without it, {family.torchvision}")


def _check_type(transformers: Any, source: str, revision: str | None, family: Family) -> None:
    """Before the weights are read: transformers warns of another type, and goes on with defaults."""
    config, _ = transformers.PreTrainedConfig.get_config_dict(source, revision=revision)
    found = config.get("model_type")
    if found not in family.types:
        told = f'one of type "{found}"' if found else "one whose config.json names no model_type"
        raise wrong_checkpoint(source, family.what, told)

"""Judges on this machine: any vision-language model that transformers can load, with a chat template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from genspace_adapter_judge.judge import VotingJudge
from genspace_adapter_judge.pictures import load
from genspace_adapter_judge.plugin import LocalJudgeConfig
from genspace_adapter_judge.question import Question, question_for
from genspace_adapter_judge.verdict import NoVerdict, read_verdict
from genspace_core import (
    enough_memory,
    import_package,
    loading,
    local_folder,
    pick_device,
    pretrained_source,
    refuse_gaps,
    require_files,
    wrong_checkpoint,
)
from genspace_core.errors import GenerationError, InvalidRequest, PluginError
from genspace_core.interfaces import Opinion
from genspace_core.types import Evidence, Sample

INSTALL = "pip install 'genspace-adapter-judge[local]'"
_WHAT = "a vision-language model"


def build(config: LocalJudgeConfig) -> LocalJudge:
    """Load the checkpoint.

    Raises:
        PluginError: it cannot be loaded, is no vision-language model, or has no chat template.
        ConfigError: there is no such device here.
    """
    torch = import_package("torch", INSTALL)
    import_package("transformers", INSTALL)
    device = pick_device(torch, config.device)
    with loading(config.checkpoint, _WHAT):
        processor = _processor(config)
        model = _model(config, torch).to(device).eval()
    return LocalJudge(config, model, processor, torch)


def _processor(config: LocalJudgeConfig) -> Any:
    from transformers import AutoProcessor

    (weights,) = config.weights()
    place, revision = pretrained_source(weights)
    require_files(config.checkpoint, local_folder(config.checkpoint), "config.json")
    try:
        processor = AutoProcessor.from_pretrained(place, revision=revision)
    except ImportError as error:
        if "torchvision" not in str(error).lower():
            raise
        raise PluginError(
            f"{config.checkpoint}: its processor needs torchvision; fix: pip install torchvision"
        ) from None
    if getattr(processor, "image_processor", None) is None:
        raise wrong_checkpoint(config.checkpoint, _WHAT, "a model without a processor for pictures")
    if not processor.chat_template:
        raise PluginError(
            f"{config.checkpoint}: it has no chat template, so it cannot be asked; set checkpoint to a model "
            "that was taught to chat (its name often ends with -it, -chat or -Instruct)"
        )
    return processor


def _model(config: LocalJudgeConfig, torch: Any) -> Any:
    from transformers import AutoModelForImageTextToText

    (weights,) = config.weights()
    place, revision = pretrained_source(weights)
    loaded: Any = AutoModelForImageTextToText.from_pretrained(
        place,
        revision=revision,
        dtype=getattr(torch, config.dtype),
        output_loading_info=True,
        ignore_mismatched_sizes=True,
    )
    model, info = loaded
    refuse_gaps(config.checkpoint, [*info["missing_keys"], *(name for name, *_ in info["mismatched_keys"])])
    return model


class LocalJudge(VotingJudge):
    """Asks a model in this process; its answer is not tried again, since it would be the same."""

    config: LocalJudgeConfig

    def __init__(self, config: LocalJudgeConfig, model: Any, processor: Any, torch: Any) -> None:
        super().__init__(config)
        self._model, self._processor, self._torch = model, processor, torch

    def ask(self, sample: Sample, evidence: Evidence, vote: int) -> Opinion:
        """Have one vote.

        Raises:
            InvalidRequest: a picture is missing or cannot be read, or the model cannot take it.
            GenerationError: there is no score in the answer.
            PluginError: the GPU's memory is full.
        """
        pictures = [load(path, self.config.longest) for path in self.paths(sample, evidence)]
        text = self._answer(question_for(sample, form=True), pictures, vote)
        try:
            value, reason = read_verdict(text)
        except NoVerdict as error:
            raise GenerationError(str(error), answer={"text": text}) from None
        return Opinion(value=value, reason=reason, cost=0.0, answer={"text": text})

    def _answer(self, question: Question, pictures: Sequence[Image.Image], vote: int) -> str:
        """What the model writes."""
        try:
            inputs = self._inputs(question, pictures)
        except Exception as error:  # templates and processors refuse what they do not know in their own ways
            short = " ".join(str(error).split())[:200]
            raise InvalidRequest(
                f"{self.config.checkpoint}: its processor does not take the question ({short})"
            ) from error
        torch, read = self._torch, inputs["input_ids"].shape[1]
        devices = [self._model.device] if self._model.device.type == "cuda" else []
        with (
            enough_memory(torch, self.config.checkpoint),
            torch.inference_mode(),
            torch.random.fork_rng(devices),
        ):
            torch.manual_seed(vote)
            written = self._model.generate(**inputs, **self._sampling())
        return str(self._processor.decode(written[0, read:], skip_special_tokens=True))

    def _inputs(self, question: Question, pictures: Sequence[Image.Image]) -> Any:
        # One message: many a template knows no system.
        text = {"type": "text", "text": f"{question.system}\n\n{question.text}"}
        shown = [{"type": "image", "image": picture} for picture in pictures]
        inputs = self._processor.apply_chat_template(
            [{"role": "user", "content": [*shown, text]}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
        return inputs.to(self._model.device, self._model.dtype)  # only what is not whole numbers changes type

    def _sampling(self) -> dict[str, Any]:
        """Greedy at temperature 0, whatever the checkpoint's own settings are."""
        warmth = self.config.warmth()
        chosen = {"temperature": warmth} if warmth else {"temperature": None, "top_p": None, "top_k": None}
        return {"do_sample": bool(warmth), "max_new_tokens": self.config.max_tokens, **chosen}

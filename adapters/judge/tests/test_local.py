"""Local judges: a tiny LLaVA, loaded as a user's checkpoint is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from adapters.judge.tests.tiny import LINES, llava
from genspace_adapter_judge.plugin import LOCAL
from genspace_core.errors import GenerationError, InvalidRequest, PluginError
from genspace_core.interfaces import Judge
from genspace_core.plugins.registry import build
from genspace_core.testing import WeightsConformance
from genspace_core.types import Evidence, Sample


@pytest.fixture(scope="module")
def fluent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llava(tmp_path_factory.mktemp("fluent"))


@pytest.fixture(scope="module")
def babbling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llava(tmp_path_factory.mktemp("babbling"), lines=False)


def _build(folder: Path, **changes: Any) -> Any:
    settings = {"checkpoint": str(folder), "device": "cpu", "dtype": "float32", "max_tokens": 12}
    return build(LOCAL, LOCAL.config.model_validate(settings | changes))


class TestPlugin(WeightsConformance):
    spec = LOCAL
    spec_module = "genspace_adapter_judge.plugin"

    @pytest.fixture(autouse=True)
    def _asked(self, fluent: Path, sample: Sample, evidence: Evidence) -> None:
        type(self).config = {"checkpoint": str(fluent), "device": "cpu", "max_tokens": 12}
        self.sample, self.evidence = sample, evidence

    def make_config(self) -> Mapping[str, Any]:
        return self.config

    def exercise(self, plugin: Judge) -> None:
        assert plugin.ask(self.sample, self.evidence, 0).value == 0.75


def test_a_score_and_its_reason(fluent: Path, sample: Sample, evidence: Evidence) -> None:
    opinion = _build(fluent).ask(sample, evidence, 0)
    assert (opinion.value, opinion.reason, opinion.cost) == (0.75, "The dog faces us.", 0.0)
    assert opinion.answer == {"text": " ".join(LINES)}


def test_it_is_free_and_stays_here(fluent: Path) -> None:
    able = LOCAL.config(checkpoint=str(fluent)).capabilities(LOCAL.capabilities)
    assert (able.price, able.network, able.gpu) == (0.0, False, "optional")
    assert able.reads == {"image"}


def test_it_sees_an_edit_after_its_source(fluent: Path, edit: Sample, evidence: Evidence) -> None:
    """And its own temperature is not taken where none was asked for."""
    judge, seen = _build(fluent), []
    tower = judge._model.model.vision_tower
    tower.register_forward_pre_hook(
        lambda _, given, named: seen.append(named.get("pixel_values", *given[:1])), with_kwargs=True
    )
    assert judge.ask(edit, evidence, 0).value == 0.75
    (pixels,) = seen
    red_before, red_after = pixels[:, 0].mean(dim=(1, 2)).tolist()
    assert len(pixels) == 2
    assert red_before < red_after, "the blue source comes first, then the red picture"


def test_what_it_babbles_is_told(babbling: Path, sample: Sample, evidence: Evidence) -> None:
    with pytest.raises(GenerationError, match="the answer holds no score; it begins with") as caught:
        _build(babbling).ask(sample, evidence, 0)
    assert not caught.value.charged
    assert caught.value.answer["text"]


def test_a_vote_is_known_by_its_number(babbling: Path, sample: Sample, evidence: Evidence) -> None:
    """The same vote is the same answer, another one is another; a greedy one is always the same."""
    judge = _build(babbling, votes=2)
    first, again, second = (_written(judge, sample, evidence, vote) for vote in (0, 0, 1))
    assert first == again
    assert first != second
    greedy = _build(babbling)
    assert _written(greedy, sample, evidence, 0) == _written(greedy, sample, evidence, 1)


def test_other_random_numbers_are_left_alone(babbling: Path, sample: Sample, evidence: Evidence) -> None:
    import torch

    judge = _build(babbling, votes=2)
    torch.manual_seed(7)
    undisturbed = torch.rand(1)
    torch.manual_seed(7)
    _written(judge, sample, evidence, 0)
    assert torch.equal(torch.rand(1), undisturbed)


def test_a_model_that_cannot_chat(tmp_path: Path) -> None:
    llava(tmp_path, template=None)
    with pytest.raises(PluginError, match="no chat template"):
        _build(tmp_path)


def test_a_model_without_eyes(fluent: Path, tmp_path: Path) -> None:
    """A language model is not half loaded."""
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    LlamaForCausalLM(LlamaConfig(vocab_size=32, **sizes)).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(fluent).save_pretrained(tmp_path)
    with pytest.raises(PluginError) as caught:
        _build(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_weights_that_are_missing_are_not_drawn_at_random(fluent: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(fluent, tmp_path / "copy")
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if "multi_modal_projector" in name)
    del weights[name]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(PluginError, match="missing or misshapen"):
        _build(folder)


def test_a_template_that_takes_no_pictures(
    fluent: Path, sample: Sample, evidence: Evidence, tmp_path: Path
) -> None:
    folder = shutil.copytree(fluent, tmp_path / "copy")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('only texts\nare taken') }}")
    with pytest.raises(InvalidRequest, match="its processor does not take the question") as caught:
        _build(folder).ask(sample, evidence, 0)
    assert len(str(caught.value).splitlines()) == 1


def test_a_picture_that_is_none(fluent: Path, sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "p.png").write_text("no picture")
    with pytest.raises(InvalidRequest, match=r"p\.png: not a picture that can be read"):
        _build(fluent).ask(sample, Evidence(image=tmp_path / "p.png"), 0)


def test_a_large_picture_is_made_smaller(fluent: Path, sample: Sample, tmp_path: Path) -> None:
    Image.new("RGB", (640, 320), "red").save(tmp_path / "p.png")
    judge, seen = _build(fluent, longest=64), []
    processor, given = judge._processor, judge._processor.apply_chat_template

    def look(messages: Any, **options: Any) -> Any:
        seen.append(messages[0]["content"][0]["image"].size)
        return given(messages, **options)

    processor.apply_chat_template = look
    judge.ask(sample, Evidence(image=tmp_path / "p.png"), 0)
    assert seen == [(64, 32)]


def test_a_moved_checkpoint_is_the_same_judge(fluent: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(fluent, tmp_path / "copy")
    assert LOCAL.config(checkpoint=str(copy)).identity() == LOCAL.config(checkpoint=str(fluent)).identity()
    assert json.dumps(LOCAL.config(checkpoint=str(copy)).identity())


def _written(judge: Any, sample: Sample, evidence: Evidence, vote: int) -> str:
    with pytest.raises(GenerationError) as caught:
        judge.ask(sample, evidence, vote)
    return str(caught.value.answer["text"])

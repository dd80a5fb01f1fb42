"""What the configuration says is done, or refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.flux.tests.families.flux import make_flux, make_kontext
from adapters.flux.tests.families.flux2 import make_flux2, make_klein
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.testing.pipelines import pixels, source
from genspace_adapter_flux.plugin import FluxConfig
from genspace_core.errors import ConfigError, Fatal, PluginError
from genspace_core.interfaces import GeneratedImage, GenerationRequest

MAKERS: dict[str, Callable[[], Any]] = {
    "dev": make_flux,
    "schnell": lambda: make_flux(guidance_embeds=False),
    "kontext": make_kontext,
    "flux2": make_flux2,
    "klein": make_klein,
    "klein-base": lambda: make_klein(distilled=False),
}
SMALL = {"steps": 1, "width": 32, "height": 32, "text_length": 64}
Build = Callable[..., DiffusersGenerator]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The generator of one of these, with keys of the configuration."""
    import torch

    folders: dict[str, Path] = {}

    def call(name: str, **keys: Any) -> DiffusersGenerator:
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            with torch.random.fork_rng():
                torch.manual_seed(0)
                MAKERS[name]().save_pretrained(folders[name])
        usual = {"checkpoint": str(folders[name]), "device": "cpu"} | SMALL
        return build(FluxConfig.model_validate(usual | keys))

    return call


def picture(generator: DiffusersGenerator, prompt: str = "A photo of one dog.") -> NDArray[np.uint8]:
    return pixels(generator.generate(GenerationRequest(task="t2i", prompt=prompt, seed=5)))


@pytest.mark.parametrize(
    ("name", "heeds"),
    [("dev", True), ("schnell", False), ("flux2", True), ("klein", False), ("klein-base", True)],
)
def test_guidance_is_for_those_that_heed_it(built: Build, name: str, heeds: bool) -> None:
    weak, strong = (picture(built(name, guidance=guidance)) for guidance in (1.0, 30.0))
    assert np.array_equal(weak, strong) is not heeds


@pytest.mark.parametrize("name", ["dev", "schnell"])
def test_true_guidance_leads_away_from_the_negative_prompt(built: Build, name: str) -> None:
    plain = picture(built(name))
    away = [
        picture(built(name, true_guidance=scale, negative_prompt=negative))
        for scale, negative in ((3.0, "blurred"), (6.0, "blurred"), (3.0, "A drawing of two cats."))
    ]
    for one in away:
        assert not np.array_equal(one, plain)
    assert not np.array_equal(away[0], away[1])
    assert not np.array_equal(away[0], away[2])


@pytest.mark.parametrize("keys", [{"true_guidance": 4.0}, {"negative_prompt": "blurred"}], ids=str)
def test_one_without_the_other_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="true_guidance and negative_prompt do nothing alone"):
        FluxConfig.model_validate(keys)


LONG = (
    "A photo of one dog to the left of one cat, and a chair behind both of them; the light is from the left, "
)


def test_what_is_beyond_text_length_is_not_read(built: Build) -> None:
    """Beyond 77 tokens, for CLIP, which has no option."""
    dog, cat = LONG + "and a ball.", LONG + "and a cup, and a lamp."
    short, whole = built("dev", text_length=48), built("dev", text_length=256)
    assert np.array_equal(picture(short, dog), picture(short, cat))
    assert not np.array_equal(picture(whole, dog), picture(whole, cat))


@pytest.mark.parametrize(
    ("name", "encoder", "tokenizer"),
    [
        ("dev", "text_encoder_2", "tokenizer_2"),
        ("flux2", "text_encoder", "tokenizer"),
        ("klein", "text_encoder", "tokenizer"),
    ],
)
def test_a_text_that_is_cut_is_recorded(
    built: Build, monkeypatch: pytest.MonkeyPatch, name: str, encoder: str, tokenizer: str
) -> None:
    """With as many tokens as the text encoder is given where there is room for all of them."""
    request = GenerationRequest(task="t2i", prompt=LONG, seed=1)
    cut = built(name, text_length=20).generate(request).info["prompt_cut"][tokenizer]
    whole = built(name, text_length=512)
    network = getattr(whole.pipeline, encoder)
    pad = getattr(whole.pipeline, tokenizer).pad_token_id
    given: list[int] = []
    forward = network.forward

    def counting(input_ids: Any, *args: Any, **kwargs: Any) -> Any:
        given.append(int((input_ids != pad).sum()))
        return forward(input_ids, *args, **kwargs)

    monkeypatch.setattr(network, "forward", counting)
    image = whole.generate(request)
    assert cut == [20, given[0]]
    assert tokenizer not in image.info.get("prompt_cut", {})
    exact = built(name, text_length=given[0]).generate(request)
    assert tokenizer not in exact.info.get("prompt_cut", {})


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("flux2", {"arguments": {"caption_upsample_temperature": 0.15}}, r"caption_upsample.*prompt rewritten"),
    ("kontext", {"arguments": {"_auto_resize": True}}, r"arguments\._auto_resize: .*line up"),
    ("kontext", {"arguments": {"max_area": 4096}}, r"arguments\.max_area: it is width times height"),
    ("flux2", {"pixels": 2_000_000}, r"pixels: a Flux2Pipeline shrinks and crops .* 1048576"),
    (
        "klein",
        {"true_guidance": 4.0, "negative_prompt": "x"},
        r"negative_prompt: a Flux2KleinPipeline takes no",
    ),
    ("flux2", {"arguments": {"negative_prompt": "x"}}, r"negative_prompt: a Flux2Pipeline takes no"),
]


@pytest.mark.parametrize(("name", "keys", "says"), WRONG, ids=lambda v: str(v)[:40])
def test_a_wrong_option_is_one_line(built: Build, name: str, keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        built(name, **keys)
    assert "\n" not in str(caught.value)


def test_one_that_edits_nothing_says_so(built: Build) -> None:
    request = GenerationRequest(task="edit", prompt="Turn it.", seed=1, source=source(64, 64))
    with pytest.raises(Fatal, match="a FluxPipeline edits no pictures"):
        built("dev").generate(request)


@pytest.mark.parametrize("name", ["flux2", "klein"])
def test_sources_of_flux2_would_mix_in_a_batch(built: Build, name: str) -> None:
    """Why `edit_batch` is 1: the day this fails, diffusers keeps them apart, and it may go."""
    generator = built(name)
    requests = [
        GenerationRequest(task="edit", prompt="Turn it.", seed=seed, source=picture)
        for seed, picture in enumerate([source(64, 64), 255 - source(64, 64)])
    ]
    alone = [pixels(generator.generate(request)) for request in requests]
    generator._batches["edit"].size = 2
    mixed = generator.generate_batch(requests)
    for one, other in zip(alone, mixed, strict=True):
        assert isinstance(other, GeneratedImage)
        assert other.info["batch"] == 2
        assert np.abs(one.astype(int) - pixels(other)).max() > 1


def test_kontext_makes_the_size_it_is_asked_for(built: Build) -> None:
    """Also without a source, where width and height come from the configuration."""
    assert picture(built("kontext", width=48, height=80)).shape == (80, 48, 3)


def test_a_processor_without_its_package_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FLUX.2 dev's own, where torchvision is not installed: transformers has such a class in its place."""
    import transformers
    from transformers.utils.import_utils import DummyObject

    stand_in = DummyObject("PixtralProcessor", (), {"_backends": ["torchvision"]})
    monkeypatch.setattr(transformers, "PixtralProcessor", stand_in)
    make_flux2().save_pretrained(tmp_path)
    index = tmp_path / "model_index.json"
    told = json.loads(index.read_text("utf-8")) | {"tokenizer": ["transformers", "PixtralProcessor"]}
    index.write_text(json.dumps(told), "utf-8")
    with pytest.raises(PluginError, match=r"a PixtralProcessor.*pip install torchvision") as caught:
        build(FluxConfig(checkpoint=str(tmp_path), device="cpu"))
    assert "\n" not in str(caught.value)

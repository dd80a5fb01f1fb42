"""What is known of the models, and what a configuration may ask of them."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from genspace_adapter_openai.models import load_models
from genspace_adapter_openai.plugin import OPENAI, OpenAIConfig


def capabilities(**config: Any) -> Any:
    return OpenAIConfig.model_validate(config).capabilities(OPENAI.capabilities)


@pytest.mark.parametrize("name", load_models())
def test_it_has_a_ready_name_that_works(name: str) -> None:
    ready = tomllib.loads((Path(__file__).parents[3] / "plugins.toml").read_text("utf-8"))["generators"]
    assert ready[name] == {"plugin": "openai", "model": name}
    told = capabilities(model=name)
    assert told.tasks == set(load_models()[name].tasks)
    assert told.price is not None


def test_shutdown_dates() -> None:
    assert capabilities(model="gpt-image-1.5").ends == date(2026, 12, 1)
    assert capabilities(model="gpt-image-1").ends == date(2026, 10, 23)
    assert capabilities(model="gpt-image-2").ends is None


def test_another_vendors_row_brings_its_server() -> None:
    config = OpenAIConfig.model_validate({"model": "grok-imagine-image-2.0"})
    assert (config.base_url, config.key_variable) == ("https://api.x.ai/v1", "XAI_API_KEY")
    assert config.account() == "openai api.x.ai XAI_API_KEY"
    told = config.capabilities(OPENAI.capabilities)
    assert (told.price, told.tasks) == (0.06, {"t2i"})


def test_accounts_share_nothing() -> None:
    mine, other = capabilities(), capabilities(key_variable="OTHER_KEY")
    assert mine.account == "openai api.openai.com OPENAI_API_KEY"
    assert other.account != mine.account


def test_what_changes_no_picture_is_not_part_of_the_identity() -> None:
    plain = OpenAIConfig().identity()
    same = OpenAIConfig.model_validate(
        {
            "key_variable": "OTHER",
            "timeout": 5,
            "price": 1.0,
            "token_prices": {"text_in": 1, "image_in": 1, "image_out": 1},
        }
    )
    assert same.identity() == plain
    assert OpenAIConfig(quality="high").identity() != plain
    assert OpenAIConfig(model="gpt-image-2-2026-04-21").identity() != plain


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"size": "1000x1000"}, "multiples of 16; 992x992 is near"),
        ({"size": "3200x800"}, "longer than 3 to 1"),
        ({"size": "3840x3840"}, "larger than 3840x2160"),
        ({"size": "large"}, "WIDTHxHEIGHT"),
        ({"model": "gpt-image-1.5", "size": "1024x768"}, "takes 1024x1024, 1024x1536, 1536x1024"),
        ({"quality": "xhigh"}, "has the qualities low, medium, high, auto"),
        ({"input_fidelity": "high"}, "gpt-image-2 does not take input_fidelity"),
        ({"output_compression": 50}, 'needs output_format = "jpeg"'),
        ({"background": "transparent", "output_format": "jpeg"}, "no transparent background"),
        ({"extra_body": {"n": 4}}, "n is set by the adapter"),
        ({"base_url": ""}, "base_url is empty"),
        ({"base_url": "api.openai.com"}, "begins with https://"),
        ({"leave_out": ["prompt"]}, "leave_out"),
        ({"model": ""}, "model"),
    ],
)
def test_what_would_fail_for_every_picture_is_refused_before(config: Any, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        OpenAIConfig.model_validate(config)


def test_other_servers_take_what_they_take() -> None:
    config = {"model": "flux", "size": "1000x500", "quality": "hd", "input_fidelity": "high"}
    assert OpenAIConfig.model_validate(config).quality == "hd"

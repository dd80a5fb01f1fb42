"""What a call is said to cost, before and after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adapters.google.tests.google import USAGE, Google, body, image_part, png
from genspace_adapter_google.models import load_models
from genspace_adapter_google.plugin import GOOGLE, GoogleConfig
from genspace_core.errors import Refused
from genspace_core.interfaces import Capabilities


def declared(**keys: Any) -> Capabilities:
    return GoogleConfig.model_validate(keys).capabilities(GOOGLE.capabilities)


@pytest.mark.parametrize(
    ("model", "size", "price"),
    [
        ("gemini-nano-banana-2.1", "1K", 0.0336),
        ("gemini-nano-banana-2.1", "2K", 0.0504),
        ("gemini-nano-banana-2.1", "4K", 0.1134),
        ("gemini-3-pro-image", "1K", 0.1344),
        ("gemini-3-pro-image", "4K", 0.24),
        ("gemini-3.1-flash-lite-image", "1K", 0.0336),
        ("gemini-3.1-flash-image", "2K", 0.1008),
        ("gemini-2.5-flash-image", "1K", 0.0387),
    ],
)
def test_prices_are_those_that_google_states(model: str, size: str, price: float) -> None:
    """For a picture, as rounded on its page."""
    told = declared(model=model, image_size=size)
    assert told.price == pytest.approx(price)
    assert told.price_most is not None
    assert price < told.price_most < 2.6 * price


def test_a_model_that_is_not_known_has_no_price(google: Google) -> None:
    told = declared(model="gemini-9-image")
    assert (told.price, told.price_most, told.ends) == (None, None, None)
    assert google.answered(body(image_part(png())), model="gemini-9-image").cost is None


def test_the_users_price_goes_before_the_tables(google: Google) -> None:
    told = declared(price=0.5)
    assert (told.price, told.price_most) == (0.5, None)
    assert google.answered(body(image_part(png())), price=0.5).cost == 0.5
    assert google.answered(body(image_part(png())), price=0.0, model="gemini-9-image").cost == 0.0


PROMPT, THOUGHTS, PICTURE = 10 * 1.5e-6, 200 * 7.5e-6, 1120 * 30e-6
SPOKEN = USAGE | {
    "candidatesTokenCount": 1160,
    "candidatesTokensDetails": [
        {"modality": "TEXT", "tokenCount": 40},
        {"modality": "IMAGE", "tokenCount": 1120},
    ],
}
UNSPLIT = {"promptTokenCount": 10, "candidatesTokenCount": 1120, "totalTokenCount": 1130}


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (USAGE, PROMPT + THOUGHTS + PICTURE),
        (SPOKEN, PROMPT + THOUGHTS + PICTURE + 40 * 7.5e-6),
        (UNSPLIT, PROMPT + PICTURE),
        ({}, PICTURE),
        ({"promptTokenCount": "many", "candidatesTokensDetails": [None]}, PICTURE),
    ],
)
def test_a_picture_costs_what_its_tokens_do(google: Google, usage: dict[str, Any], cost: float) -> None:
    assert google.answered(body(image_part(png()), usageMetadata=usage)).cost == pytest.approx(cost)


def test_two_pictures_cost_twice(google: Google) -> None:
    twice = USAGE | {"candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 2240}]}
    image = google.answered(body(image_part(png()), image_part(png(seed=2)), usageMetadata=twice))
    assert image.cost == pytest.approx(PROMPT + THOUGHTS + 2 * PICTURE)


def test_a_larger_picture_without_usage_has_its_own_price(google: Google) -> None:
    answer = body(image_part(png()), usageMetadata={})
    assert google.answered(answer, image_size="2K").cost == pytest.approx(0.0504)


def test_a_refusal_costs_its_tokens(google: Google) -> None:
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 30, "thoughtsTokenCount": 200}
    with pytest.raises(Refused) as caught:
        google.answered(body({"text": "No."}, usageMetadata=usage))
    assert caught.value.cost == pytest.approx(PROMPT + THOUGHTS + 30 * 7.5e-6)


def test_a_lost_picture_whose_tokens_are_not_told_apart_has_no_known_cost(google: Google) -> None:
    error = google.failed(body(image_part(b"not a picture"), usageMetadata=UNSPLIT))
    assert (error.cost, error.charged) == (None, True)


def test_what_a_text_cost_may_be_unknown(google: Google) -> None:
    with pytest.raises(Refused) as caught:
        google.answered(body({"text": "No."}, usageMetadata={}))
    assert (caught.value.cost, caught.value.charged) == (None, True)


def test_models_end() -> None:
    assert declared(model="gemini-3.1-flash-image").ends == date(2026, 10, 29)
    assert declared().ends is None


def test_the_default_size_is_in_every_row() -> None:
    assert all("1K" in row.pictures for row in load_models().values())

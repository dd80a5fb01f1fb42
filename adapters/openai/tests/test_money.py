"""What a picture costs: by its tokens, or by the table, or as the user says."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.openai.tests.asking import ask_one
from adapters.openai.tests.vendor import USAGE, body
from genspace_adapter_openai.models import OPENAI_URL, TokenPrices, find_model, load_models
from genspace_adapter_openai.plugin import OPENAI, OpenAIConfig
from genspace_core.testing import Answer, picture

PRICES = {"text_in": 5.0, "image_in": 8.0, "image_out": 30.0}


def capabilities(**config: Any) -> Any:
    return OpenAIConfig.model_validate(config).capabilities(OPENAI.capabilities)


def test_the_cost_is_that_of_the_tokens() -> None:
    made = ask_one(token_prices=PRICES).asked.picture()
    assert made.cost == pytest.approx((50 * 5 + 1056 * 30) / 1e6)


@pytest.mark.parametrize(
    ("usage", "edit", "dollars"),
    [
        ({"input_tokens": 100, "output_tokens": 1000}, False, 100 * 5 + 1000 * 30),
        ({"input_tokens": 100, "output_tokens": 1000}, True, 100 * 8 + 1000 * 30),
        (
            {
                "input_tokens_details": {"text_tokens": 20, "image_tokens": 400},
                "output_tokens_details": {"text_tokens": 10, "image_tokens": 1000},
            },
            True,
            20 * 5 + 400 * 8 + 10 * 30 + 1000 * 30,
        ),
        ({"input_tokens": 100}, False, None),
        ({"input_tokens": "many", "output_tokens": 1}, False, None),
        ({"input_tokens": True, "output_tokens": 1}, False, None),
        ({}, False, None),
    ],
)
def test_tokens_of_each_kind(usage: dict[str, Any], edit: bool, dollars: float | None) -> None:
    cost = TokenPrices(**PRICES).cost(usage, edit=edit)
    assert cost == (None if dollars is None else pytest.approx(dollars / 1e6))


def test_text_that_comes_out_has_its_own_price() -> None:
    usage = USAGE | {"output_tokens_details": {"text_tokens": 100, "image_tokens": 0}}
    assert TokenPrices(**PRICES, text_out=10.0).cost(usage, edit=False) == pytest.approx(0.00125)


def test_without_usage_it_is_the_users_price() -> None:
    said = body(picture(64, 64))
    del said["usage"]
    assert ask_one(said, price=0.07, token_prices=PRICES).asked.picture().cost == 0.07
    assert ask_one(said, token_prices=PRICES).asked.picture().cost is None


def test_the_users_price_comes_first() -> None:
    assert ask_one(price=0.07, token_prices=PRICES).asked.picture().cost == 0.07
    assert (capabilities(price=0.07).price, capabilities(price=0.07).price_most) == (0.07, None)


def test_a_reseller_has_prices_of_its_own() -> None:
    assert ask_one().asked.picture().cost is None
    assert capabilities(base_url="https://reseller.example/v1").price is None
    assert capabilities(base_url=OPENAI_URL + "/").price == 0.053


def test_a_model_that_is_not_in_the_table_has_no_price() -> None:
    assert capabilities(model="gpt-image-9").price is None
    assert capabilities(model="gpt-image-9", price=0.1).price == 0.1


def test_what_a_failed_answer_cost_is_known() -> None:
    said = body(b"") | {"data": [{"b64_json": "*" * 400}]}
    asked = ask_one(said, token_prices=PRICES).asked
    assert asked.error is not None
    assert asked.bill.known == pytest.approx(0.03193)
    asked = ask_one(body(b"") | {"data": []}, token_prices=PRICES).asked
    assert asked.bill.known == pytest.approx(0.03193)


def test_a_price_by_quality_and_size() -> None:
    assert capabilities(quality="high", size="1536x1024").price == 0.165
    assert capabilities(model="gpt-image-2-2026-04-21").price == 0.053
    assert capabilities(quality="auto").price == 0.211
    assert capabilities(size="auto").price == 0.053
    assert capabilities(size="2048x2048").price == pytest.approx(4 * 0.053)


def test_the_most_it_can_cost_has_prompt_and_source_in_it() -> None:
    told = capabilities()
    assert told.price_most == pytest.approx(0.053 + (1000 * 5 + 6500 * 8) / 1e6)
    assert told.price_most > told.price


@pytest.mark.parametrize("name", [name for name, row in load_models().items() if row.tokens])
def test_the_prices_of_a_picture_are_those_of_whole_tokens(name: str) -> None:
    """At 1024x1024 they are tokens times price, rounded; a slip of the pen would hardly be."""
    row = find_model(name)
    assert row is not None
    assert row.tokens is not None
    assert set(row.prices) == set(row.qualities)
    squares = [row.prices[quality]["1024x1024"] for quality in row.qualities]
    assert squares == sorted(squares)
    assert all(100 < price / row.tokens.image_out * 1e6 < 7100 for price in squares)


def test_an_address_brings_its_cost_along() -> None:
    def route(call: Any) -> Answer:
        if call.method == "POST":
            data = [{"url": f"http://{call.headers['host']}/a.png?sig=abc"}]
            return Answer(200, {"data": data, "usage": USAGE})
        return Answer(200, picture(64, 64))

    made = ask_one(route, token_prices=PRICES).asked.picture()
    assert made.cost == pytest.approx(0.03193)
    assert "sig=abc" not in str(made.answer)

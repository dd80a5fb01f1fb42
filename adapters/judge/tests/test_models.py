"""Prices, and what is known of models."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from genspace_adapter_judge.models import JudgeModel, load_models
from genspace_adapter_judge.plugin import GOOGLE, OPENAI, GoogleJudgeConfig, OpenAIJudgeConfig
from genspace_adapter_judge.question import PACKAGE

CONFIGS: dict[str, Any] = {"openai": (OPENAI, OpenAIJudgeConfig), "google": (GOOGLE, GoogleJudgeConfig)}
KNOWN = [(vendor, name) for vendor in CONFIGS for name in load_models(vendor)]
MODEL = JudgeModel(
    input=1.0, output=5.0, cached=0.1, cache_write=2.0, output_tokens=100, patch=32, image_most=2.0
)


def test_tokens_cost_what_they_are() -> None:
    assert MODEL.cost(1_000_000, 0) == pytest.approx(1.0)
    assert MODEL.cost(0, 1_000_000) == pytest.approx(5.0)
    assert MODEL.cost(1_000_000, 0, cached=500_000) == pytest.approx(0.55)
    assert MODEL.cost(1_000_000, 0, written=500_000) == pytest.approx(1.5)
    assert MODEL.cost(100, 0, cached=500) == pytest.approx(50e-6)


def test_a_smaller_picture_is_cheaper() -> None:
    assert MODEL.price(512) < MODEL.price(1024)
    assert MODEL.price(1024) == pytest.approx((600 + 32 * 32) * 1e-6 + 100 * 5e-6)


def test_prices_change_on_their_day() -> None:
    flash = load_models("google")["gemini-3.8-flash"]
    assert flash.rates(date(2026, 12, 31)) == (0.75, 3.75)
    assert flash.rates(date(2027, 1, 1)) == (1.5, 7.5)
    assert flash.cost(0, 1_000_000, day=date(2027, 1, 1)) == pytest.approx(7.5)


@pytest.mark.parametrize(("vendor", "name"), KNOWN)
def test_a_price_is_known_before(vendor: str, name: str) -> None:
    """Most is more than usual, and less than twenty cents where an answer is of ordinary length."""
    spec, config = CONFIGS[vendor]
    able = config(model=name, max_tokens=1024).capabilities(spec.capabilities)
    assert 0 < able.price < able.price_most < 0.20
    assert able.reads == {"image"}
    assert able.network
    assert able.account.startswith(f"{vendor} ")


@pytest.mark.parametrize(("vendor", "name"), KNOWN)
def test_it_has_a_ready_name(vendor: str, name: str) -> None:
    ready = tomllib.loads((Path(__file__).parents[3] / "plugins.toml").read_text("utf-8"))["metrics"]
    assert ready[f"judge-{name}"] == {"plugin": f"judge-{vendor}", "model": name}


def test_the_table_says_when_it_was_read() -> None:
    table = tomllib.loads(files(PACKAGE).joinpath("models.toml").read_text("utf-8"))
    assert isinstance(table["read"], date)
    assert set(table) == {"read", "openai", "google"}


def test_an_unknown_model_has_no_known_price() -> None:
    able = OpenAIJudgeConfig(model="gpt-99").capabilities(OPENAI.capabilities)
    assert (able.price, able.price_most, able.ends) == (None, None, None)


def test_another_server_has_prices_of_its_own() -> None:
    """Even where it serves a model of a known name."""
    there = OpenAIJudgeConfig(base_url="http://127.0.0.1:8000/v1").capabilities(OPENAI.capabilities)
    assert there.price is None
    told = OpenAIJudgeConfig(base_url="http://127.0.0.1:8000/v1", price=0.002)
    assert told.capabilities(OPENAI.capabilities).price == 0.002


def test_a_model_that_ends_says_when() -> None:
    able = OpenAIJudgeConfig(model="gpt-4o").capabilities(OPENAI.capabilities)
    assert able.ends == date(2027, 1, 14)


def test_the_account_is_shared_with_the_generators() -> None:
    able = OpenAIJudgeConfig(concurrency=5, requests_per_minute=30).capabilities(OPENAI.capabilities)
    assert able.account == "openai api.openai.com OPENAI_API_KEY"
    assert (able.max_concurrency, able.requests_per_minute) == (5, 30)

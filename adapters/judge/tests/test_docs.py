"""docs/judges.md says what a judge is really asked, and what it really costs."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from genspace_adapter_judge.models import load_models
from genspace_adapter_judge.plugin import OpenAIJudgeConfig
from genspace_adapter_judge.question import PACKAGE

PAGE = (Path(__file__).parents[3] / "docs" / "judges.md").read_text("utf-8")


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files(PACKAGE).joinpath(name).read_text("utf-8"))


@pytest.mark.parametrize("name", _data("prompts.toml"))
def test_it_holds_the_prompt_in_full(name: str) -> None:
    assert f"```text\n{_data('prompts.toml')[name].strip()}\n```" in PAGE


@pytest.mark.parametrize("number", range(36))
def test_it_holds_every_question(number: int) -> None:
    told = _data("questions.toml")
    assert f"\n| {number} | {told['t2i'][number]} | {told['edit'][number]} |\n" in PAGE


@pytest.mark.parametrize("vendor", ["openai", "google"])
def test_it_holds_every_price(vendor: Any) -> None:
    """As of the day on which they were read, at the defaults."""
    day, usual = _data("models.toml")["read"], OpenAIJudgeConfig()
    for name, model in load_models(vendor).items():
        price = model.price(usual.longest, day)
        most = model.price_most(usual.longest, usual.max_tokens, day)
        assert f"\n| `judge-{name}` | ${price:.4f} | ${1800 * price:.2f} | ${most:.3f} |\n" in PAGE

"""What is refused, and what may be asked, before anything is paid for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from genspace_core.cli.money import budget_for, with_prices
from genspace_core.errors import InputError
from genspace_core.interfaces import Capabilities
from genspace_core.plugins.config import resolve


def _remote(price):
    found = resolve("generators", "perfect")
    able = Capabilities(network=True, price=price)
    config = type("Config", (), {"capabilities": lambda self, declared: able})()
    return replace(found, config=config)


def _budget(known, **options):
    given = {"budget": None, "price": None, "no_budget": False} | options
    return budget_for([_remote(known)], [], [], **given)


def test_a_dry_run_may_name_a_budget_and_needs_no_price():
    assert _budget(0.04, budget=50.0, dry_run=True).limit == 50
    assert _budget(None, dry_run=True) is None


def test_a_price_that_nobody_knows_is_asked_for():
    with pytest.raises(InputError, match="no price is known; say what a picture costs with --price"):
        _budget(None, budget=50.0)
    assert _budget(None, no_budget=True) is None
    assert _budget(None, price=0.04, budget=2.0).limit == 2


def test_options_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="contradict each other"):
        _budget(0.04, budget=50.0, no_budget=True)


def test_a_price_is_for_models_that_have_none():
    names = ["gpt-image-2", "seedream-4.5", "perfect"]
    told = {maker.name: (maker.capabilities.price, extra) for maker, extra in with_prices(names, None, 0.02)}
    assert told == {"gpt-image-2": (0.053, None), "seedream-4.5": (0.02, None), "perfect": (0.0, None)}
    with pytest.raises(InputError, match="that of gpt-image-2, perfect is; leave it out"):
        with_prices(["gpt-image-2", "perfect"], None, 0.02)


def test_a_key_that_is_missing_is_told_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    arguments = ["run", "-g", "perfect", "-g", "openai", "--limit", "4", "--budget", "1"]
    command = [sys.executable, "-m", "genspace_core", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: OPENAI_API_KEY is not set")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())

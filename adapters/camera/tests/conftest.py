"""Packages that stand in for the models' own, and their weights in a torch cache of the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("geocalib", "perspective2d")


@pytest.fixture
def torch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for what torch fetches."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub"


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stand-ins can be imported, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(Path(__file__).with_name("packages")))
    yield
    for name in PACKAGES:
        sys.modules.pop(name, None)


@pytest.fixture
def installed(packages: None, torch_home: Path) -> Path:
    """The stand-ins with their weights; gives the cache that holds them."""
    import torch

    for file in (
        "geocalib/pinhole.tar",
        "checkpoints/paramnet_360cities_edina_rpf.pth",
        "checkpoints/paramnet_gsv_rpf.pth",
    ):
        place = torch_home / file
        place.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"model": {"scale": torch.ones(())}}, place)
    return torch_home

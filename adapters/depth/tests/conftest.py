from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


def _load(name: str) -> ModuleType:
    """A module beside this one; tests are imported by path, so their folder is on no one's path."""
    spec = importlib.util.spec_from_file_location(
        f"depth_tests_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """Makers of tiny checkpoints."""
    return _load("tiny")


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """Makers of checkpoints for the packages that stand in for the models' own."""
    return _load("fakes")


@pytest.fixture(scope="session")
def checkpoint(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint for this plugin, made when it is first asked for."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = tiny.MAKERS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return make


PACKAGES = ("moge", "unidepth", "depth_anything_3", "mmengine", "torchvision", "timm")


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for the models' own packages, importable for one test."""
    folder = Path(__file__).parent / "packages"
    monkeypatch.syspath_prepend(str(folder))
    forget(monkeypatch)
    return folder


@pytest.fixture(autouse=True)
def _no_leftovers(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever another test imported of the packages."""
    for name in list(sys.modules):
        if name.partition(".")[0] in PACKAGES:
            monkeypatch.delitem(sys.modules, name)

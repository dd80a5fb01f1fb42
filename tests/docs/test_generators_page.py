"""docs/generators.md: its table is that of the adapters, and its examples are configurations that hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from genspace_adapter_diffusers import load_models
from genspace_core.plugins.config import resolve
from scripts.write_docs import DOCS, MODELS, generators_page

PAGE = DOCS / "generators.md"
EXAMPLES = "\n".join(re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
READY = [(package, name) for package in MODELS for name in load_models(package)]


def test_the_table_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert page == generators_page(page), "run: make docs"


@pytest.mark.parametrize("name", tomllib.loads(EXAMPLES)["generators"])
def test_an_example_is_a_generator(name: str, tmp_path: Path) -> None:
    file = tmp_path / "plugins.toml"
    file.write_text(EXAMPLES)
    generator = resolve("generators", name, file)
    assert generator.capabilities.tasks == {"t2i"}
    assert generator.capabilities.weights


@pytest.mark.parametrize(("package", "name"), READY, ids=[name for _, name in READY])
def test_a_known_model_is_a_ready_name(package: str, name: str) -> None:
    model = load_models(package)[name]
    generator = resolve("generators", name, None)
    assert generator.capabilities.tasks == set(model.tasks)
    assert generator.capabilities.memory == model.memory
    weights = generator.capabilities.weights[0]
    assert (weights.name, weights.revision) == (model.checkpoint, model.revision)


def test_the_pipelines_are_in_diffusers() -> None:
    import diffusers

    named = {model.pipeline for package in MODELS for model in load_models(package).values()}
    assert [name for name in named if not hasattr(diffusers, name)] == []

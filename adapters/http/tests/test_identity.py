"""What makes pictures anew, and what does not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from adapters.http.tests.test_own_recipe import recipe_of_the_docs
from genspace_adapter_http import read_recipe, shipped_recipes
from genspace_adapter_http.plugin import HTTP, HttpConfig

GOOD = recipe_of_the_docs()


def identity(folder: Path, text: str = GOOD, name: str = "easel.toml", **config: object) -> object:
    (folder / name).write_text(text)
    return HttpConfig.model_validate({"recipe": str(folder / name), **config}).identity()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('prompt = "{prompt}"', 'prompt = "photo: {prompt}"'),
        ("enhance = false", "enhance = true"),
        ("width = 1024", "width = 1088"),
        ("pictures[0]", "pictures[1]"),
        ("https://api.easel.example/v1", "https://api.easel.example/v2"),
        ("easel-2-20260901", "easel-2-20261001"),
        ("price = 0.02", "body = { quality = 1 }"),
    ],
)
def test_a_recipe_that_asks_for_something_else(old: str, new: str, tmp_path: Path) -> None:
    assert old in GOOD
    assert identity(tmp_path) != identity(tmp_path, GOOD.replace(old, new, 1), "other.toml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("price = 0.02", "price = 0.5"),
        ("concurrency = 8", "concurrency = 9"),
        ("patience = 300", "patience = 900"),
        ("'unsafe', 'person'", "'unsafe'"),
        ("2026-11-27", "2026-12-24"),
        ("# easel.toml", "# another comment"),
    ],
)
def test_a_recipe_that_asks_for_the_same(old: str, new: str, tmp_path: Path) -> None:
    assert old in GOOD
    assert identity(tmp_path) == identity(tmp_path, GOOD.replace(old, new, 1), "other.toml")


def test_neither_the_place_of_the_file_nor_the_way_to_name_the_model_counts(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    assert identity(tmp_path) == identity(tmp_path / "below", name="moved.toml")
    assert identity(tmp_path) == identity(tmp_path, model="easel-2-20260901")
    assert identity(tmp_path) == identity(tmp_path, timeout=3.0, concurrency=2, price=9.0)


def test_sizes_arguments_and_another_server_count(tmp_path: Path) -> None:
    told = [
        identity(tmp_path, **config)
        for config in (
            {},
            {"width": 512},
            {"arguments": {"options": {"steps": 9}}},
            {"base_url": "https://other.example"},
            {"model": "easel-1"},
        )
    ]
    assert len({str(one) for one in told}) == len(told)


def test_a_recipe_that_is_changed_during_a_run_changes_nothing_there(tmp_path: Path) -> None:
    file = tmp_path / "easel.toml"
    file.write_text(GOOD)
    config = HttpConfig.model_validate({"recipe": str(file)})
    before = config.identity()
    file.write_text(GOOD.replace("enhance = false", "enhance = true"))
    assert config.identity() == before
    file.unlink()
    assert config.tables.t2i is not None
    assert config.capabilities(HTTP.capabilities).price == 0.02


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_model_has_a_ready_name(name: str) -> None:
    ready = tomllib.loads((Path(__file__).parents[3] / "plugins.toml").read_text("utf-8"))["generators"]
    for model in read_recipe(name).models:
        assert ready[model] == {"plugin": "http", "recipe": name, "model": model}


def test_what_is_known_of_a_model() -> None:
    known = HttpConfig(model="bfl-flux-kontext-max").capabilities(HTTP.capabilities)
    assert (known.price, known.price_most, known.max_concurrency) == (0.08, None, 6)
    assert known.account == "Black Forest Labs api.bfl.ai BFL_API_KEY"
    other = HttpConfig(model="flux-9").capabilities(HTTP.capabilities)
    assert (other.price, other.max_concurrency, other.tasks) == (None, 24, {"t2i", "edit"})


def test_a_larger_picture_costs_more() -> None:
    usual = HttpConfig(model="bfl-flux-2-pro").capabilities(HTTP.capabilities)
    large = HttpConfig(model="bfl-flux-2-pro", width=2048, height=2048).capabilities(HTTP.capabilities)
    small = HttpConfig(model="bfl-flux-2-pro", width=512, height=512).capabilities(HTTP.capabilities)
    assert (usual.price, usual.price_most) == (0.03, 0.045)
    assert (large.price, large.price_most) == (pytest.approx(0.12), pytest.approx(0.18))
    assert small.price == 0.03
    own = HttpConfig(model="bfl-flux-2-pro", width=2048, height=2048, price=0.1)
    assert own.capabilities(HTTP.capabilities).price == 0.1
    assert own.capabilities(HTTP.capabilities).price_most is None


def test_an_identity_is_for_ever() -> None:
    """If this changes, everyone's pictures of the model are made, and paid for, anew: only with a reason."""
    told = HttpConfig(recipe="bfl", model="bfl-flux-2-pro").identity()
    assert told == {"model": "flux-2-pro", "recipe": "sha256:04e8dbb55a556a34"}

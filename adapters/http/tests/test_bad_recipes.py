"""What is wrong with a recipe is said in one line, with file, table and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.http.tests.test_own_recipe import recipe_of_the_docs
from genspace_adapter_http.plugin import HttpConfig
from genspace_adapter_http.reading import RecipeError, read_recipe, shipped_recipes
from genspace_core.errors import ConfigError
from genspace_core.plugins.config import resolve

GOOD = recipe_of_the_docs()
BAD = {
    "an unknown key": (
        "patience = 300",
        "pateince = 300",
        "[job] unknown key pateince (allowed: address, path,",
    ),
    "an unknown table": ("[facts]", "[fact]", "unknown key fact (allowed: "),
    "a missing table": ("[answer]", "[variants.answer]", "lacks answer"),
    "a missing key": ('status = "state"\n', "", "[job] lacks status"),
    "no vendor": ('vendor = "Easel"\n', "", "lacks vendor"),
    "no JMESPath": (
        '"result.pictures[0].url"',
        '"result.pictures[0"',
        "[answer] image: 'result.pictures[0' is no",
    ),
    "no JMESPath in a list": (
        "contains(['unsafe', 'person'], error.code)",
        "contains(",
        "[[refusals]] 1: when: ",
    ),
    "an unknown placeholder": (
        'size = "{size}"',
        'size = "{sise}"',
        "[t2i.json] there is no placeholder {sise}",
    ),
    "a file in JSON": ('"{size}"', '"{source_png}"', "[t2i] {source_png} is a file: only form takes it"),
    "two bodies": (
        "[t2i.json]",
        "[t2i.form]\nx = 1\n[t2i.json]",
        "[t2i] a request has a body: give json or form",
    ),
    "no key in a header": ("Bearer {key}", "Bearer", "key_variable: no header holds the key"),
    "another placeholder in a header": (
        "Bearer {key}",
        "Bearer {kye}",
        "[headers] a header has no other placeholder",
    ),
    "a key, and no variable": ('key_variable = "EASEL_API_KEY"\n', "", "headers: {key} needs key_variable"),
    "two ways to a job": (
        'address = "links.self"',
        'address = "a"\npath = "/b"',
        "[job] give address or path",
    ),
    "a host that is everything": ('["*.easel.example"]', '["*"]', "hosts: '*' is no host such as"),
    "a base URL that is none": ("https://api", "api", "base_url: "),
    "a size that does not fit": (
        "width = 1024",
        "width = 1000",
        "[size] 1000 x 1024: sides are multiples of 64",
    ),
    "an unknown kind": (
        'kind = "quota"',
        'kind = "money"',
        "[[errors]] 1: kind: Input should be 'auth', 'quota'",
    ),
    "an unknown variant": ('id = "easel-2-20260901"', 'id = "x"\nvariant = "y"', "there is no [variants.y]"),
    "a task without a request": (
        "[edit]\n",
        "[variants.a.edit]\n",
        "[models.easel-2] tasks: there is no [edit]",
    ),
    "not TOML": ("[size]", "[size", "is not TOML ("),
    "a price that is text": (
        "price = 0.02",
        'price = "cheap"',
        "[models.easel-2] price: Input should be a valid number",
    ),
}


@pytest.mark.parametrize(("old", "new", "words"), BAD.values(), ids=BAD)
def test_a_bad_recipe(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if new == "[variants.a.edit]\n":
        text = text.replace("[edit.form]", "[variants.a.edit.form]")
    file = tmp_path / "easel.toml"
    file.write_text(text)
    with pytest.raises(RecipeError) as caught:
        read_recipe(str(file))
    line = str(caught.value)
    assert line.startswith(f"{file}: ")
    assert words in line
    assert len(line.splitlines()) == 1


def test_the_users_table_and_the_recipe_are_named(tmp_path: Path) -> None:
    recipe, plugins = tmp_path / "easel.toml", tmp_path / "plugins.toml"
    recipe.write_text(GOOD.replace("kept = 3600", "keeps = 3600"))
    plugins.write_text(f'[generators.easel]\nplugin = "http"\nrecipe = "{recipe}"\n')
    with pytest.raises(ConfigError) as caught:
        resolve("generators", "easel", plugins)
    line = str(caught.value)
    assert "[generators.easel]" in line
    assert "easel.toml: [answer] unknown key keeps" in line
    assert "\n" not in line


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(
        RecipeError, match=r"recipe bfll: there is no such file in .*: bfl, fal, ideogram, qwen"
    ):
        read_recipe("bfll")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"recipe": "bfl", "width": 1000}, "sides are multiples of 16"),
        ({"recipe": "bfl", "width": 4096, "height": 4096}, "a picture has 4096 to 4194304 pixels"),
        (
            {"recipe": "ideogram", "width": 1000, "height": 1000},
            "1000 x 1000 is none of its sizes: 2048x2048",
        ),
        ({"recipe": "bfl", "seed": 3}, "seed"),
    ],
)
def test_a_configuration_that_cannot_be_asked_for(config: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        HttpConfig.model_validate(config)


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_shipped_recipe_says_when_and_where_it_was_read(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.read.isoformat() >= "2026-11-27"
    assert recipe.docs.startswith("https://")
    assert recipe.key_page.startswith("https://")
    assert recipe.base_url.startswith("https://")
    assert recipe.models

"""The tables of docs/apis.md: every ready name of a model behind an API, and where keys are made."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from genspace_core.plugins.config import Resolved, resolve

READY = Path(__file__).resolve().parents[1] / "plugins.toml"
PLUGINS = ("openai", "google", "http")
VENDORS = {
    "OPENAI_API_KEY": ("OpenAI", "https://platform.openai.com/api-keys"),
    "XAI_API_KEY": ("xAI", "https://console.x.ai"),
    "GEMINI_API_KEY": ("Google", "https://aistudio.google.com/apikey"),
}
"""Name and page of those that have no recipe, by the variable of the key."""
TASKS = {"t2i": "makes", "edit": "edits"}
KEYS = ("<!-- keys: written by `make docs` -->\n", "<!-- end of keys -->")
MODELS = ("<!-- models: written by `make docs` -->\n", "<!-- end of models -->")


def apis_page(page: str) -> str:
    """docs/apis.md with its tables as the adapters have them."""
    for (begin, end), table in ((KEYS, _keys()), (MODELS, _models())):
        before, rest = page.split(begin)
        _, after = rest.split(end)
        page = before + begin + table + end + after
    return page


def ready_names() -> Iterator[Resolved]:
    """Those of models behind an API, vendor by vendor."""
    tables = tomllib.loads(READY.read_text("utf-8"))["generators"]
    found = [
        resolve("generators", name, READY) for name, table in tables.items() if table.get("plugin") in PLUGINS
    ]
    yield from sorted(found, key=lambda one: PLUGINS.index(one.plugin))


def _keys() -> str:
    lines = ["| vendor | variable | keys are made at |", "|---|---|---|"]
    for one in ready_names():
        variable = getattr(one.config, "key_variable", "")
        recipe = getattr(one.config, "contract", None)
        named = (recipe.vendor, recipe.key_page) if recipe else VENDORS[variable]
        lines.append(f"| {named[0]} | `{variable}` | {named[1]} |")
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _models() -> str:
    lines = [
        "| `--generator` | model | does | seed | a picture | at most | shut down |",
        "|---|---|---|---|--:|--:|---|",
    ]
    for one in ready_names():
        known = one.capabilities
        does = " and ".join(TASKS[task] for task in sorted(known.tasks, reverse=True))
        model = one.config.row.id if one.plugin == "http" else getattr(one.config, "model", "")
        most = known.price_most if known.price_most is not None else known.price
        ends = f"{known.ends:%Y-%m-%d}" if known.ends else ""
        seed = "yes" if known.seeds else "no"
        cells = [f"`{one.name}`", f"`{model}`", does, seed, _dollars(known.price), _dollars(most), ends]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _dollars(price: float | None) -> str:
    return "not known" if price is None else f"{price:.4f}".rstrip("0").rstrip(".")

"""How a model is asked for a name."""

from __future__ import annotations

VOWELS = "aeiou"


def write_query(template: str, name: str) -> str:
    """The query for a name: the template with {name} and {article} filled in.

    The article is by spelling ("an oven"), which is right for all categories of the suite.
    """
    article = "an" if name[:1].lower() in VOWELS else "a"
    return template.replace("{article}", article).replace("{name}", name)

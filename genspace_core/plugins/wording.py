"""Small pieces of text that error messages share."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from genspace_core.errors import GenSpaceError

LONGEST = 300  # characters of somebody else's error message worth showing
SECRET = re.compile(r"(^|_)(key|secret|token|password|passwd|credentials?|auth)($|_)", re.IGNORECASE)
"""Names of settings whose value is never repeated."""
SHORTEST_SECRET = 8  # characters; nobody's key is shorter, and "1" stands in many texts


def closest(name: str, options: Iterable[str]) -> str | None:
    """The option that `name` was probably meant to be; case does not count."""
    by_lower = {option.lower(): option for option in options}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggest(name: str, options: Iterable[str]) -> str:
    """Text like `; did you mean "flux"?`, or "" when nothing is close."""
    found = closest(name, options)
    return f'; did you mean "{found}"?' if found else ""


def choices(name: str, options: Sequence[str], label: str) -> str:
    """Text like `(did you mean "flux"? allowed: flux, sdxl)`."""
    found = closest(name, options)
    near = f'did you mean "{found}"? ' if found else ""
    return f"({near}{label}: {', '.join(options) or 'none'})"


def listing(names: Iterable[str]) -> str:
    """Names in order and once, or "none"."""
    return ", ".join(sorted(set(names))) or "none"


def one_line(text: str, longest: int = LONGEST) -> str:
    """All white space folded to single blanks, and cut when very long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


_REMEMBERED: dict[str, str] = {}


def remember_secret(value: str, name: str) -> None:
    """A key that was read from a variable: it is hidden, whatever the variable is called or comes to hold.

    One shorter than `SHORTEST_SECRET` is none, but what a server without keys is given, such as "none".
    """
    if len(value) >= SHORTEST_SECRET:
        _REMEMBERED[value] = name


def without_secrets(text: str) -> str:
    """The text without keys, should it quote one: those that were read, and what variables seem to hold."""
    for value, name in _REMEMBERED.items():
        text = text.replace(value, f"(value of {name})")
    for name in list(os.environ):
        value = os.environ.get(name, "")  # another thread may have taken it away
        if len(value) >= SHORTEST_SECRET and SECRET.search(name):
            text = text.replace(value, f"(value of {name})")
    return text


def toml_value(value: Any) -> str:
    """A value about as it stands in a TOML file, shortened."""
    return one_line(json.dumps(value, default=str, ensure_ascii=False), 60)


def toml_key(key: str) -> str:
    """A key as TOML writes it: quoted unless it is a bare one."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def describe_error(error: BaseException) -> str:
    """Say an error in one line without secrets; a plugin's own bug also says its type."""
    text = one_line(without_secrets(str(error))) or type(error).__name__
    text = text.encode("utf-8", "replace").decode()  # half a character can be kept nowhere
    return text if isinstance(error, GenSpaceError) else f"{type(error).__name__}: {text}"


def size_text(count: int) -> str:
    """Bytes as a person says them: 660 MB, 1.3 GB.

    >>> size_text(660_000_000), size_text(1_280_000_000)
    ('660 MB', '1.3 GB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"

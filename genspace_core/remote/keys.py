"""Keys come from the environment alone, and go nowhere but to the vendor."""

from __future__ import annotations

import os

from genspace_core.errors import PluginError
from genspace_core.plugins.wording import remember_secret


def read_key(variable: str, page: str = "") -> str:
    """The key in an environment variable.

    Args:
        variable: its name.
        page: where keys are made, for the message.

    Raises:
        PluginError: there is none, or it cannot be one.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        where = f"; keys are made at {page}" if page else ""
        raise PluginError(f"{variable} is not set{where}; fix: export {variable}=...")
    if not key.isprintable() or not key.isascii() or " " in key:
        raise PluginError(
            f"{variable} holds characters that no key has; copy it again, without quotation marks"
        )
    remember_secret(key, variable)
    return key

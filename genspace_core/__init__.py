"""GenSpace: how well do image generators understand 3D space?

The public names adapters may import live here, in `genspace_core.types`, `.interfaces`, `.errors`
and `.testing`. They are imported when first used, so that `import genspace_core` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genspace_core.suite.categories import Category, load_categories

__version__ = "0.1.0"
__all__ = ["Category", "__version__", "load_categories"]

_HOME = {
    "Category": "genspace_core.suite.categories",
    "load_categories": "genspace_core.suite.categories",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'genspace_core' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)

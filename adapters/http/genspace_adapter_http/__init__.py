"""Image APIs for GenSpace: one generator that follows a recipe, and the recipes of seven vendors."""

from genspace_adapter_http.reading import read_recipe, shipped_recipes
from genspace_adapter_http.recipe import KnownModel, Recipe

__all__ = ["KnownModel", "Recipe", "read_recipe", "shipped_recipes"]

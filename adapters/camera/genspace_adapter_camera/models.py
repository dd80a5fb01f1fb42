"""Which weights a model loads, from the table `weights.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from genspace_core import describe_weights
from genspace_core.interfaces import Weights

PACKAGE = "genspace_adapter_camera"


def weights_of(model: str) -> Weights:
    """What is known of a model's weights; their name is the address that they are fetched from."""
    return describe_weights(PACKAGE, _models()[model]["weights"])


def file_of(model: str) -> str:
    """Where a model's package keeps them, relative to `torch.hub.get_dir()`."""
    return _models()[model]["file"]


@cache
def _models() -> dict[str, dict[str, str]]:
    text = files(PACKAGE).joinpath("weights.toml").read_text("utf-8")
    models: dict[str, dict[str, str]] = tomllib.loads(text)["models"]
    return models

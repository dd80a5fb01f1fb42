"""Weights that a model's own package fetches by their address, into torch's cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

from genspace_adapter_camera.models import file_of, weights_of
from genspace_core import is_offline, loading
from genspace_core.errors import PluginError


@contextmanager
def fetching(torch: Any, model: str) -> Iterator[None]:
    """Around what fetches and loads the weights of a model of `weights.toml`.

    These packages do not know HF_HUB_OFFLINE; it holds here all the same.

    Raises:
        PluginError: they are not there and were not reached, or are damaged; with the fix, in one line.
    """
    address, place = weights_of(model).name, Path(torch.hub.get_dir(), *file_of(model).split("/"))
    by_hand = f"fetch it once with: curl -L --create-dirs -o {place} {address}"
    if not place.exists() and is_offline():
        raise PluginError(f"{place}: is not there, and HF_HUB_OFFLINE is set; {by_hand}")
    with loading(str(place), f"the weights of {model}"):
        try:
            yield
        except URLError as error:
            raise PluginError(f"{address}: was not reached ({error.reason}); {by_hand}") from error

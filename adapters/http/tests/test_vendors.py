"""Every shipped recipe against a server that answers as its vendor does."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from adapters.http.tests import vendors
from genspace_adapter_http.plugin import HTTP
from genspace_core.testing import JobConformance, RemoteConformance
from genspace_core.testing.pictures import smooth_picture


class Recipe:
    """What the tests of all recipes share; the servers have one picture for every seed."""

    spec = HTTP
    spec_module = "genspace_adapter_http.plugin"
    varies_with_seed = False


class TestBfl(Recipe, JobConformance):
    key_variable = "BFL_API_KEY"
    script = vendors.Bfl()
    config: ClassVar = {"recipe": "bfl", "model": "bfl-flux-2-pro"}


class TestSeedream(Recipe, RemoteConformance):
    key_variable = "ARK_API_KEY"
    script = vendors.Seedream()
    base_path = "/api/v3"
    config: ClassVar = {"recipe": "seedream", "model": "seedream-5.0"}

    def source(self) -> Any:
        """Of a size that it takes as it is, and quickly packed."""
        across = np.tile(np.arange(1920, dtype=np.uint16) // 8, (1920, 1)).astype(np.uint8)
        return np.dstack([across, across.T, np.full_like(across, 128)])


class TestQwen(Recipe, JobConformance):
    key_variable = "DASHSCOPE_API_KEY"
    script = vendors.Qwen()
    config: ClassVar = {"recipe": "qwen", "model": "qwen-api-3.0"}

    def source(self) -> Any:
        """Of a size that it takes as it is."""
        return smooth_picture(512, 512)


class TestStability(Recipe, RemoteConformance):
    key_variable = "STABILITY_API_KEY"
    script = vendors.Stability()
    config: ClassVar = {"recipe": "stability", "model": "stability-ultra"}


class TestIdeogram(Recipe, JobConformance):
    key_variable = "IDEOGRAM_API_KEY"
    script = vendors.Ideogram()
    config: ClassVar = {"recipe": "ideogram", "model": "ideogram-4.5"}


class TestFal(Recipe, JobConformance):
    key_variable = "FAL_KEY"
    script = vendors.Fal()
    config: ClassVar = {"recipe": "fal", "model": "fal-flux-schnell"}


class TestReplicate(Recipe, JobConformance):
    key_variable = "REPLICATE_API_TOKEN"
    script = vendors.Replicate()
    base_path = "/v1"
    config: ClassVar = {"recipe": "replicate", "model": "replicate-flux-2-pro"}

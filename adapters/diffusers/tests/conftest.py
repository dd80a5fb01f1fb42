"""A tiny SDXL on disk, for tests of what does not depend on the family."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.diffusers.tests.families.sdxl import make_sdxl
from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.generator import DiffusersGenerator, build

Build = Callable[..., DiffusersGenerator]


@pytest.fixture(scope="session")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    folder = tmp_path_factory.mktemp("sdxl")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        make_sdxl().save_pretrained(folder)
    return folder


@pytest.fixture
def built(sdxl: Path) -> Build:
    """The generator with these keys of the configuration."""

    def call(**keys: Any) -> DiffusersGenerator:
        usual = {"checkpoint": str(sdxl), "device": "cpu", "steps": 2, "width": 32, "height": 32}
        return build(PipelineConfig.model_validate(usual | keys))

    return call

"""HiDream-I1, whose fourth text encoder comes from elsewhere, and which chooses its size by itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from adapters.diffusers.tests.families.hidream_image import make_hidream_image
from adapters.diffusers.tests.running import RunConformance
from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.generator import build
from genspace_adapter_diffusers.models import load_models
from genspace_adapter_diffusers.plugin import DIFFUSERS
from genspace_adapter_diffusers.testing import PipelineConformance
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_core.errors import ConfigError, Fatal

ELSEWHERE = ("text_encoder_4", "tokenizer_4")


class TestHidreamImage(PipelineConformance, RunConformance):
    spec = DIFFUSERS
    options: ClassVar = {"steps": 2, "width": 128, "height": 128, "guidance": 5.0}

    @classmethod
    def make_pipeline(cls) -> Any:
        return make_hidream_image()

    @pytest.fixture(params=["null", "left out"])
    def apart(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        """A folder with the pipeline in `main` and these two parts in others, as they are on the hub."""
        main = tmp_path / "main"
        shutil.copytree(self.folder, main)
        index = json.loads((main / "model_index.json").read_text())
        for name in ELSEWHERE:
            (main / name).rename(tmp_path / name)
            index[name] = [None, None]
        if request.param == "left out":
            index = {name: told for name, told in index.items() if name not in ELSEWHERE}
        (main / "model_index.json").write_text(json.dumps(index))
        return tmp_path

    def test_its_llama_comes_from_elsewhere(self, apart: Path) -> None:
        """With the very keys that the table of models has, but for where the weights are."""
        known = load_models("genspace_adapter_diffusers")["hidream-i1"].config["parts"]
        parts = {name: known[name] | {"checkpoint": str(apart / name)} for name in ELSEWHERE}
        config = {**self.make_config(), "checkpoint": str(apart / "main"), "parts": parts}
        made = pixels(build(PipelineConfig.model_validate(config)).generate(self.request(0)))
        assert np.abs(made.astype(int) - pixels(self.made([self.request(0)])[0])).max() <= 1

    def test_without_it_there_is_one_line(self, apart: Path) -> None:
        config = {**self.make_config(), "checkpoint": str(apart / "main")}
        with pytest.raises(ConfigError, match=r"no text_encoder_4 and no tokenizer_4.*parts\.") as caught:
            build(PipelineConfig.model_validate(config))
        assert "\n" not in str(caught.value)

    def test_a_size_that_it_would_not_make_is_refused(self) -> None:
        """It makes pictures of one area whatever is asked for: the run would be of a size it does not say."""
        generator = build(PipelineConfig.model_validate({**self.make_config(), "width": 512, "height": 128}))
        (refused,) = generator.generate_batch([self.request(0)])
        assert isinstance(refused, Fatal)
        assert "asked for 512 x 128, a HiDreamImagePipeline makes 256 x 64" in str(refused)

    def test_a_shape_that_it_makes_is_made(self) -> None:
        generator = build(PipelineConfig.model_validate({**self.make_config(), "width": 256, "height": 64}))
        assert pixels(generator.generate(self.request(0))).shape == (64, 256, 3)

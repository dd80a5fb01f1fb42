"""The `genspace` command with an empty cache, and a hub on this machine that it asks."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from tests.commands import genspace
from tests.hub.loopback import ACCEPTED, SIGNATURE, Hub, safetensors

TOKEN = "hf_plantedplantedplanted"


@dataclass
class Desk:
    """Where commands are given."""

    hub: Hub
    place: Path

    def settings(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_") and "proxy" not in k.lower()}
        ours = {
            "HF_ENDPOINT": self.hub.address,
            "HF_HOME": str(self.place / "home"),
            "HF_TOKEN": TOKEN,
            "COLUMNS": "300",
        }
        return kept | ours | more

    def __call__(self, *words: object, **settings: str) -> CompletedProcess[str]:
        """A command; none ends in a traceback or says the token."""
        done = genspace(*words, cwd=self.place, env=self.settings(**settings), timeout=120)
        for text in (done.stdout, done.stderr):
            assert "Traceback" not in text, text
            assert TOKEN not in text
            assert ACCEPTED not in text
            assert SIGNATURE not in text
        return done

    def storage(self, name: str) -> Path:
        return self.place / "home" / "hub" / f"models--{name.replace('/', '--')}"

    def snapshot(self, name: str) -> Path:
        (found,) = (self.storage(name) / "snapshots").iterdir()
        return found


def error(done: CompletedProcess[str]) -> str:
    """The one line that a failed command says."""
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line.removeprefix("error: ")


PLUGINS = f"""
[depth_estimators.pinned]
plugin = "zoedepth"
checkpoint = "them/depth"
revision = "{1:040x}"

[depth_estimators.main]
plugin = "zoedepth"
checkpoint = "them/depth"

[depth_estimators.typo]
plugin = "zoedepth"
checkpoint = "them/dept"

[depth_estimators.gone]
plugin = "zoedepth"
checkpoint = "them/depth"
revision = "v9"

[generators.pipe]
plugin = "diffusers"
checkpoint = "them/pipe"
variant = "fp16"

[orientation_estimators.one-of-many]
plugin = "orient-anything"
checkpoint = "them/many"
file = "b/two.pt"

[orientation_estimators.none-of-many]
plugin = "orient-anything"
checkpoint = "them/many"
file = "b/tow.pt"

[depth_estimators.both]
extends = "main"

[orientation_estimators.both]
extends = "one-of-many"

[reconstructors.mine]
plugin = "staged"
detector = "blockworld"
depth = "main"
camera = "blockworld"
orientation = "blockworld"
"""

DEPTH = {
    "config.json": b'{"model_type": "zoedepth"}',
    "model.safetensors": safetensors(5_000_000),
    "pytorch_model.bin": b"the same" * 100,
    "README.md": b"# To be read",
    ".gitattributes": b"",
}

PIPE = {
    "model_index.json": json.dumps(
        {
            "_class_name": "StableDiffusionPipeline",
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
            "safety_checker": [None, None],
        }
    ).encode(),
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": safetensors(64),
    "unet/diffusion_pytorch_model.fp16.safetensors": safetensors(32),
    "unet/model.onnx": b"onnx",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": safetensors(16),
    "vae_1_0/diffusion_pytorch_model.safetensors": safetensors(8),
    "all_in_one.safetensors": safetensors(128),
}

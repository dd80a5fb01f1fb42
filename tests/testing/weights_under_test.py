"""A depth estimator with a checkpoint, and the faults that keep it from conforming."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from genspace_core.checkpoints import loading, wrong_checkpoint
from genspace_core.errors import ConfigError, PluginError
from genspace_core.interfaces import Capabilities, DepthEstimator, DepthMap, PluginSpec, Weights
from genspace_core.weights import WeightsConfig, describe_weights, local_folder


class Config(WeightsConfig):
    checkpoint: str = Field("example-org/fake", description="A fake checkpoint.")
    fault: str = Field("", description="What goes wrong.")


class ForgetfulConfig(Config):
    checkpoint_fields = ("checkpoint", "second")

    second: str | None = Field(None, description="Another checkpoint.")


class TwoConfig(ForgetfulConfig):
    def weights(self) -> tuple[Weights, ...]:
        second = (describe_weights("", self.second),) if self.second else ()
        return (*super().weights(), *second)


class PlacedConfig(Config):
    def identity(self) -> dict[str, Any]:
        return super().identity() | {"checkpoint": self.checkpoint}


class NamelessConfig(Config):
    def capabilities(self, declared: Capabilities) -> Capabilities:
        return declared


class HalfConfig(Config):
    dtype: Literal["float32", "float16"] = Field("float32", description="Numbers to compute with.")


class WholeConfig(Config):
    dtype: Literal["float32"] = Field("float32", description="Numbers to compute with.")


class FixedConfig(Config):
    def capabilities(self, declared: Capabilities) -> Capabilities:
        able = super().capabilities(declared)
        return replace(able, weights=tuple(replace(one, revision="main") for one in able.weights))


class UnbatchedConfig(Config):
    def capabilities(self, declared: Capabilities) -> Capabilities:
        return replace(super().capabilities(declared), max_batch=1)


@cache
def tiny_checkpoint() -> Path:
    folder = Path(tempfile.mkdtemp())
    (folder / "config.json").write_text(json.dumps({"model_type": "fake"}))
    (folder / "model.bin").write_bytes(bytes(1000))
    return folder


LATE = ("late", "raises as it comes")


class GatedRepoError(Exception):
    pass


class LocalEntryNotFoundError(Exception):
    pass


class Grey(DepthEstimator):
    def __init__(self, config: Config) -> None:
        self.config = config
        if config.fault not in LATE:
            self.load()

    def load(self) -> None:
        fault = self.config.fault
        if fault == "swallows":
            return
        if fault == "curious and quiet":
            with suppress(OSError):
                socket.create_connection(("192.0.2.1", 443), timeout=0.1)
        if self.config.device.startswith("cuda") and fault != "computes elsewhere":
            raise ConfigError(f'device = "{self.config.device}": there is none')
        for field in self.config.checkpoint_fields[: 1 if fault == "loads the first" else None]:
            checkpoint = getattr(self.config, field)
            if checkpoint is None:
                continue
            try:
                with loading(checkpoint, "a fake checkpoint"):
                    self.read(checkpoint)
            except PluginError as error:
                match fault:
                    case "raises as it comes":
                        raise error.__cause__ or error from None
                    case "many lines":
                        raise PluginError(f"{error}\nand more") from None
                    case "nameless":
                        raise PluginError("a checkpoint cannot be loaded") from None
                    case "takes anything" if "not a fake checkpoint" in str(error):
                        continue
                    case "takes an empty folder" if "config.json" in str(error):
                        continue
                raise

    def read(self, checkpoint: str) -> None:
        folder = local_folder(checkpoint)
        if folder is None:
            return fetch(checkpoint, self.config.fault)
        about = json.loads((folder / "config.json").read_text())
        if about["model_type"] != "fake":
            raise wrong_checkpoint(checkpoint, "a fake checkpoint", about["model_type"])
        return None

    def estimate(self, image: Any) -> DepthMap:
        if self.config.fault in LATE:
            self.load()
        depth = 1 + image.mean(axis=2).astype(np.float32) / 100
        if self.config.dtype != "float32" and self.config.fault == "overflows":
            depth = depth * np.float32(np.nan)
        return DepthMap(depth=depth)


def fetch(checkpoint: str, fault: str) -> None:
    """As huggingface_hub does, which is not there where the core is tested alone."""
    if os.environ.get("HF_HUB_OFFLINE") == "1" and fault != "ignores offline":
        raise LocalEntryNotFoundError
    try:
        urllib.request.urlopen(f"{os.environ.get('HF_ENDPOINT', 'http://127.0.0.1:1')}/{checkpoint}")
    except urllib.error.HTTPError as error:
        if error.code == 403 and error.headers["X-Error-Code"] == "GatedRepo" and fault != "blind to gates":
            raise GatedRepoError from None
        raise


SPEC: PluginSpec[DepthEstimator] = PluginSpec(
    interface=DepthEstimator, factory=Grey, config=Config, summary="Grey is far."
)
TWO = replace(SPEC, config=TwoConfig)
HALF = replace(SPEC, config=HalfConfig)
WHOLE = replace(SPEC, config=WholeConfig)
FORGETFUL = replace(SPEC, config=ForgetfulConfig)
PLACED = replace(SPEC, config=PlacedConfig)
NAMELESS = replace(SPEC, config=NamelessConfig)
FIXED = replace(SPEC, config=FixedConfig)
UNBATCHED = replace(SPEC, config=UnbatchedConfig)

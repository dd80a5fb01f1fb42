"""A network on its device: numpy in, float32 numpy out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genspace_core import WeightsConfig, enough_memory, pick_device
from genspace_core.errors import PluginError


@dataclass(frozen=True, slots=True)
class Network:
    """A model that is ready to run.

    Attributes:
        model: in evaluation mode, on `device`, with numbers of `dtype`.
        checkpoint: where it came from, for messages.
        device: where it runs.
        dtype: what it computes with.
    """

    model: Any
    checkpoint: str
    device: torch.device
    dtype: torch.dtype

    def run(self, function: Callable[[Any], Any], batch: NDArray[Any]) -> Any:
        """Call `function` with the batch as a tensor on the device; whole numbers stay what they are.

        Raises:
            PluginError: the GPU's memory does not hold it.
        """
        tensor = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device)
        return self.call(function, tensor.to(self.dtype) if tensor.is_floating_point() else tensor)

    def call(self, function: Callable[[Any], Any], given: Any) -> Any:
        """Call `function` without keeping what only training needs.

        Raises:
            PluginError: the GPU's memory does not hold it.
        """
        with enough_memory(torch, self.checkpoint), torch.inference_mode():
            return function(given)


def place(model: Any, config: WeightsConfig) -> Network:
    """The model as it is configured: device, numbers, evaluation mode.

    Raises:
        ConfigError: there is no such device here.
    """
    device, dtype = pick_device(torch, config.device), getattr(torch, config.dtype)
    return Network(model.to(device=device, dtype=dtype).eval(), config.checkpoint, device, dtype)


def require_cuda(config: WeightsConfig, what: str) -> None:
    """Complain where `what` needs CUDA and there is none; `device = "cpu"` tries it all the same.

    Raises:
        PluginError: there is no CUDA device.
    """
    if config.device == "auto" and not torch.cuda.is_available():
        raise PluginError(
            f"{what} runs on CUDA, and torch {torch.__version__} sees no such GPU here; run it where there "
            'is one, or set device = "cpu" if your copy runs there'
        )


def array(tensor: Any) -> NDArray[np.float32]:
    """A tensor as float32, on the CPU."""
    result: NDArray[np.float32] = tensor.detach().to("cpu", torch.float32).numpy()
    return result

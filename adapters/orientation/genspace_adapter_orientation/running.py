"""Running a network over many views, some of which may be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genspace_adapter_orientation.views import View
from genspace_core import enough_memory
from genspace_core.errors import ReconstructionError
from genspace_core.interfaces import RGB

Logits = NDArray[np.float32]


class Runner:
    """A network on its device.

    Args:
        network: in single precision, (n, 3, s, s) -> (n, width).
        device: where it runs.
        dtype: numbers to compute with.
        batch_size: most views at once.
        prepare: pixels (h, w, 3) -> (3, s, s).
        mixed: keep the weights in single precision, and let torch choose where 16 bits do.
    """

    def __init__(
        self,
        network: nn.Module,
        device: torch.device,
        dtype: torch.dtype,
        batch_size: int,
        prepare: Callable[[RGB], Logits],
        mixed: bool = False,
    ) -> None:
        self._mixed = mixed and dtype != torch.float32
        self._network = network.to(device=device, dtype=torch.float32 if self._mixed else dtype)
        self._device, self._dtype, self._batch_size, self._prepare = device, dtype, batch_size, prepare

    def run(self, views: Sequence[View]) -> list[Logits]:
        """The logits of each view, (width,) single precision.

        Raises:
            PluginError: the GPU's memory does not hold a batch.
        """
        starts = range(0, len(views), self._batch_size)
        return [row for start in starts for row in self._run(views[start : start + self._batch_size])]

    @torch.inference_mode()
    def _run(self, views: Sequence[View]) -> Iterator[Logits]:
        pixels = torch.from_numpy(np.stack([self._prepare(view.pixels) for view in views]))
        with enough_memory(torch, "the orientation model"):  # the ways there and back need some of it too
            pixels = pixels.to(self._device, torch.float32 if self._mixed else self._dtype)
            with self._precision():
                logits = self._network(pixels)
            return iter(logits.float().cpu().numpy())

    def _precision(self) -> AbstractContextManager[Any]:
        return torch.autocast(self._device.type, self._dtype) if self._mixed else nullcontext()


def check_finite(logits: Logits) -> None:
    """Raise if a network gave nonsense: the largest of such logits would be any.

    Raises:
        ReconstructionError: some are infinite or not numbers.
    """
    if not np.isfinite(logits).all():
        raise ReconstructionError(
            'the network gave numbers that are not finite; set dtype = "float32" or "bfloat16"'
        )

"""From a model's tensors to arrays, and from several sets of candidates to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_detection.found import Found
from genspace_core.errors import PluginError


def to_numpy(tensor: Any) -> NDArray[np.float64]:
    """A tensor's numbers, wherever it lies and whatever its kind.

    Raises:
        PluginError: some are not numbers: the model overflowed.
    """
    array: NDArray[np.float64] = tensor.detach().double().cpu().numpy()
    if np.isnan(array).any():
        kind = str(tensor.dtype).removeprefix("torch.")
        raise PluginError(
            f'the detector computed numbers that are none, in {kind}; set dtype = "float32" or "bfloat16"'
        )
    return array


def gather(parts: Sequence[Found]) -> Found:
    """All candidates of one picture, of one name or more; none of them has a coarse mask."""
    return Found(
        np.concatenate([each.names for each in parts]),
        np.concatenate([each.scores for each in parts]),
        np.concatenate([each.boxes for each in parts]),
    )

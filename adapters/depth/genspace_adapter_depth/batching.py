"""Estimators that run pictures through a network together where they have the same size there."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genspace_core.interfaces import RGB, DepthEstimator, DepthMap, one_by_one


class BatchedEstimator(DepthEstimator):
    """Preparation and finish picture by picture, the network in between for up to `batch_size` at once."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size

    @abstractmethod
    def prepare(self, image: RGB) -> NDArray[Any]:
        """The network's input, (C, h, w), for one picture."""

    @abstractmethod
    def predict(self, batch: NDArray[Any]) -> Iterable[Any]:
        """What the network makes of (n, C, h, w): one thing for each of them, in order."""

    @abstractmethod
    def finish(self, predicted: Any, height: int, width: int) -> DepthMap:
        """The depth map of a picture of this size, from what `predict` gave for it."""

    def estimate(self, image: RGB) -> DepthMap:
        """Estimate metric depth of the (H, W, 3) sRGB image."""
        (result,) = self.estimate_batch([image])
        if isinstance(result, Exception):
            raise result
        return result

    def estimate_batch(self, images: Sequence[RGB]) -> list[DepthMap | Exception]:
        """Estimate several images, which may differ in size: one result each, in order."""
        inputs = one_by_one(self.prepare, images)
        results: dict[int, DepthMap | Exception] = {
            i: one for i, one in enumerate(inputs) if isinstance(one, Exception)
        }
        ready = {i: one for i, one in enumerate(inputs) if not isinstance(one, Exception)}
        for chunk in self._chunks(ready):
            try:
                predicted = self.predict(np.stack([ready[i] for i in chunk]))
            except Exception as error:  # the results of one network run share its fate
                results.update(dict.fromkeys(chunk, error))
                continue
            sizes = [images[i].shape[:2] for i in chunk]
            finished = one_by_one(lambda one, size: self.finish(one, *size), list(predicted), sizes)
            results.update(zip(chunk, finished, strict=True))
        return [results[i] for i in range(len(images))]

    def _chunks(self, inputs: dict[int, NDArray[Any]]) -> list[list[int]]:
        """Places of inputs of one shape, at most `batch_size` together."""
        same: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for i, one in inputs.items():
            same[one.shape].append(i)
        step = self._batch_size
        return [places[k : k + step] for places in same.values() for k in range(0, len(places), step)]

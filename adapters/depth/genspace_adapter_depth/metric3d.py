"""Metric3D v2: the network's code through torch.hub or from a local clone, its weights from the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import torch
from numpy.typing import NDArray

from genspace_adapter_depth.batching import BatchedEstimator
from genspace_adapter_depth.canonical import fitted, metric
from genspace_adapter_depth.checkpoints import hub_file, refuse_random
from genspace_adapter_depth.intrinsics import assumed_focal
from genspace_adapter_depth.maps import depth_map
from genspace_adapter_depth.network import Network, array, place, require_cuda
from genspace_adapter_depth.plugin import Metric3DConfig
from genspace_core import import_package, is_offline, loading
from genspace_core.errors import PluginError
from genspace_core.interfaces import RGB, DepthMap

INSTALL = "pip install torchvision mmengine timm"
CLONE = "git clone https://github.com/YvanYin/Metric3D"
_hub: Any = torch.hub  # it states no types
_NOT_REACHED = f"GitHub was not reached ({{}}); {CLONE} where there is a network, and set code to that folder"


def build(config: Metric3DConfig) -> Metric3DEstimator:
    """Load code and checkpoint.

    Raises:
        PluginError: a package is missing, code or checkpoint cannot be loaded, or there is no GPU.
        ConfigError: there is no such device here.
    """
    for package in ("torchvision", "mmengine", "timm"):  # what its hubconf.py needs
        import_package(package, INSTALL)
    require_cuda(config, "Metric3D's code")
    what = f"a checkpoint of Metric3D v2 {config.model}"
    name = config.variant["file"]
    with loading(config.checkpoint, what, file=name):
        file = hub_file(config, name)
        weights = torch.load(file, "cpu", weights_only=True, mmap=True)["model_state_dict"]
    model = _network(config)
    with loading(config.checkpoint, what):
        model.load_state_dict(weights, strict=False)
        refuse_random(config.checkpoint, model, weights)
        return Metric3DEstimator(place(model, config), config.fov_deg, config.batch_size)


def _network(config: Metric3DConfig) -> Any:
    local = Path(config.code).expanduser()
    if local.is_dir():
        where: dict[str, Any] = {"repo_or_dir": str(local), "source": "local"}
    elif config.code.startswith((".", "/", "~")):
        raise PluginError(f"{config.code}: there is no such folder; {CLONE}, and set code to it")
    else:
        # It asks neither on the terminal, nor GitHub about what is cached.
        where = {"repo_or_dir": config.code, "source": "github", "trust_repo": True, "skip_validation": True}
        if is_offline() and not _cached(config.code).is_dir():
            raise PluginError(f"{config.code}: {_NOT_REACHED.format('HF_HUB_OFFLINE')}")
    with loading(config.code, "Metric3D's repository"):
        try:
            return _hub.load(**where, model=config.variant["entry"], verbose=False, pretrain=False)
        except URLError as error:
            raise PluginError(f"{config.code}: {_NOT_REACHED.format(error.reason)}") from error


def _cached(code: str) -> Path:
    """Where torch.hub keeps a repository that it has fetched."""
    return Path(_hub.get_dir()) / code.replace("/", "_").replace(":", "_")


class Metric3DEstimator(BatchedEstimator):
    """Its output is z in metres for a camera of focal length 1000, so depth is told with a focal length."""

    def __init__(self, network: Network, fov_deg: float, batch_size: int) -> None:
        super().__init__(batch_size)
        self._network, self._fov_deg = network, fov_deg

    def prepare(self, image: RGB) -> NDArray[np.float32]:
        """(3, 616, 1064): fitted in, padded with the mean colour."""
        return fitted(image)

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 616, 1064) metres, canonical."""
        told = self._network.run(lambda pixels: self._network.model.inference({"input": pixels})[0], batch)
        return array(told)[:, 0]

    def finish(self, predicted: NDArray[np.float32], height: int, width: int) -> DepthMap:
        """Metres for the assumed focal length."""
        focal = assumed_focal(self._fov_deg, height, width)
        return depth_map(metric(predicted, height, width, focal), focal=focal)

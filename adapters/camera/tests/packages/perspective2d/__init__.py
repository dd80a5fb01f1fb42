"""Stands in for jinlinyi/PerspectiveFields: its calls, and a camera that the picture's colours tell.

The mean colour, in degrees: red is 128 + roll, green 128 + pitch, blue twice the vertical field of view.
"""

from __future__ import annotations

import numpy as np
import torch

FOLDER = "https://huggingface.co/spaces/jinlinyi/PerspectiveFields/resolve/main/models/"
WEIGHTS = {
    "Paramnet-360Cities-edina-centered": FOLDER + "paramnet_360cities_edina_rpf.pth",
    "PersNet_Paramnet-GSV-centered": FOLDER + "paramnet_gsv_rpf.pth",
}


class PerspectiveFields(torch.nn.Module):
    def __init__(self, version: str = "Paramnet-360Cities-edina-centered") -> None:
        super().__init__()
        state = torch.hub.load_state_dict_from_url(WEIGHTS[version], map_location=torch.device("cpu"))
        self.scale = torch.nn.Parameter(torch.zeros(()))
        self.load_state_dict(state["model"], strict=False)

    @torch.no_grad()
    def inference(self, img_bgr: np.ndarray) -> dict[str, torch.Tensor]:
        assert img_bgr.dtype == np.uint8
        assert not self.training
        blue, green, red = torch.as_tensor(img_bgr.astype("float64").mean(axis=(0, 1))) * self.scale.double()
        told = {
            "pred_roll": red - 128,
            "pred_pitch": green - 128,
            "pred_vfov": blue / 2,
            "pred_general_vfov": blue / 2,
        }
        told |= {"pred_rel_cx": torch.zeros(()), "pred_rel_cy": torch.zeros(())}
        return {name: value[None] for name, value in told.items()}

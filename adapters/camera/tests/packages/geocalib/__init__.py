"""Stands in for cvg/GeoCalib: its calls, and a camera that the picture's colours tell.

The mean colour, in degrees: red is 128 + roll, green 128 + pitch, blue twice the vertical field of view.
"""

from __future__ import annotations

import torch

URL = "https://github.com/cvg/GeoCalib/releases/download/v1.0/geocalib-pinhole.tar"


class Camera:
    """Rows of width, height, fx, fy, cx, cy, k1, k2; the middle of a picture is at half its width."""

    def __init__(self, data: torch.Tensor) -> None:
        self._data = data

    @property
    def f(self) -> torch.Tensor:
        return self._data[..., 2:4]

    @property
    def c(self) -> torch.Tensor:
        return self._data[..., 4:6]


class Gravity:
    def __init__(self, data: torch.Tensor) -> None:
        self._data = torch.nn.functional.normalize(data, dim=-1)

    @classmethod
    def from_rp(cls, roll: torch.Tensor, pitch: torch.Tensor) -> Gravity:
        flat = torch.cos(pitch)
        return cls(torch.stack([-torch.sin(roll) * flat, -torch.cos(roll) * flat, torch.sin(pitch)], dim=-1))

    @property
    def vec3d(self) -> torch.Tensor:
        return self._data


class GeoCalib(torch.nn.Module):
    def __init__(self, weights: str = "pinhole") -> None:
        super().__init__()
        if weights not in {"pinhole", "distorted"}:
            raise ValueError(f"Invalid weights: {weights}")
        folder = f"{torch.hub.get_dir()}/geocalib"
        state = torch.hub.load_state_dict_from_url(
            URL, folder, map_location="cpu", file_name=f"{weights}.tar"
        )
        self.scale = torch.nn.Parameter(torch.zeros(()))
        self.load_state_dict(state["model"])

    @torch.no_grad()
    def calibrate(
        self,
        img: torch.Tensor,
        camera_model: str = "pinhole",
        priors: dict[str, torch.Tensor] | None = None,
        shared_intrinsics: bool = False,
    ) -> dict[str, object]:
        assert img.ndim == 3
        assert img.dtype == torch.float32
        assert 0 <= img.min() <= img.max() <= 1
        assert img.device == self.scale.device
        assert camera_model == "pinhole"
        assert not self.training
        _, height, width = img.shape
        red, green, blue = img.double().mean(dim=(1, 2)) * 255 * self.scale
        focal = height / 2 / torch.tan(torch.deg2rad(blue) / 4)
        if prior := (priors or {}).get("focal"):
            assert prior.ndim == 0
            focal = prior.double()
        if blue == 0:
            focal = focal * torch.nan
        up = Gravity.from_rp(torch.deg2rad(red - 128)[None], torch.deg2rad(green - 128)[None])
        row = torch.stack([torch.tensor(float(x)) for x in (width, height)])
        data = torch.cat([row, focal[None], focal[None], row / 2, torch.zeros(2)])
        return {"camera": Camera(data[None]), "gravity": up, "roll_uncertainty": torch.zeros(1)}

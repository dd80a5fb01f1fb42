"""The head that both versions put on a token; its names are those of the published files."""

from __future__ import annotations

import torch
from torch import nn


class Head(nn.Module):
    """Linear, batch norm, ReLU, linear, batch norm: (n, size) -> (n, width) logits.

    Args:
        size: of the token.
        width: number of logits, inside too.
    """

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.net1 = nn.Sequential(nn.Linear(size, width), nn.BatchNorm1d(width), nn.ReLU())
        self.net2 = nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width))

    def forward(self, token: torch.Tensor) -> torch.Tensor:
        """Logits of each row."""
        logits: torch.Tensor = self.net2(self.net1(token))
        return logits

"""Tiny checkpoints of every family, made once; and no test reaches the network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.detection.tests import tiny
from adapters.detection.tests.square import SquarePixels
from genspace_adapter_detection import checkpoints

ALL = {"box_threshold": 0.0, "min_confidence": 0.0, "min_mask_px": 1}
"""Lets everything through that a model with random weights gives."""


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A folder with a checkpoint of each family."""
    root = tmp_path_factory.mktemp("checkpoints")
    return SimpleNamespace(
        grounding_dino=str(tiny.save_grounding_dino(root / "grounding-dino")),
        mm_grounding_dino=str(tiny.save_grounding_dino(root / "mm-grounding-dino", mm=True)),
        owlv2=str(tiny.save_owlv2(root / "owlv2")),
        sam=str(tiny.save_sam(root / "sam")),
        sam_hq=str(tiny.save_sam(root / "sam-hq", hq=True)),
        sam2=str(tiny.save_sam2(root / "sam2")),
        sam2_video=str(tiny.save_sam2(root / "sam2-video", video=True)),
        sam3=str(tiny.save_sam3(root / "sam3")),
        sam3_video=str(tiny.save_sam3_video(root / "sam3-video", root / "sam3")),
        bert=str(tiny.save_bert(root / "bert")),
    )


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing but this machine is asked for anything, not even in vain."""
    asked: list[Any] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1"}:
            asked.append(address)
            raise OSError(f"no network in tests: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
    assert asked == []


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepares pictures for SAM 2 and 3 with Pillow: torchvision, which they need, need not be here."""
    monkeypatch.setattr(checkpoints, "_need_torchvision", lambda family: None)
    monkeypatch.setattr(checkpoints.Loaded, "processor", SquarePixels.processor)

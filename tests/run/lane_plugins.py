"""Plugins that write down when they are built, when each call starts and ends, and in which process."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from fake_plugins import png

from genspace_core.errors import Fatal
from genspace_core.interfaces import (
    Capabilities,
    Executor,
    GeneratedImage,
    Generator,
    NotIdentity,
    PluginConfig,
    PluginSpec,
    Reconstructor,
)
from genspace_core.types import Camera, Scene, SceneObject


class DiaryConfig(PluginConfig):
    diary: str = ""
    seconds: Annotated[float, NotIdentity()] = 0.0
    most: Annotated[int | None, NotIdentity()] = None
    gpu: Annotated[Literal["no", "optional", "required"], NotIdentity()] = "no"
    colour: int = 0

    def capabilities(self, declared):
        return replace(declared, max_concurrency=self.most, gpu=self.gpu)


class _Diarist:
    kind = ""

    def __init__(self, config):
        self.config = config
        self.write("built")

    def write(self, event):
        if not self.config.diary:
            return
        entry = {"kind": self.kind, "event": event, "process": os.getpid(), "time": time.monotonic()}
        line = json.dumps(entry | {"gpu": os.environ.get("CUDA_VISIBLE_DEVICES")}) + "\n"
        with Path(self.config.diary).open("a") as file:
            file.write(line)


class Painter(_Diarist, Generator):
    kind = "make"

    def generate(self, request):
        if request.prompt == "fatal":
            raise Fatal("no credit is left")
        self.write("start")
        if request.prompt == "wait":
            self.wait_for_judge()
        time.sleep(self.config.seconds)
        self.write("end")
        return GeneratedImage(data=png(np.full((4, 4, 3), request.seed % 251, np.uint8)), info={})

    def wait_for_judge(self):
        """Until a picture begins to be judged that was not before."""
        began, until = time.monotonic(), time.monotonic() + 30
        while time.monotonic() < until and not self.judged_since(began):
            time.sleep(0.01)

    def judged_since(self, began):
        entries = map(json.loads, Path(self.config.diary).read_text().splitlines())
        return any(e["kind"] == "judge" and e["event"] == "start" and e["time"] > began for e in entries)


class Critic(_Diarist, Reconstructor):
    kind = "judge"

    def reconstruct(self, image, names):
        self.write("start")
        time.sleep(self.config.seconds)
        self.write("end")
        objects = [SceneObject(name=n, points=[[i, 0, 1.0]], confidence=1.0) for i, n in enumerate(names)]
        return Scene(Camera(np.eye(3)), tuple(objects))


class Threads(Executor):
    """Knows nothing of lanes, and takes no numbers."""

    slots = 3

    def __init__(self, config):
        self.pool = ThreadPoolExecutor(self.slots)

    def submit(self, function, /, *args, **kwargs):
        return self.pool.submit(function, *args, **kwargs)

    def shutdown(self):
        self.pool.shutdown(cancel_futures=True)


class CrewConfig(PluginConfig):
    workers: Annotated[int, NotIdentity()] = 1


PAINTER = PluginSpec(
    interface=Generator,
    factory=Painter,
    config=DiaryConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i"}), price=0),
)
CRITIC = PluginSpec(interface=Reconstructor, factory=Critic, config=DiaryConfig)
THREADS = PluginSpec(interface=Executor, factory=Threads)
CREW = PluginSpec(interface=Executor, factory=Threads, config=CrewConfig)

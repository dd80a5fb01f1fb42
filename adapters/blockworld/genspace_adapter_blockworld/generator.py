"""The generator: what a model is told in, PNG out."""

from __future__ import annotations

from typing import Final

import cv2

from genspace_adapter_blockworld.editor import edit_plan
from genspace_adapter_blockworld.models import MODELS
from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.plugin import BlockworldConfig
from genspace_adapter_blockworld.renderer import draw
from genspace_core.errors import InvalidRequest
from genspace_core.interfaces import RGB, GeneratedImage, GenerationRequest, Generator

# A picture is read once or twice: speed before size. On flat paint, no filter is the fastest and as small.
_PNG: Final = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]


def _png(picture: RGB) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), _PNG)
    assert done, "OpenCV cannot encode PNG"
    return data.tobytes()


class Blockworld(Generator):
    """Draws what the prompt asks for, edits as the instruction says, or does what its model makes of it."""

    def __init__(self, config: BlockworldConfig) -> None:
        self.config = config
        self.model = MODELS[config.model]

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        """Draw one picture; only what a model is told matters: prompt, seed, source picture.

        Raises:
            InvalidRequest: a task the model does not have, a prompt that cannot be read, or a source that
                cannot be edited.
        """
        if request.task not in self.model.tasks:
            able = ", ".join(name for name, model in MODELS.items() if request.task in model.tasks)
            raise InvalidRequest(
                f"blockworld's {self.config.model!r} does not do the task {request.task!r}; these do: {able}"
            )
        if self.model.idle:
            return self._unchanged(request.source)
        if request.task == "edit":
            plan = edit_plan(request.source, request.prompt, request.seed, self.config.model)
        else:
            plan = plan_scene(request.prompt, request.seed, self.config.model, self.config.size)
        info = {
            "model": self.config.model,
            "drawn": [block.asset.name for block in plan.blocks],
            "dropped": list(plan.dropped),
        }
        return GeneratedImage(data=_png(draw(plan)), info=info, cost=0.0)

    def _unchanged(self, source: RGB | None) -> GeneratedImage:
        if source is None:
            raise InvalidRequest("blockworld needs a source picture to edit")
        return GeneratedImage(data=_png(source), info={"model": self.config.model}, cost=0.0)


def build(config: BlockworldConfig) -> Blockworld:
    """The factory that the plugin names."""
    cv2.setNumThreads(1)  # the engine runs one picture per core
    return Blockworld(config)

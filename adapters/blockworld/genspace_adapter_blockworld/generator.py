"""The generator: prompt text in, PNG out."""

from __future__ import annotations

from typing import Final

import cv2

from genspace_adapter_blockworld.planner import plan_scene
from genspace_adapter_blockworld.plugin import BlockworldConfig
from genspace_adapter_blockworld.renderer import draw
from genspace_core.errors import InvalidRequest
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator

# A picture is read once or twice: speed before size. On flat paint, no filter is the fastest and as small.
_PNG: Final = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]


class Blockworld(Generator):
    """Draws what the prompt asks for, or what its model makes of it."""

    def __init__(self, config: BlockworldConfig) -> None:
        self.config = config

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        """Draw one picture; only the prompt's text and the seed matter.

        Raises:
            InvalidRequest: an edit, or a prompt that cannot be read.
        """
        if request.task != "t2i":
            raise InvalidRequest("blockworld draws from text only; it cannot edit a picture yet")
        plan = plan_scene(request.prompt, request.seed, self.config.model, self.config.size)
        done, data = cv2.imencode(".png", cv2.cvtColor(draw(plan), cv2.COLOR_RGB2BGR), _PNG)
        assert done, "OpenCV cannot encode PNG"
        info = {
            "model": self.config.model,
            "drawn": [block.asset.name for block in plan.blocks],
            "dropped": list(plan.dropped),
        }
        return GeneratedImage(data=data.tobytes(), info=info, cost=0.0)


def build(config: BlockworldConfig) -> Blockworld:
    """The factory that the plugin names."""
    cv2.setNumThreads(1)  # the engine runs one picture per core
    return Blockworld(config)

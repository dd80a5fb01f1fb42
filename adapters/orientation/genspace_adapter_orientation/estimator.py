"""What both versions share: which objects are looked at; and one picture's trouble is its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from genspace_adapter_orientation.config import CropConfig
from genspace_adapter_orientation.fronts import has_front
from genspace_adapter_orientation.views import View, crop_view
from genspace_core.interfaces import RGB, Detection, Orientation, OrientationEstimator

NO_FRONT: Final = "no agreed front"
NOT_SEEN: Final = "its box holds no pixel of the picture"


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One object to look at: its picture (H, W, 3), its detection, and the crop around it."""

    image: RGB
    detection: Detection
    crop: View


class CropEstimator(OrientationEstimator):
    """Looks at a crop of each object, those of all pictures together."""

    def __init__(self, config: CropConfig) -> None:
        self._padding, self._fronts = config.padding, config.fronts

    @abstractmethod
    def look(self, asks: Sequence[Ask]) -> list[Orientation | Exception]:
        """Look at each object: one answer each, in order."""

    def orient(self, image: RGB, detections: Sequence[Detection]) -> list[Orientation]:
        """The orientations of one picture's objects.

        Args:
            image: (H, W, 3) sRGB.
            detections: boxes in pixels, and masks (H, W).

        Raises:
            ReconstructionError: the network gave nonsense for one of them.
        """
        (result,) = self.orient_batch([image], [detections])
        if isinstance(result, Exception):
            raise result
        return result

    def orient_batch(
        self, images: Sequence[RGB], detections: Sequence[Sequence[Detection]]
    ) -> list[list[Orientation] | Exception]:
        """The orientations of several pictures' objects: one result each, in order."""
        asked = [
            self._ask(image, detection)
            for image, found in zip(images, detections, strict=True)
            for detection in found
        ]
        looked = iter(self.look([ask for ask in asked if isinstance(ask, Ask)]))
        answers = iter([next(looked) if isinstance(ask, Ask) else ask for ask in asked])
        return [_together(answers, len(found)) for found in detections]

    def _ask(self, image: RGB, detection: Detection) -> Ask | Orientation | Exception:
        """What to look at; an orientation where there is no need to, or an error."""
        if not has_front(detection.name, self._fronts):
            return Orientation(rotation=None, confidence=0.0, note=NO_FRONT)
        try:
            crop = crop_view(image, detection, self._padding)
        except Exception as error:  # a box that is none is its picture's trouble
            return error
        if crop is None:
            return Orientation(rotation=None, confidence=0.0, note=NOT_SEEN)
        return Ask(image, detection, crop)


def _together(answers: Iterator[Orientation | Exception], count: int) -> list[Orientation] | Exception:
    """The next answers, which are one picture's; its first error, if there is one."""
    taken = [next(answers) for _ in range(count)]
    failed = next((each for each in taken if isinstance(each, Exception)), None)
    if failed is not None:
        return failed
    return [each for each in taken if isinstance(each, Orientation)]

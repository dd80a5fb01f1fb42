"""Which candidates of a picture are its objects: all rules about boxes, in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genspace_adapter_detection.boxes import areas
from genspace_adapter_detection.config import RulesConfig
from genspace_adapter_detection.contain import without_groups, without_parts
from genspace_adapter_detection.found import Found
from genspace_adapter_detection.suppress import at_most, suppress


def choose(found: Found, rules: RulesConfig) -> NDArray[np.intp]:
    """Indices of the candidates that stay, the best first.

    In order: empty boxes and low scores go; boxes around groups go (before suppression, which could let a
    group's box win over an object of it); suppression; parts go; the best of each name stay.
    """
    kept = np.flatnonzero((found.scores >= rules.min_confidence) & (areas(found.boxes) > 0))
    kept = kept[without_groups(_only(found, kept), rules.inside, rules.group_cover, rules.group_score)]
    kept = kept[suppress(_only(found, kept), rules.nms_iou, rules.nms_iou_names)]
    kept = kept[without_parts(_only(found, kept), rules.inside, rules.part_score)]
    return at_most(found.names, kept, rules.max_per_name)


def _only(found: Found, kept: NDArray[np.intp]) -> Found:
    return Found(found.names[kept], found.scores[kept], found.boxes[kept])

"""The benchmark's nine sub-domains: the one place that names them, for builders, checks and reports."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

TEMPLATES_PER_SUB_DOMAIN: Final = 4

SUB_DOMAINS: Final = MappingProxyType(
    {
        "camera_pose": "pose",
        "object_pose": "pose",
        "complex_pose": "pose",
        "intrinsic": "relation",
        "allocentric": "relation",
        "egocentric": "relation",
        "object_distance": "measurement",
        "camera_distance": "measurement",
        "object_size": "measurement",
    }
)
"""Sub-domain -> dimension, in the order that tables show them."""

DIMENSIONS: Final = ("pose", "relation", "measurement")

# By template number the benchmark puts complex_pose last, though tables group it with the poses.
_BY_NUMBER: Final = (
    "camera_pose",
    "object_pose",
    "intrinsic",
    "allocentric",
    "egocentric",
    "object_distance",
    "camera_distance",
    "object_size",
    "complex_pose",
)

TEMPLATE_NUMBERS: Final = MappingProxyType(
    {
        name: range(TEMPLATES_PER_SUB_DOMAIN * i, TEMPLATES_PER_SUB_DOMAIN * (i + 1))
        for i, name in enumerate(_BY_NUMBER)
    }
)
"""Sub-domain -> its four template numbers."""

TEMPLATE_COUNT: Final = TEMPLATES_PER_SUB_DOMAIN * len(_BY_NUMBER)


def sub_domain_of(template: int) -> str:
    """The sub-domain of a template number, the same for both tasks.

    Raises:
        ValueError: the number is not one of 0-35.
    """
    if not 0 <= template < TEMPLATE_COUNT:
        raise ValueError(f"template {template} is unknown; templates are 0-{TEMPLATE_COUNT - 1}")
    return _BY_NUMBER[template // TEMPLATES_PER_SUB_DOMAIN]

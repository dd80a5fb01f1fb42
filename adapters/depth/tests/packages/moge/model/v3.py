"""Stands in for moge.model.v3, whose calls are those of v2."""

from moge.model.v2 import MoGeModel

__all__ = ["MoGeModel"]

"""Blockworld: GenSpace's calibration rig. Draws labelled cuboids, and measures them from pixels."""

__version__ = "0.1.0"

"""Blockworld: GenSpace's calibration rig. Draws labelled cuboids from a prompt, and measures them from pixels."""

__version__ = "0.1.0"

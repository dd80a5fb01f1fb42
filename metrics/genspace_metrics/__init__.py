"""Scoring of reconstructed scenes: the published protocol and the corrected one.

>>> import numpy as np
>>> from genspace_core.types import Camera, Evidence, Sample, Scene, SceneObject
>>> from genspace_metrics import load_table, score
>>> facing_us = [[0, 0, -1], [0, -1, 0], [-1, 0, 0]]  # front to the camera, up up, right to our left
>>> dog = SceneObject(name="dog", points=[[0, 0, 3], [0.2, 0, 3]], rotation=facing_us)
>>> scene = Scene(Camera(np.eye(3)), (dog,))
>>> sample = Sample(id="0", task="t2i", sub_domain="camera_pose", template=0, prompt="", objects=("dog",))
>>> score(load_table("spatial"), sample, Evidence(scene=scene)).passed
True
"""

from genspace_metrics.scoring import score
from genspace_metrics.table import load_table

__all__ = ["load_table", "score"]

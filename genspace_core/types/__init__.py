"""The data that flows through GenSpace: samples, scenes, scores and outcomes.

Arrays are numpy; their docstrings say shape, unit and frame. Frames are those of docs/metrics.md:
camera frame x right, y down, z forward, metres, origin at the camera (OpenCV); gravity frame the
same origin turned so that y points down along gravity; object axes x front, y up, z right, held
as the columns of a rotation.
"""

from genspace_core.types.outcome import GenerationOutcome, ReconstructionOutcome
from genspace_core.types.sample import Sample, Suite, Task
from genspace_core.types.scene import Assignment, Camera, Scene, SceneObject, assign_objects
from genspace_core.types.score import Evidence, Measurement, Score

__all__ = [
    "Assignment",
    "Camera",
    "Evidence",
    "GenerationOutcome",
    "Measurement",
    "ReconstructionOutcome",
    "Sample",
    "Scene",
    "SceneObject",
    "Score",
    "Suite",
    "Task",
    "assign_objects",
]

"""The nine kinds of plugin. Importing this module costs nothing: interfaces are named, not imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from genspace_core.errors import PluginError
from genspace_core.plugins.wording import choices


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of plugin.

    Attributes:
        name: short name: the section of `plugins.toml` and the value of `--group`, e.g. "generators".
        noun: what one of them is called in a sentence, e.g. "generator".
        interface_path: "module:class" of what its plugins make.
    """

    name: str
    noun: str
    interface_path: str

    @property
    def entry_points(self) -> str:
        """Name of the entry point group, e.g. "genspace.generators"."""
        return f"genspace.{self.name}"

    def interface(self) -> type:
        """Import the interface class (this imports numpy and pydantic)."""
        module, _, name = self.interface_path.partition(":")
        found = getattr(import_module(module), name)
        assert isinstance(found, type)
        return found


GROUPS: Mapping[str, Group] = {
    group.name: group
    for group in (
        Group("generators", "generator", "genspace_core.interfaces:Generator"),
        Group("reconstructors", "reconstructor", "genspace_core.interfaces:Reconstructor"),
        Group("detectors", "detector", "genspace_core.interfaces:Detector"),
        Group("depth_estimators", "depth estimator", "genspace_core.interfaces:DepthEstimator"),
        Group("camera_calibrators", "camera calibrator", "genspace_core.interfaces:CameraCalibrator"),
        Group(
            "orientation_estimators", "orientation estimator", "genspace_core.interfaces:OrientationEstimator"
        ),
        Group("metrics", "metric", "genspace_core.interfaces:Metric"),
        Group("executors", "executor", "genspace_core.interfaces:Executor"),
        Group("suites", "suite", "genspace_core.types:Suite"),
    )
}


def find_group(name: str) -> Group:
    """The group of a short name.

    Raises:
        PluginError: there is no such group.
    """
    try:
        return GROUPS[name]
    except KeyError:
        raise PluginError(f'unknown plugin group "{name}" {choices(name, list(GROUPS), "groups")}') from None

"""What the adapter announces: entry points, weights, and what is said where the hub refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import pytest

from genspace_adapter_depth import plugin as announced
from genspace_core.interfaces import Capabilities, DepthEstimator, PluginSpec
from genspace_core.testing.network import gated_hub
from genspace_core.testing.weights import AT_THE_GATE

TABLE = tomllib.loads(files("genspace_adapter_depth").joinpath("weights.toml").read_text("utf-8"))
SPECS = {name: value for name, value in vars(announced).items() if isinstance(value, PluginSpec)}


def test_every_spec_has_an_entry_point() -> None:
    found = {
        point.name: point.load()
        for point in entry_points(group="genspace.depth_estimators")
        if point.value.startswith("genspace_adapter_depth")
    }
    assert " ".join(sorted(found)) == (
        "da3-metric depth-anything-v2 depth-pro metric3d-v2 moge-2 moge-3 unidepth-v2 zoedepth"
    )
    assert {id(spec) for spec in found.values()} == {id(spec) for spec in SPECS.values()}
    assert all(spec.interface is DepthEstimator for spec in found.values())


@pytest.mark.parametrize("name", SPECS)
def test_the_default_weights_are_in_the_table(name: str) -> None:
    (weights,) = SPECS[name].config().capabilities(Capabilities()).weights
    assert weights.licence is not None
    assert weights.name in {row["name"] for row in TABLE["weights"]}


@pytest.mark.parametrize(
    ("name", "noncommercial"),
    [
        ("apple/DepthPro-hf", True),
        ("depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf", False),
        ("depth-anything/Depth-Anything-V2-Metric-Indoor-Base-hf", True),
        ("depth-anything/Depth-Anything-V2-Metric-Outdoor-Large-hf", True),
        ("lpiccinelli/unidepth-v2-vitl14", True),
        ("Intel/zoedepth-nyu-kitti", False),
        ("Ruicheng/moge-2-vitl-normal", False),
        ("JUGGHM/Metric3D", False),
    ],
)
def test_licences_that_forbid_commercial_use_are_marked(name: str, noncommercial: bool) -> None:
    (row,) = [row for row in TABLE["weights"] if row["name"] == name]
    assert row.get("noncommercial", False) is noncommercial


def test_revisions_in_the_table_are_commits() -> None:
    for row in TABLE["weights"]:
        revision = row.get("revision", "0" * 40)
        assert len(revision) == 40, row["name"]
        int(revision, 16)


def test_metric3ds_networks_differ_in_size_and_identity() -> None:
    small, giant = announced.Metric3DConfig(model="vit_small"), announced.Metric3DConfig()
    assert small.weights()[0].size == 150_120_967
    assert giant.weights()[0].size == 5_510_989_187
    assert small.identity() != giant.identity()
    assert announced.Metric3DConfig(code="elsewhere/metric3d:main").identity() == giant.identity()


def test_what_needs_a_gpu_says_so() -> None:
    needed = {name for name, spec in SPECS.items() if spec.capabilities.gpu == "required"}
    assert needed == {"MOGE_3", "METRIC3D_V2"}


# --- a hub that refuses ---------------------------------------------------------------------------

GATED = "example-org/gated"

TELL = """
import json, sys
from genspace_adapter_depth import plugin
from genspace_core.errors import GenSpaceError
from genspace_core.plugins.registry import build
for name in json.loads(sys.argv[1]):
    spec = getattr(plugin, name)
    more = {"device": "cpu"} if name in ("MOGE_3", "METRIC3D_V2") else {}
    try:
        build(spec, spec.config(checkpoint="example-org/gated", **more))
    except GenSpaceError as error:
        print(json.dumps([name, type(error).__name__, str(error)]))
"""


@pytest.mark.slow
def test_a_gated_repository_is_said_in_one_line_by_all(tmp_path: Path) -> None:
    beside = Path(__file__).parent
    path = [str(beside / "packages"), str(beside / "metric3d" / "packages"), *sys.path]
    # Metric3D's stand-in for torchvision would confuse transformers, so those who use both do not meet.
    plain = ("DEPTH_ANYTHING_V2", "DEPTH_PRO", "ZOEDEPTH")
    with_stand_ins = ("MOGE_2", "MOGE_3", "UNIDEPTH_V2", "DA3_METRIC", "METRIC3D_V2")
    told = []
    for name in plain:
        (failure,) = AT_THE_GATE.ask("attempts", announced.__name__, name, [{"checkpoint": GATED}])
        told.append((name, failure[0], failure[2]))
    with gated_hub() as hub:
        told += _told(with_stand_ins, path, hub, tmp_path)
    assert [name for name, _, _ in told] == [*plain, *with_stand_ins]
    for name, kind, text in told:
        assert kind == "PluginError", name
        assert f"is gated; ask for access at https://huggingface.co/{GATED}" in text, name
        assert "\n" not in text


def _told(names: Sequence[str], path: Sequence[str], hub: str, home: Path) -> list[tuple[str, str, str]]:
    variables = {"HF_ENDPOINT": hub, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", TELL, json.dumps(names)],
        env=variables | {"PYTHONPATH": os.pathsep.join(part or "." for part in path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]

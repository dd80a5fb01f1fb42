"""The kit for plugins with weights lets good ones pass, and finds each fault of bad ones."""

from __future__ import annotations

import inspect
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import tests.testing.weights_under_test as bad
from genspace_core.testing import (
    DepthEstimatorConformance,
    LocalWeightsConformance,
    PluginConformance,
    WeightsConformance,
)
from genspace_core.testing.network import gated_hub, offline

MODULE = "tests.testing.weights_under_test"


class TestGood(DepthEstimatorConformance, WeightsConformance):
    spec = bad.SPEC
    spec_module = MODULE

    def make_config(self) -> dict[str, Any]:
        return {"checkpoint": str(bad.tiny_checkpoint())}


class TestGoodLate(WeightsConformance, DepthEstimatorConformance):
    """One that loads when it is first used; and the bases the other way round."""

    spec = bad.SPEC
    spec_module = MODULE

    def make_config(self) -> dict[str, Any]:
        return {"checkpoint": str(bad.tiny_checkpoint()), "fault": "late"}


class TestGoodTwo(WeightsConformance, DepthEstimatorConformance):
    spec = bad.TWO
    spec_module = MODULE

    def make_config(self) -> dict[str, Any]:
        return {"checkpoint": str(bad.tiny_checkpoint()), "second": str(bad.tiny_checkpoint())}

    def test_both_are_tried(self) -> None:
        assert self.checkpoints == ("checkpoint", "second")


MISSING, NOTHING, WRONG, DEVICE, BITS, LOCAL, OFFLINE, GATED, NAMED, KNOWN = (
    "test_a_missing_folder_is_said_in_one_line",
    "test_an_empty_folder_is_said_in_one_line",
    "test_a_wrong_checkpoint_is_said_in_one_line",
    "test_a_missing_device_is_said_in_one_line",
    "test_sixteen_bits_give_finite_results",
    "test_local_files_need_no_network",
    "test_offline_means_offline",
    "test_a_gated_repository_is_said_in_one_line",
    "test_its_capabilities_name_its_weights",
    "test_a_checkpoint_is_known_by_its_content",
)
FAULTS = [
    ("swallows", MISSING, "DID NOT RAISE"),
    ("swallows", GATED, "it works without the checkpoint"),
    ("takes an empty folder", NOTHING, "DID NOT RAISE"),
    ("raises as it comes", NOTHING, "config.json"),
    ("many lines", NOTHING, "an error is one line"),
    ("many lines", GATED, "an error is one line"),
    ("nameless", NOTHING, "it does not name the checkpoint"),
    ("nameless", GATED, "it does not name the page"),
    ("takes anything", WRONG, "DID NOT RAISE"),
    ("nameless", OFFLINE, "it does not name the checkpoint"),
    ("computes elsewhere", DEVICE, "DID NOT RAISE"),
    ("overflows", BITS, "depth is not known anywhere"),
    ("curious and quiet", LOCAL, "it went to the network"),
    ("ignores offline", OFFLINE, "it went to the network"),
    ("blind to gates", GATED, "it does not name the page"),
]


def kit_with(fault: str, spec: Any = bad.SPEC) -> Any:
    class Kit(TestGood):
        def make_config(self) -> dict[str, Any]:
            return {"checkpoint": str(bad.tiny_checkpoint()), "fault": fault}

    Kit.spec = spec
    return Kit()


def run(kit: Any, test: str, tmp_path: Path) -> None:
    method = getattr(kit, test)
    method(*[tmp_path] * len(inspect.signature(method).parameters))


@pytest.mark.parametrize(("fault", "test", "told"), FAULTS, ids=[f"{f}-{t[5:20]}" for f, t, _ in FAULTS])
def test_a_fault_is_found(fault: str, test: str, told: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, FileNotFoundError), match=told):
        run(kit_with(fault), test, tmp_path)


@pytest.mark.parametrize(
    ("spec", "test", "told"),
    [
        (bad.NAMELESS, NAMED, "no weights are named"),
        (bad.UNBATCHED, NAMED, "batch_size is 4, max_batch is 1"),
        (bad.PLACED, KNOWN, "known by its place"),
        (bad.FIXED, KNOWN, "known by its place"),
    ],
)
def test_a_fault_of_the_configuration_is_found(spec: Any, test: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=told):
        run(kit_with("", spec), test, tmp_path)


@pytest.mark.parametrize("spec", [bad.SPEC, bad.HALF])
def test_whichever_sixteen_bits_are_offered_are_tried(spec: Any) -> None:
    with pytest.raises(AssertionError, match="not known anywhere"):
        kit_with("overflows", spec).test_sixteen_bits_give_finite_results()


def test_sixteen_bits_that_are_not_offered_are_not_asked_for() -> None:
    kit_with("overflows", bad.WHOLE).test_sixteen_bits_give_finite_results()


def test_a_second_checkpoint_is_tried_too(tmp_path: Path) -> None:
    class Kit(TestGoodTwo):
        def make_config(self) -> dict[str, Any]:
            return super().make_config() | {"fault": "loads the first"}

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        Kit().test_an_empty_folder_is_said_in_one_line(tmp_path)
    Kit.spec = bad.FORGETFUL
    with pytest.raises(AssertionError, match=r"second is not known by its content: model\.bin was changed"):
        Kit().test_a_checkpoint_is_known_by_its_content(tmp_path)


def test_a_checkpoint_that_is_not_set_is_not_tried() -> None:
    class Kit(TestGoodTwo):
        def make_config(self) -> dict[str, Any]:
            return super().make_config() | {"second": None}

    assert Kit().checkpoints == ("checkpoint",)


def test_a_kind_without_a_kit_of_its_own_says_what_to_do() -> None:
    class Kit(WeightsConformance):
        spec = bad.SPEC
        spec_module = MODULE

    with pytest.raises(NotImplementedError, match=r"Kit needs an exercise\(self, plugin\)"):
        Kit().exercise(None)


def test_every_test_of_the_kit_has_a_fault_that_it_finds() -> None:
    plain = {name for name in dir(PluginConformance) if name.startswith("test_")}
    assert {name for name in dir(WeightsConformance) if name.startswith("test_")} - plain == (
        {test for _, test, _ in FAULTS} | {NAMED, KNOWN}
    )
    assert issubclass(WeightsConformance, LocalWeightsConformance)


def test_offline_lets_nothing_out_and_tells_of_it() -> None:
    with offline() as attempts:
        for reach in (
            lambda: socket.create_connection(("127.0.0.1", 9)),
            lambda: socket.socket().connect(("127.0.0.1", 9)),
            lambda: socket.socket().connect_ex(("127.0.0.1", 9)),
            lambda: urllib.request.urlopen("http://example.org"),
        ):
            with pytest.raises(OSError, match="no network"):
                reach()
    assert len(attempts) == 4
    assert any("example.org" in attempt for attempt in attempts)


def test_the_hub_refuses_whatever_is_asked() -> None:
    with gated_hub() as address:
        for method in ("GET", "HEAD"):
            request = urllib.request.Request(f"{address}/api/models/a/b", method=method)
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request)
            assert caught.value.code == 403
            assert caught.value.headers["X-Error-Code"] == "GatedRepo"

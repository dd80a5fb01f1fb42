"""What is said when a package or its weights are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.camera.tests.test_networks import BUILDERS, STREETS
from genspace_adapter_camera.models import file_of, weights_of
from genspace_adapter_camera.plugin import (
    GEOCALIB,
    PERSPECTIVE_FIELDS,
    GeoCalibConfig,
    PerspectiveFieldsConfig,
)
from genspace_core.errors import PluginError
from genspace_core.interfaces import Capabilities
from genspace_core.testing.network import offline

INSTALL = {
    "geocalib": ("geocalib is not installed; fix: pip install git+https://github.com/cvg/GeoCalib.git"),
    "perspective-fields": (
        "perspective2d is not installed; fix: pip install git+https://github.com/jinlinyi/PerspectiveFields.git"
    ),
}
NETWORKS = {"geocalib": "geocalib", "perspective-fields": "Paramnet-360Cities-edina-centered"}
both = pytest.mark.parametrize("name", BUILDERS)


def failure(name: str) -> str:
    with pytest.raises(PluginError) as caught:
        BUILDERS[name]()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@both
def test_a_missing_package_is_told_with_its_command(name: str) -> None:
    assert failure(name) == INSTALL[name]


@both
def test_offline_means_offline(name: str, packages: None, torch_home: Path) -> None:
    place = torch_home / file_of(NETWORKS[name])
    with offline() as attempts:
        told = failure(name)
    assert attempts == []
    assert told.startswith(f"{place}: is not there, and HF_HUB_OFFLINE is set; fetch it once with: curl -L")
    assert told.endswith(f"-o {place} {weights_of(NETWORKS[name]).name}")


@both
def test_no_network_is_told_with_what_to_do(name: str, packages: None, torch_home: Path) -> None:
    # Undone before `offline` ends: undone after it, the variable would stay set for the tests that follow.
    with offline() as attempts, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "0")
        told = failure(name)
    assert attempts, "it tries"
    assert "was not reached (no network in this test); fetch it once with: curl -L" in told


@both
def test_what_is_in_the_cache_needs_no_network(name: str, installed: Path) -> None:
    with offline() as attempts:
        BUILDERS[name]()
    assert attempts == []


@both
@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
def test_damaged_weights_are_told_with_their_place(name: str, content: bytes, installed: Path) -> None:
    place = installed / file_of(NETWORKS[name])
    place.write_bytes(content)
    told = failure(name)
    assert str(place) in told
    assert "cannot be loaded as the weights of" in told


def test_capabilities_tell_the_weights_and_their_licence() -> None:
    (weights,) = GeoCalibConfig().capabilities(Capabilities()).weights
    assert (weights.revision, weights.licence, weights.noncommercial) == ("v1.0", "CC-BY-4.0", False)
    (weights,) = PerspectiveFieldsConfig().capabilities(Capabilities()).weights
    assert weights.name.endswith("/paramnet_360cities_edina_rpf.pth")
    assert weights.noncommercial
    (weights,) = PerspectiveFieldsConfig(model=STREETS).capabilities(Capabilities()).weights
    assert weights.name.endswith("/paramnet_gsv_rpf.pth")
    for spec in (GEOCALIB, PERSPECTIVE_FIELDS):
        assert spec.config().capabilities(spec.capabilities).weights == spec.capabilities.weights
        assert spec.config().capabilities(spec.capabilities).gpu == "optional"


def test_another_network_is_another_identity_and_a_device_is_not() -> None:
    assert PerspectiveFieldsConfig(device="cpu").identity() == {}
    assert PerspectiveFieldsConfig(model=STREETS).identity() == {"model": STREETS}
    assert GeoCalibConfig(fov_deg=50).identity() == {"fov_deg": 50}

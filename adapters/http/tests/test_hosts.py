"""The key goes to the vendor's own hosts, whatever an answer says."""

from __future__ import annotations

import pytest

from adapters.http.tests import vendors
from adapters.http.tests.talking import KEY, generator, request
from genspace_adapter_http.api import Api
from genspace_core.errors import Fatal, GenerationError
from genspace_core.interfaces import Job
from genspace_core.testing import Answer, Vendor


def job(ask: str) -> Job:
    return Job(data={"info": {}, "cost": None, "answer": None, "ask": ask})


@pytest.mark.parametrize(
    "address",
    [
        "https://api.us1.bfl.ai.evil.example/v1/get_result",
        "https://evilbfl.ai/v1/get_result",
        "https://bfl.ai/v1/get_result",
        "https://api.bfl.ai@evil.example/v1/get_result",
        "https://user@api.bfl.ai/v1/get_result",
        "http://api.us1.bfl.ai/v1/get_result",
        "https://api.us1.bfl.ai:8443/v1/get_result",
        "//evil.example/v1/get_result",
        "ftp://api.bfl.ai/x",
        "https://[::1]/x",
        "nonsense",
        "https://exa mple/",
    ],
)
def test_an_address_that_is_not_the_vendors(address: str) -> None:
    """Refused before anything is sent; the order is paid for, and its job says where it is."""
    with (
        Vendor(lambda _: Answer(200, {"status": "Pending"})) as vendor,
        generator(vendor, "bfl") as plugin,
        pytest.raises(GenerationError, match=r"not among its hosts|is no address") as caught,
    ):
        plugin.collect(job(address))
    assert caught.value.charged
    assert vendor.calls == []


def test_hosts_of_the_recipe_pass() -> None:
    api = Api("https://api.bfl.ai", {}, key="", hosts=["*.bfl.ai"], allowed=["mirror.example"], timeout=1)
    for address in (
        "https://api.us1.bfl.ai/v1/get_result?id=7",
        "https://API.EU.BFL.AI:443/v1/get_result",
        "https://api.bfl.ai/v1/get_result",
        "/v1/get_result?id=7",
        "http://mirror.example/x",
    ):
        assert api._url(address).host in {"api.us1.bfl.ai", "api.eu.bfl.ai", "api.bfl.ai", "mirror.example"}


def test_a_host_that_the_user_allows() -> None:
    with (
        Vendor(lambda _: Answer(200, {"status": "Pending"})) as other,
        Vendor(lambda _: Answer(500)) as vendor,
    ):
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        with (
            generator(vendor, "bfl") as plugin,
            pytest.raises(GenerationError, match=r'allow_hosts = \["localhost"\]'),
        ):
            plugin.collect(job(f"{elsewhere}/x"))
        with generator(vendor, "bfl", allow_hosts=["localhost"]) as plugin:
            assert plugin.collect(job(f"{elsewhere}/x")) is None
    assert [call.headers["x-key"] for call in other.calls] == [KEY]


def test_an_api_that_redirects_stops_the_run() -> None:
    """Not one picture after the other."""
    with Vendor(lambda _: Answer(200)) as other:
        onward = Answer(308, headers={"Location": f"{other.address}/v1/flux-2-pro?key=1"})
        with (
            Vendor(lambda _: onward) as vendor,
            generator(vendor, "bfl") as plugin,
            pytest.raises(Fatal, match="redirects to") as caught,
        ):
            plugin.submit(request())
    assert "key=1" not in str(caught.value)
    assert other.calls == []


def test_a_key_whose_variable_is_not_named_like_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is masked all the same, in a vendor's words and in the answer that is kept."""
    monkeypatch.setenv("ORDINARY", KEY)
    script = vendors.Seedream()
    answer = script.error(401, "auth", f"no such key: {KEY}")
    with (
        Vendor(lambda _: answer) as vendor,
        generator(vendor, "seedream", "/api/v3", key_variable="ORDINARY") as plugin,
        pytest.raises(GenerationError, match="no such key") as caught,
    ):
        plugin.submit(request())
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.answer)


def test_a_key_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BFL_API_KEY")
    with (
        Vendor(lambda _: Answer(500)) as vendor,
        pytest.raises(Exception, match=r"BFL_API_KEY is not set; keys are made at https://dashboard.bfl.ai"),
        generator(vendor, "bfl"),
    ):
        pass

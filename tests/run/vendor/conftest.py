"""A server on this machine that makes pictures for money, and runs that ask it."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import count

import pytest

from genspace_core.run import asking, pace, pacing, retry
from genspace_core.testing.vendor import Answer, Vendor
from tests.run.vendor.asking import KEY


@pytest.fixture(autouse=True)
def _account(monkeypatch):
    monkeypatch.setenv("VENDOR_KEY", KEY)
    monkeypatch.setattr(retry, "_backoff", lambda state: 0.01)
    monkeypatch.setattr(pace, "FIRST_HOLD_S", 0.02)
    monkeypatch.setattr(pace, "LONGEST_HOLD_S", 0.1)
    monkeypatch.setattr(asking, "LOOK_AGAIN_S", (0.01, 0.01))
    monkeypatch.setattr(pacing, "_PACERS", {})


@pytest.fixture
def png():
    import numpy as np
    from fake_plugins import png

    numbers = count()
    return lambda: base64.b64encode(png(np.full((4, 4, 3), next(numbers) % 251, np.uint8))).decode()


@pytest.fixture
def vendor(fake_package, monkeypatch, request):
    """A server, for which each test sets `vendor.route`."""
    monkeypatch.syspath_prepend(str(fake_package))
    with Vendor(lambda call: Answer(500)) as server:
        yield server


@pytest.fixture
def picture(png):
    def answer(call, **about):
        return Answer(200, {"id": f"id-{call.number}", "image": png(), **about})

    return answer


@pytest.fixture
def order(make_spec, vendor):
    def make(pictures, plugin="direct", generator=None, **options):
        about = {"address": vendor.address, **(generator or {})}
        return make_spec([f"dog {i}" for i in range(pictures)], plugin=plugin, generator=about, **options)

    return make


@pytest.fixture
def judged(order, vendor, picture):
    def route(call):
        if call.path == "/judge":
            told = call.json()
            return Answer(200, {"value": 0.25 + 0.5 * told["vote"], "reason": f"saw {told['prompt']}"})
        return picture(call)

    vendor.route = route

    def make(pictures, votes=1, metrics=("critic",), **options):

        from genspace_core.plugins.config import resolve

        spec = order(pictures, metrics=("near",), **options)
        about = {"address": vendor.address, "votes": votes, "account": "judge"}
        found = [resolve("metrics", name, overrides=about if name == "critic" else {}) for name in metrics]
        return replace(spec, metrics=tuple(found))

    return make

"""What tests of a vendor share."""

from __future__ import annotations

from dataclasses import replace

from genspace_core.run.budget import Budget
from genspace_core.run.engine import Observer, execute
from genspace_core.run.local import InlineExecutor
from genspace_core.run.store import Store
from genspace_core.testing.vendor import Answer

KEY = "vendor-key-0123456789abcdef"


def run(spec, observer=None):
    return execute(spec, InlineExecutor(), observer or Observer())


def money(spec):
    with Store(spec.directory / "run.db", write=False) as store:
        return store.money()


def generated(vendor, path="/generate"):
    return sum(call.path == path for call in vendor.calls)


def spec_with(spec, dollars):
    return replace(spec, budget=Budget.of_runs(dollars, [spec.directory]))


def with_cost(function, cost):
    return lambda told, _: replace(function(told, None), cost=cost)


class Desk:
    """A vendor with a queue: what is submitted is ready when it is asked for the second time."""

    def __init__(self, picture, ready_after=2):
        self.picture, self.ready_after = picture, ready_after
        self.jobs: dict[str, int] = {}

    def __call__(self, call):
        if call.path == "/submit":
            self.jobs[f"j{call.number}"] = 0
            return Answer(200, {"id": f"j{call.number}"})
        job = call.path.rpartition("/")[2]
        if job not in self.jobs:
            return Answer(404, {"message": "no such job"})
        self.jobs[job] += 1
        if self.jobs[job] < self.ready_after:
            return Answer(200, {"status": "pending"})
        return Answer(200, self.picture(call).body | {"status": "ready"})

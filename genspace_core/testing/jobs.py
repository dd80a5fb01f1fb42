"""What holds for a generator whose pictures are ordered by one call and collected by others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from genspace_core.errors import GenerationError, NotCollected, Refused, ResultLost
from genspace_core.testing.asked import Asked, ask
from genspace_core.testing.pictures import picture
from genspace_core.testing.remote import HTML, WORDS, RemoteConformance
from genspace_core.testing.scripts import KEY, JobScript, as_answer
from genspace_core.testing.vendor import Answer, Call, Route, Vendor

RESULT = "/results/picture.png"
PENDING = 2  # polls that say "not yet" before the picture is ready


class JobConformance(RemoteConformance):
    """The same for a `JobGenerator`; `script` is a `JobScript`. One order is paid for, no more."""

    script: ClassVar[JobScript]
    tells_limits = False

    def route(self, made: bytes, headers: Mapping[str, str] | None = None) -> Route:
        """A vendor that is well: takes the order, is not ready at first, and has the picture then."""
        return self.steps(Answer(200, made, {"Content-Type": "image/png"}), headers=headers)

    def steps(
        self,
        *results: Answer,
        polls: tuple[Answer, ...] = (),
        ready: bool = True,
        address: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Route:
        """A vendor that takes the order.

        Args:
            results: what lies at the picture's address, one after the other, and then the last one.
            polls: the first answers to polls, in place of those of the script.
            ready: whether the picture is, after some polls.
            address: where the picture is said to be; here if not said.
            headers: more of the order's answer.
        """
        waiting, fetched, lock = list(polls), list(results), Lock()
        pending = iter(range(PENDING))

        def answer(call: Call) -> Answer:
            server = f"http://{call.headers['host']}"
            there = address or server + RESULT
            if self.script.costs(call):
                told = as_answer(self.script.submitted(server, there))
                return replace(told, headers={**told.headers, **(headers or {})})
            with lock:
                if self.script.is_poll(call):
                    if waiting:
                        return waiting.pop(0)
                    still = next(pending, None) is not None or not ready
                    return as_answer(self.script.polled(call, server, None if still else there))
                assert call.path == RESULT, f"an unexpected call: {call.method} {call.path}"
                return fetched.pop(0) if len(fetched) > 1 else fetched[0]

        return answer

    def order(self, *results: Answer, changes: Mapping[str, Any] | None = None, **steps: Any) -> Asked:
        """Ask for one picture of such a vendor."""
        return self.ask(well=self.steps(*results or (_PICTURE,), **steps), **(changes or {}))

    # --- the result -----------------------------------------------------------------------------------

    def test_the_key_does_not_go_to_the_results_address(self) -> None:
        """It is any host that the vendor named."""
        calls: list[Call] = []
        well = self.route(picture(64, 64))

        def route(call: Call) -> Answer:
            calls.append(call)
            return well(call)

        self.ask(well=route).picture()
        fetches = [call for call in calls if call.path == RESULT]
        assert len(fetches) == 1
        assert KEY not in json.dumps([dict(fetches[0].headers), dict(fetches[0].query)])

    def test_a_job_can_be_kept(self) -> None:
        """It is JSON without secrets, and enough for another process to collect the picture."""
        asked = self.order(Answer(503))
        asked.failure(NotCollected)
        assert asked.job is not None
        assert json.loads(json.dumps(dict(asked.job.data))) == dict(asked.job.data)
        assert KEY not in json.dumps(dict(asked.job.data))

    def test_the_next_command_collects_it(self, tmp_path: Path) -> None:
        """Without another order."""
        with Vendor(self.steps(Answer(503))) as vendor:
            first = ask(self.built(vendor), self.asked_for(), tmp_path)
            assert isinstance(first.error, NotCollected), repr(first.error)
            vendor.route = self.route(picture(64, 64))
            second = ask(self.built(vendor), self.asked_for(), tmp_path)
        assert second.error is None, repr(second.error)
        assert second.made is not None
        assert sum(map(self.script.costs, vendor.calls)) == 1

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_an_address_that_has_expired(self, status: int) -> None:
        """Told, and not ordered again by itself."""
        self.order(Answer(status, "gone")).failure(ResultLost, "expired")

    @pytest.mark.parametrize(
        "fault",
        [Answer(503), Answer(429), Answer(200, picture(64, 64), cut=50)],
        ids=["503", "429", "cut"],
    )
    def test_a_result_that_comes_at_the_second_try(self, fault: Answer) -> None:
        """Fetched again, not ordered again."""
        self.order(fault, _PICTURE).picture()

    def test_a_result_that_does_not_come_whole(self) -> None:
        """The job is kept."""
        asked = self.order(Answer(200, picture(64, 64), cut=50))
        asked.failure(NotCollected)
        assert asked.job is not None

    @pytest.mark.parametrize("allowed", [False, True])
    def test_a_result_that_is_redirected(self, allowed: bool) -> None:
        """To another host only where the configuration allows it."""
        with Vendor(lambda _: _PICTURE) as other:
            elsewhere = other.address.replace("127.0.0.1", "localhost") + RESULT
            hosts = ["127.0.0.1", *(["localhost"] if allowed else [])]
            asked = self.order(Answer(302, headers={"Location": elsewhere}), changes={"allow_hosts": hosts})
        if allowed:
            asked.picture()
        else:
            asked.failure(GenerationError, 'allow_hosts = ["localhost"]')
        assert len(other.calls) == allowed

    @pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "10.0.0.1", "169.254.169.254", "0x7f000002"])
    def test_a_result_at_a_private_address(self, host: str) -> None:
        """Nothing is fetched from there."""
        name = urlsplit(f"https://{host}").hostname
        self.order(address=f"https://{host}/picture.png").failure(
            GenerationError, f'allow_hosts = ["{name}"]'
        )

    def test_a_result_that_is_not_encrypted(self) -> None:
        """Refused, unless its host is allowed."""
        self.order(address="http://pictures.example/picture.png").failure(GenerationError, "https")

    # --- polls ----------------------------------------------------------------------------------------

    def test_a_poll_that_never_ends(self) -> None:
        """Given up for now; the job is kept."""
        self._needs_polls()
        asked = self.order(ready=False)
        asked.failure(NotCollected, "not ready")
        assert asked.job is not None

    @pytest.mark.parametrize(("status", "kind"), [(500, "server"), (429, "limited")])
    def test_a_poll_that_fails_in_passing(self, status: int, kind: str) -> None:
        """Asked again, not ordered again."""
        self._needs_polls()
        self.order(polls=(self.script.error(status, kind, WORDS),)).picture()

    def test_a_poll_that_is_cut_or_html(self) -> None:
        """The first is asked again; the second says so."""
        self._needs_polls()
        self.order(polls=(Answer(200, {"data": "x" * 1000}, cut=500),)).picture()
        self.order(polls=(Answer(200, HTML),) * 2000).failure(GenerationError)

    def test_a_job_that_is_there_no_more(self) -> None:
        """Told, and not ordered again by itself."""
        if self.script.gone is None:
            pytest.skip("the script has no answer for a job that is gone")
        self.order(polls=(self.script.gone,) * 20).failure(ResultLost)

    def test_jobs_that_are_refused(self) -> None:
        """As with refusals of an order."""
        for reason, answer in self.script.refused_jobs.items():
            error = self.order(polls=(answer,) * 20).failure(Refused)
            assert isinstance(error, Refused)
            assert error.reason == reason

    def _needs_polls(self) -> None:
        if not self.script.polls:
            pytest.skip("a vendor without polls")


_PICTURE = Answer(200, picture(64, 64), {"Content-Type": "image/png"})

"""What holds for every generator behind an API, tried against a server on this machine."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Lock
from typing import Any

import numpy as np
import pytest

from genspace_core.errors import (
    AuthFailed,
    GenerationError,
    InputError,
    InvalidRequest,
    QuotaSpent,
    RateLimited,
    Refused,
    Transient,
)
from genspace_core.images import decode_image
from genspace_core.run.retry import ATTEMPTS, CHARGED_ATTEMPTS, LIMITED_ATTEMPTS
from genspace_core.testing.asked import ask, complaints
from genspace_core.testing.checks import json_complaints
from genspace_core.testing.pictures import large_picture, picture
from genspace_core.testing.remote_kit import RemoteKit
from genspace_core.testing.scripts import KEY, pictures_in
from genspace_core.testing.vendor import Answer, Call, Vendor

HTML = "<!DOCTYPE html>\n<html>\n<body>Bad gateway</body>\n</html>\n"
WORDS = "the vendor's own words"
LIMITS = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}
AT_ONCE = 4
TOGETHER_S = 20.0  # how long a call waits for the others to arrive
LOGGERS = ("", "httpx", "httpx2", "httpcore", "httpcore2", "openai", "google_genai", "urllib3")


class RemoteConformance(RemoteKit):
    """Inherit and set `spec`, `spec_module`, `key_variable` and `script`; see `RemoteKit` for all of them.

    The kit adds base_url, timeout and allow_hosts to `config`, and plants a key in the environment. For a
    generator whose pictures are fetched from an address inherit `JobConformance`.
    """

    # --- a vendor that is well ------------------------------------------------------------------------

    def test_it_is_remote(self) -> None:
        """The core paces it by its account, and does not take it for one without a price."""
        capabilities = self.capabilities
        assert capabilities.network
        assert capabilities.account
        assert KEY not in capabilities.account
        assert self.configured(price=0.5).capabilities(self.spec.capabilities).price == 0.5

    def test_the_picture_comes_as_it_was_sent(self) -> None:
        """By one call, which says the prompt and no other; byte for byte unless the plugin edits."""
        sent = picture(96, 64, seed=3)
        calls: list[Call] = []
        well = self.route(sent)

        def route(call: Call) -> Answer:
            calls.append(call)
            return well(call)

        made = self.ask(well=route).picture()
        assert self._fits(sent, made.data)
        assert list(json_complaints(dict(made.info), "info")) == []
        assert list(json_complaints(made.answer, "answer")) == []
        order = next(filter(self.script.costs, calls))
        assert self.prompts[0].encode() in order.body

    def test_an_edit_shows_its_source(self) -> None:
        """The pixels that arrive are those of the source."""
        if "edit" not in self.capabilities.tasks:
            pytest.skip("declares that it does not edit")
        calls: list[Call] = []
        well = self.route(picture(64, 64))

        def route(call: Call) -> Answer:
            calls.append(call)
            return well(call)

        request = self.asked_for("edit")
        self.ask(well=route, request=request).picture()
        order = next(filter(self.script.costs, calls))
        shown = [decode_image(data, "what was sent") for data in pictures_in(order)]
        assert any(self._alike(one, request.source) for one in shown), (
            f"none of the {len(shown)} pictures in the call is the source"
        )
        assert self.prompts[0].encode() in order.body

    def test_a_picture_of_40_mb(self) -> None:
        """It comes whole, and nothing of it is kept in the answer."""
        made = self.ask(well=self.route(large_picture()), timeout=60.0).picture()
        assert self._fits(large_picture(), made.data)
        assert len(json.dumps(made.answer)) < 100_000

    def test_limits_in_headers_are_passed_on(self) -> None:
        """The core paces by them."""
        if not self.tells_limits:
            pytest.skip("declares that it tells no limits")
        made = self.ask(well=self.route(picture(64, 64), LIMITS)).picture()
        assert made.limits is not None
        assert (made.limits.per_minute, made.limits.remaining) == (60, 59)

    def test_it_is_asked_from_several_threads(self) -> None:
        """Calls are in flight at the same time, and each gets its own picture."""
        together, lock, number = Barrier(AT_ONCE), Lock(), iter(range(1, AT_ONCE + 1))
        wells = [self.route(picture(64, 64, seed)) for seed in range(1, AT_ONCE + 1)]

        def route(call: Call) -> Answer:
            if not self.script.costs(call):
                return wells[0](call)
            together.wait(TOGETHER_S)
            with lock:
                return wells[next(number) - 1](call)

        with Vendor(route) as vendor, ThreadPoolExecutor(AT_ONCE) as threads:
            plugin = self.built(vendor)
            made = list(threads.map(lambda _: ask(plugin, self.asked_for()).error, range(AT_ONCE)))
        assert made == [None] * AT_ONCE

    # --- a vendor that declines -----------------------------------------------------------------------

    def test_refusals(self) -> None:
        """Asked once, and told with the vendor's own reason."""
        assert self.script.refusals or getattr(self.script, "refused_jobs", None), "no refusal in the script"
        for reason, answer in self.script.refusals.items():
            error = self.ask(answer, forever=True).failure(Refused)
            assert isinstance(error, Refused)
            assert error.reason == reason

    def test_an_answer_without_a_picture(self) -> None:
        """It is a refusal: the model was asked, and gave none."""
        if self.script.empty is None:
            pytest.skip("the script has no answer without a picture")
        error = self.ask(self.script.empty, forever=True).failure(Refused)
        assert isinstance(error, Refused)
        assert error.reason

    def test_a_key_that_is_refused(self) -> None:
        """Asked once; vendors repeat the key, the message does not."""
        answer = self.script.error(401, "auth", f"{WORDS} about {KEY}")
        self.ask(answer, forever=True).failure(AuthFailed, WORDS)

    def test_a_quota_that_is_spent(self) -> None:
        """Asked once."""
        answer = self.script.error(self.script.quota_status, "quota", WORDS)
        self.ask(answer, forever=True).failure(QuotaSpent, WORDS)

    def test_a_request_that_is_invalid(self) -> None:
        """Asked once; the rest of the run goes on."""
        self.ask(self.script.error(422, "invalid", WORDS), forever=True).failure(InvalidRequest, WORDS)

    # --- a vendor that is busy, or ill ----------------------------------------------------------------

    def test_too_fast(self) -> None:
        """Asked again, when the core thinks it right."""
        self.ask(self.script.error(429, "limited", WORDS)).picture(calls=2)

    def test_too_fast_and_told_when_to_come_back(self) -> None:
        """The seconds reach the core, which waits so long."""
        answer = self.script.error(429, "limited", WORDS)
        later = replace(answer, headers={**answer.headers, "Retry-After": "7"})
        with Vendor(lambda _: later) as vendor:
            plugin = self.built(vendor)
            order = getattr(plugin, "submit", plugin.generate)
            with pytest.raises(RateLimited) as caught:
                order(self.asked_for())
        assert caught.value.retry_after == 7.0
        assert len(vendor.calls) == 1
        now = replace(answer, headers={**answer.headers, "Retry-After": "0"})
        self.ask(now).picture(calls=2)

    def test_too_fast_for_ever(self) -> None:
        """It is given up in the end."""
        answer = self.script.error(429, "limited", WORDS)
        self.ask(answer, forever=True).failure(RateLimited, WORDS, calls=LIMITED_ATTEMPTS)

    @pytest.mark.parametrize("status", [500, 503])
    def test_a_fault_that_passes(self, status: int) -> None:
        """Asked again."""
        self.ask(self.script.error(status, "server", WORDS)).picture(calls=2)

    def test_a_fault_that_stays(self) -> None:
        """It is given up in the end."""
        self.ask(self.script.error(500, "server", WORDS), forever=True).failure(
            Transient, WORDS, calls=ATTEMPTS
        )

    def test_a_gateway_that_answers_in_html(self) -> None:
        """A passing fault, whose document does not end up in the message."""
        error = self.ask(Answer(502, HTML), forever=True).failure(Transient, "502", calls=ATTEMPTS)
        assert "<body" not in str(error)

    def test_no_answer_in_time(self) -> None:
        """It may have been paid for: asked twice in all, and both are on the bill."""
        asked = self.ask(Answer(delay=20), forever=True, timeout=0.3)
        asked.failure(Transient, calls=CHARGED_ATTEMPTS)
        assert asked.bill.lost == CHARGED_ATTEMPTS

    def test_a_connection_cut_in_the_middle(self) -> None:
        """As with no answer."""
        asked = self.ask(Answer(200, {"data": "x" * 100_000}, cut=50_000), forever=True)
        asked.failure(Transient, calls=CHARGED_ATTEMPTS)
        assert asked.bill.lost == CHARGED_ATTEMPTS

    def test_a_server_that_is_not_there(self) -> None:
        """Nothing was sent, so nothing is on the bill."""
        with Vendor(lambda _: Answer()) as vendor:
            plugin = self.built(vendor)
        asked = ask(plugin, self.asked_for())
        asked.failure(Transient, calls=0)
        assert asked.bill.lost == 0

    # --- an answer that is none -----------------------------------------------------------------------

    def test_malformed_base64(self) -> None:
        """It is paid for: not asked again by itself."""
        if self.script.malformed_base64 is None:
            pytest.skip("the script has no answer in base64")
        asked = self.ask(self.script.malformed_base64, forever=True)
        asked.failure(GenerationError)
        assert asked.bill.lost == 1 or asked.bill.known > 0

    def test_html_in_place_of_json(self) -> None:
        """As with malformed base64."""
        error = self.ask(Answer(200, HTML), forever=True).failure(GenerationError)
        assert len(str(error)) < 300

    def test_a_picture_that_is_none(self) -> None:
        """The plugin says so, or passes it on to the core, which looks at every picture."""
        asked = self.ask(well=self.route(b"this is no picture, " * 20))
        assert asked.cost == 1
        if asked.made is None:
            asked.failure(GenerationError)
        else:
            with pytest.raises(InputError):
                decode_image(asked.made.data, "the picture")

    def test_a_redirect_to_another_host(self) -> None:
        """The key and the prompt do not go there."""
        with Vendor(lambda _: Answer()) as other:
            elsewhere = other.address.replace("127.0.0.1", "localhost")
            answer = Answer(307, headers={"Location": f"{elsewhere}/v1/images"})
            asked = self.ask(answer, forever=True)
            assert asked.error is not None
            assert list(complaints(str(asked.error))) == []
            assert asked.cost == 1
        assert other.calls == []

    # --- secrets --------------------------------------------------------------------------------------

    def test_the_key_goes_to_the_vendor_alone(self, caplog: pytest.LogCaptureFixture) -> None:
        """Not to what is kept, told or logged; nor does a picture's base64."""
        for name in LOGGERS:
            caplog.set_level(logging.DEBUG, logger=name or None)
        sent, calls = picture(64, 64), []
        well = self.route(sent)

        def route(call: Call) -> Answer:
            calls.append(call)
            return well(call)

        made = self.ask(well=route).picture()
        order = next(filter(self.script.costs, calls))
        assert any(KEY in value for value in order.headers.values()), "the vendor was given no key"
        assert not any(KEY in value for call in calls for value in call.query.values()), (
            "a key in an address ends up in logs; vendors take it in a header"
        )
        kept = json.dumps([made.answer, dict(made.info)])
        assert KEY not in kept
        assert b64encode(sent).decode()[:200] not in kept
        for status, kind in ((401, "auth"), (422, "invalid"), (429, "limited"), (500, "server")):
            error = self.ask(self.script.error(status, kind, f"{WORDS}: {KEY}"), forever=True).error
            assert error is not None
            assert list(complaints(str(error), WORDS)) == []
            assert KEY not in json.dumps(error.answer)
        assert KEY not in caplog.text

    # ---------------------------------------------------------------------------------------------------

    def _fits(self, sent: bytes, made: bytes) -> bool:
        """What was sent, byte for byte; of an edit, brought to another size maybe."""
        return made == sent or (self.asked_for().task == "edit" and decode_image(made, "it").size > 0)

    def _alike(self, shown: Any, source: Any) -> bool:
        difference = np.abs(shown.astype(int) - source) if shown.shape == source.shape else np.array(255)
        return bool(difference.max() <= self.tolerance)

"""A generator that follows a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from genspace_adapter_http.answers import Reader
from genspace_adapter_http.api import Api, Reply
from genspace_adapter_http.expressions import look_text
from genspace_adapter_http.ordering import Order, write_order
from genspace_adapter_http.pictures import received
from genspace_adapter_http.plugin import HttpConfig
from genspace_adapter_http.recipe import Recipe
from genspace_adapter_http.rules import Job as JobRules
from genspace_adapter_http.verdicts import judge, read_json, refused, words
from genspace_core import Downloader, decode_base64, kept_answer, parse_json, read_key, read_limits
from genspace_core.errors import (
    AuthFailed,
    GenerationError,
    JobFailed,
    QuotaSpent,
    RateLimited,
    Refused,
    ResultLost,
    Transient,
)
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Job, JobGenerator

_OTHERWISE = (Refused, RateLimited, Transient, AuthFailed, QuotaSpent)
"""What asking for a job can come to beside an error of that job alone."""


class HttpGenerator(JobGenerator):
    """One model behind an API; called from many threads.

    Args:
        config: with the recipe.
        api: with the key.
        downloader: for results that lie elsewhere; it has no key.
    """

    def __init__(self, config: HttpConfig, api: Api, downloader: Downloader) -> None:
        self._config, self._recipe = config, config.contract
        self._api, self._reader = api, Reader(config.contract, downloader)

    def submit(self, request: GenerationRequest) -> Job | GeneratedImage:
        """Order one picture, by the one call that costs."""
        recipe, order = self._recipe, write_order(self._config, request)
        reply = self._api.send(order.method, order.path, **order.body)
        if recipe.answer.form == "bytes" and recipe.job is None and _is_picture(reply):
            return self._made(reply.body, self._start(order, None), reply)
        answer = self._sound_answer(reply)
        known = self._start(order, answer)
        if recipe.job is not None:
            return self._job(recipe.job, known, answer)
        if recipe.answer.form == "url":
            return Job(data=known | {"address": self._reader.find(reply, answer, known)}, first=0.0)
        return self._made(decode_base64(self._reader.find(reply, answer, known)), known, reply)

    def collect(self, job: Job) -> GeneratedImage | None:
        """The picture of a job; None while it is not ready."""
        rules, known = self._recipe.job, dict(job.data)
        if "address" in known:
            return self._made(self._reader.fetched(known["address"], known), known, None)
        assert rules is not None, "a job with an address to ask at comes from a recipe with [job]"
        reply, answer = self._asked(known["ask"])
        if not self._is_done(rules, reply, answer, known):
            return None
        onward = look_text(rules.result, answer) or known.get("result")
        if onward:
            reply, answer = self._asked(onward)
        known |= self._reader.facts(answer, known)
        return self._made(self._result(reply, answer, known), known, reply)

    # --- the order -------------------------------------------------------------------------------

    def _sound_answer(self, reply: Reply) -> Any:
        """The answer to an order, if it is one."""
        answer = read_json(reply)
        if error := judge(self._recipe, reply, answer):
            raise error
        return parse_json(reply.body) if answer is None else answer

    def _start(self, order: Order, answer: Any) -> dict[str, Any]:
        """What is known of a picture from the beginning; it goes into the job, so JSON-able."""
        known: dict[str, Any] = {"info": {"model": self._config.row.id, **order.recorded}, "cost": None}
        if order.sides is not None:
            known["sides"] = list(order.sides)
        return known | self._reader.facts(answer, known)

    def _job(self, rules: JobRules, known: Mapping[str, Any], answer: Any) -> Job:
        ask = look_text(rules.address, answer)
        if rules.path:
            vendor_id = str(known["info"].get("vendor_id", ""))
            ask = rules.path.replace("{id}", quote(vendor_id, safe="")) if vendor_id else ""
        if not ask:
            raise GenerationError(
                "the answer to the order does not say where to ask for the picture",
                charged=True,
                answer=known["answer"],
            )
        data = {**known, "ask": ask}
        if result := look_text(rules.result, answer):
            data["result"] = result
        return Job(data=data, first=rules.first, every=rules.every, patience=rules.patience)

    # --- the result ------------------------------------------------------------------------------

    def _asked(self, address: str) -> tuple[Reply, Any]:
        """Ask for a job; a connection that fails then costs nothing."""
        try:
            reply = self._api.send("GET", address)
        except Transient as error:
            raise Transient(f"the job could not be asked for: {error}", error.retry_after) from None
        return reply, read_json(reply)

    def _is_done(self, rules: JobRules, reply: Reply, answer: Any, known: Mapping[str, Any]) -> bool:
        """Whether a job's picture is there; raises what else has become of it."""
        word, said = look_text(rules.status, answer), words(self._recipe, reply, answer)
        told = f"{word}: {said}" if said else word
        if word in rules.gone:
            raise _lost(told, answer, known)
        if word in rules.refused:
            raise refused(self._recipe, reply, answer, None, word)
        self._check_job(reply, answer, known)
        if word in rules.failed:
            raise JobFailed(
                f"the vendor failed ({told})", cost=known["cost"], charged=True, answer=kept_answer(answer)
            )
        if not word:
            raise Transient("the vendor's answer does not say how the job stands")
        return word in rules.done

    def _check_job(self, reply: Reply, answer: Any, known: Mapping[str, Any]) -> None:
        """Raise what an answer about a job means, if it is an error."""
        error = judge(self._recipe, reply, answer)
        if error is None:
            return
        if reply.status in {404, 410} and not isinstance(error, _OTHERWISE):
            raise _lost(str(error), answer, known)
        if isinstance(error, _OTHERWISE):
            raise error
        raise GenerationError(
            f"the job could not be asked for ({error})", answer=error.answer, limits=error.limits
        )

    def _result(self, reply: Reply, answer: Any, known: Mapping[str, Any]) -> bytes:
        """The bytes of a picture that is ready."""
        if self._recipe.answer.form == "bytes" and _is_picture(reply):
            return reply.body
        self._check_job(reply, answer, known)
        if answer is None:
            raise Transient(words(self._recipe, reply, answer) or "the answer is empty, not JSON")
        found = self._reader.find(reply, answer, known)
        return (
            self._reader.fetched(found, known) if self._recipe.answer.form == "url" else decode_base64(found)
        )

    def _made(self, data: bytes, known: Mapping[str, Any], reply: Reply | None) -> GeneratedImage:
        sides = known.get("sides")
        made = received(data, (sides[0], sides[1]) if sides else None)
        return GeneratedImage(
            data=made.data,
            info={**known["info"], "size": made.size},
            cost=known["cost"],
            answer=known["answer"],
            limits=read_limits(reply.headers) if reply else None,
        )


def _lost(told: str, answer: Any, known: Mapping[str, Any]) -> ResultLost:
    return ResultLost(
        f"the vendor has no such job any more ({told})",
        cost=known["cost"],
        charged=True,
        answer=kept_answer(answer),
    )


def _is_picture(reply: Reply) -> bool:
    """Whether the body may be one, and is not text."""
    kind = reply.headers.get("content-type", "")
    return reply.status == 200 and not kind.startswith(("application/json", "text/"))


def build(config: HttpConfig) -> HttpGenerator:
    """The generator, with the key from the environment.

    Raises:
        PluginError: the key is not set.
    """
    recipe: Recipe = config.contract
    key = read_key(config.key_variable, recipe.key_page) if config.key_variable else ""
    api = Api(
        config.base_url,
        {name: text.replace("{key}", key) for name, text in recipe.headers.items()},
        key=key,
        hosts=recipe.hosts,
        allowed=config.allow_hosts,
        timeout=config.timeout,
    )
    return HttpGenerator(config, api, Downloader(config.allow_hosts, timeout=min(config.timeout, 60.0)))

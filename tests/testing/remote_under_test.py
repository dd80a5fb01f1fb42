"""Adapters for a small vendor of pictures: good ones, and ones that are wrong in a way of their own."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from threading import Lock
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import Field

from genspace_core import (
    Downloader,
    RemoteConfig,
    decode_base64,
    http_error,
    kept_answer,
    parse_json,
    read_key,
    read_limits,
    transport_error,
)
from genspace_core.errors import (
    AuthFailed,
    GenerationError,
    InvalidRequest,
    QuotaSpent,
    Refused,
    ResultLost,
    Transient,
)
from genspace_core.images import encode_png
from genspace_core.interfaces import (
    Capabilities,
    GeneratedImage,
    GenerationRequest,
    Generator,
    Job,
    JobGenerator,
    NotIdentity,
    PluginSpec,
)

KEY_VARIABLE = "EASEL_API_KEY"
DECLINED = {"error": {"code": "unsafe", "message": "no such picture"}}


class EaselConfig(RemoteConfig):
    vendor: ClassVar[str] = "easel"
    base_url: str = Field("https://easel.example", description="Where it is.")
    key_variable: Annotated[str, NotIdentity(), Field(description="Where the key is.")] = KEY_VARIABLE
    fault: str = Field("", description="What is wrong with it.")

    def capabilities(self, declared: Capabilities) -> Capabilities:
        return replace(declared, account=self.account(), price=self.price)


_LOCK = Lock()


class Wire:
    """The calls that both kinds of adapter make; `fault` is what is wrong with them."""

    def __init__(self, config: EaselConfig) -> None:
        self.config, self.fault, self.key = config, config.fault, read_key(config.key_variable)
        self.client = httpx.Client(timeout=config.timeout, follow_redirects=self.fault == "follows")
        self.client.headers["x-key"] = self.key

    def order(self, request: GenerationRequest) -> tuple[Any, Mapping[str, str]]:
        body = {"prompt": request.prompt.upper() if self.fault == "rewrites" else request.prompt}
        if request.source is not None:
            source = request.source[::2, ::2] if self.fault == "shrinks" else request.source
            body["picture"] = encoded(encode_png(source))
        if self.fault == "logs the key":
            logging.getLogger("easel").debug("headers %s", dict(self.client.headers))
        with _LOCK if self.fault == "one at a time" else nullcontext():
            return self.call("POST", f"{self.config.base_url}/pictures", json=body)

    def call(self, method: str, address: str, **more: Any) -> tuple[Any, Mapping[str, str]]:
        try:
            answer = self.client.request(method, address, **more)
            if answer.status_code >= 500 and self.fault == "tries again":
                answer = self.client.request(method, address, **more)
        except httpx.TransportError as error:
            raise self.lost(error) from None
        if answer.status_code != 200:
            raise self.error(answer)
        return parse_json(answer.content), answer.headers

    def lost(self, error: httpx.TransportError) -> GenerationError:
        known = transport_error(error)
        assert known is not None
        return Transient(str(known)) if self.fault == "thinks it is free" else known

    def error(self, answer: httpx.Response) -> GenerationError:
        try:
            told = answer.json()["error"]
        except (ValueError, KeyError):
            told = {"message": answer.text if self.fault == "shows documents" else "no JSON"}
        words, code = told["message"], told.get("code")
        if code == "unsafe":
            return InvalidRequest(words) if self.fault == "knows no refusals" else Refused(words, reason=code)
        if self.fault == "everything passes":
            return Transient(words)
        if self.fault == "repeats the key" and code == "auth":
            return AuthFailed(words)
        headers = {} if self.fault == "is in a hurry" else answer.headers
        error = http_error(answer.status_code, words, headers, QuotaSpent if code == "quota" else None)
        return Transient(words) if self.fault == "shows documents" and not code else error


class Easel(Generator):
    def __init__(self, config: EaselConfig) -> None:
        self.wire = Wire(config)

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        told, headers = self.wire.order(request)
        if not told.get("picture"):
            raise Refused("no picture in the answer", reason="no_image")
        answer = told if self.wire.fault == "keeps all" else kept_answer(told)
        limits = None if self.wire.fault == "sees no limits" else read_limits(headers)
        try:
            data = decode_base64(told["picture"])
        except GenerationError as error:
            raise (Transient(str(error)) if self.wire.fault == "pays twice" else error) from None
        return GeneratedImage(data=data, answer=answer, limits=limits)


class Easels(JobGenerator):
    def __init__(self, config: EaselConfig) -> None:
        self.wire = Wire(config)
        self.downloader = Downloader(config.allow_hosts, config.timeout)

    def submit(self, request: GenerationRequest) -> Job:
        told, _ = self.wire.order(request)
        if "poll" not in told:
            raise GenerationError("no poll in the answer", charged=True)
        secret = {"key": self.wire.key} if self.wire.fault == "keeps the key" else {}
        return Job(data={"poll": told["poll"], **secret})

    def collect(self, job: Job) -> GeneratedImage | None:
        told, _ = self.wire.call("GET", job.data["poll"])
        if told["state"] == "gone":
            raise GenerationError("gone") if self.wire.fault == "gone is a failure" else ResultLost("gone")
        if told["state"] == "waiting":
            return None
        if self.wire.fault == "fetches with the key":
            return GeneratedImage(data=self.wire.client.get(told["picture"]).content)
        if self.wire.fault == "fetches anything":
            return GeneratedImage(data=httpx.get(told["picture"], follow_redirects=True).content)
        try:
            return GeneratedImage(data=self.downloader.fetch(told["picture"]), answer=kept_answer(told))
        except ResultLost:
            if self.wire.fault == "orders again":
                self.wire.order(GenerationRequest(task="t2i", prompt="again", seed=0))
            raise


def build_easel(config: EaselConfig) -> Generator:
    return Easel(config)


def build_easels(config: EaselConfig) -> Generator:
    return Easels(config)


EASEL: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory="tests.testing.remote_under_test:build_easel",
    config=EaselConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"}), network=True, price=None, seeds=False),
    summary="Pictures in answers.",
)
EASELS: PluginSpec[Generator] = replace(
    EASEL, factory="tests.testing.remote_under_test:build_easels", summary="Pictures at addresses."
)


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()

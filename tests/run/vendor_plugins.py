"""Plugins behind an API, installed by conftest.py as a real package: they ask a server on this machine."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Annotated

from genspace_core import decode_base64, http_error, kept_answer, read_key, transport_error
from genspace_core.errors import GenerationError, JobFailed, Refused, ResultLost, Transient
from genspace_core.interfaces import (
    Capabilities,
    GeneratedImage,
    Generator,
    Job,
    JobGenerator,
    Judge,
    Metric,
    NotIdentity,
    Opinion,
    PluginConfig,
    PluginSpec,
)
from genspace_core.types import Measurement, Score


class VendorConfig(PluginConfig):
    address: Annotated[str, NotIdentity()] = ""
    price: Annotated[float | None, NotIdentity()] = 0.04
    most: Annotated[float | None, NotIdentity()] = None
    at_once: Annotated[int, NotIdentity()] = 32
    per_minute: Annotated[float | None, NotIdentity()] = None
    timeout: Annotated[float, NotIdentity()] = 30.0
    votes: int = 1
    pass_at: float = 0.5
    account: Annotated[str, NotIdentity()] = ""

    def capabilities(self, declared):
        from dataclasses import replace

        return replace(
            declared,
            price=self.price,
            price_most=self.most,
            max_concurrency=self.at_once,
            requests_per_minute=self.per_minute,
            votes=self.votes,
            account=self.account or f"vendor {self.address} VENDOR_KEY",
        )


class Client:
    def __init__(self, config):
        self.config = config
        self.key = read_key("VENDOR_KEY", "https://vendor.example/keys")

    def ask(self, path, body=None):
        request = urllib.request.Request(
            self.config.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.config.timeout) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            told = json.loads(error.read() or b"{}")
            if told.get("code") == "moderation":
                raise Refused(told["message"], "moderation", answer=kept_answer(told)) from None
            if error.code == 404 and body is None:
                raise ResultLost("no such job") from None
            raise http_error(error.code, told.get("message", ""), dict(error.headers)) from None
        except (OSError, ValueError, HTTPException) as error:
            known = transport_error(error)
            raise known or Transient(f"the connection was lost ({error})", charged=True) from None


def picture_of(told, cost):
    data = decode_base64(told["image"])
    return GeneratedImage(data=data, info={"vendor_id": told["id"]}, cost=cost, answer=kept_answer(told))


class Direct(Generator):
    """The answer holds the picture."""

    def __init__(self, config):
        self.client, self.config = Client(config), config

    def generate(self, request):
        told = self.client.ask("/generate", {"prompt": request.prompt, "seed": request.seed})
        return picture_of(told, told.get("cost", self.config.price))


class Queued(JobGenerator):
    """The answer holds a number to ask for."""

    def __init__(self, config):
        self.client, self.config = Client(config), config

    def submit(self, request):
        told = self.client.ask("/submit", {"prompt": request.prompt, "seed": request.seed})
        return Job(data={"id": told["id"]}, first=0.0, every=0.01, patience=self.config.timeout)

    def collect(self, job):
        told = self.client.ask(f"/jobs/{job.data['id']}")
        if told["status"] == "failed":
            raise JobFailed("the vendor could not make it", charged=True)
        if told["status"] == "odd":
            raise GenerationError("the vendor says something else")
        return picture_of(told, self.config.price) if told["status"] == "ready" else None


class Critic(Judge):
    """Says what the server says."""

    def __init__(self, config):
        self.client, self.config = Client(config), config
        self.votes = config.votes

    def asks_with(self):
        return {}

    def ask(self, sample, evidence, vote):
        picture = base64.b64encode(evidence.image.read_bytes()).decode()
        told = self.client.ask("/judge", {"prompt": sample.prompt, "image": picture, "vote": vote})
        return Opinion(
            value=told["value"], reason=told.get("reason", ""), cost=0.01, answer=kept_answer(told)
        )

    def decide(self, sample, opinions):
        if not opinions:
            return Score(0.0, False, undecidable=True, reason="every vote was refused")
        mean = sum(each.value for each in opinions) / len(opinions)
        votes = tuple(
            Measurement(f"vote {i}", each.value, "", 1.0, None, each.value, each.value >= 0.5)
            for i, each in enumerate(opinions)
        )
        return Score(mean, mean >= self.config.pass_at, reason=opinions[0].reason, measurements=votes)


def remote(interface, factory, **able):
    return PluginSpec(
        interface=interface,
        factory=factory,
        config=VendorConfig,
        capabilities=Capabilities(network=True, seconds=2.0, **able),
    )


DIRECT = remote(Generator, Direct, tasks=frozenset({"t2i"}))
QUEUED = remote(Generator, Queued, tasks=frozenset({"t2i"}))
JUDGE = remote(Metric, Critic, reads=frozenset({"image"}))

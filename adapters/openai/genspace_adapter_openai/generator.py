"""Calls to OpenAI's image API, by its own SDK. Retries and pacing are the core's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genspace_adapter_openai.answers import Answer
from genspace_adapter_openai.failures import failure_of, told_failure
from genspace_adapter_openai.models import OPENAI_URL
from genspace_adapter_openai.pictures import brought_to, source_png
from genspace_adapter_openai.plugin import OPTIONAL, OpenAIConfig
from genspace_adapter_openai.sizes import parse_size, size_for
from genspace_core import (
    Downloader,
    decode_base64,
    import_package,
    parse_json,
    read_key,
    read_limits,
)
from genspace_core.errors import GenerationError, Refused
from genspace_core.interfaces import GeneratedImage, GenerationRequest, Generator, Job, JobGenerator

INSTALL = "pip install 'openai>=3.50,<4'"
_OPENAIS_OWN = ("OpenAI-Organization", "OpenAI-Project")  # headers that the SDK fills from the environment


class OpenAIImages(JobGenerator):
    """A model behind OpenAI's image API; used from many threads at once.

    Args:
        config: as validated.
        client: of OpenAI's SDK.
        headers: of each call, beside the SDK's own.
    """

    def __init__(self, config: OpenAIConfig, client: Any, headers: Mapping[str, Any]) -> None:
        self._config, self._client, self._headers = config, client, headers
        self._downloader = Downloader(config.allow_hosts, config.timeout)

    def submit(self, request: GenerationRequest) -> Job | GeneratedImage:
        """The one call that costs; `collect` fetches the picture where the server gives an address for it."""
        size = self._size(request)
        body, headers = self._call(request, size)
        answer = Answer.read(body, self._config, request.task == "edit", size, headers.get("x-request-id"))
        target = None if request.source is None else request.source.shape[1::-1]
        if answer.address is not None:
            job = {"address": answer.address, "info": answer.info, "cost": answer.cost}
            return Job(data=job | {"answer": answer.kept, "target": target and list(target)}, first=0.0)
        limits = read_limits(headers)
        try:
            data, info = brought_to(target, decode_base64(answer.base64), answer.info)
        except GenerationError as error:
            error.cost, error.answer, error.limits = answer.cost, answer.kept, limits
            raise
        return GeneratedImage(data=data, info=info, cost=answer.cost, answer=answer.kept, limits=limits)

    def collect(self, job: Job) -> GeneratedImage:
        """Fetch a picture from where the server put it."""
        told = job.data
        fetched = self._downloader.fetch(told["address"])
        try:
            data, info = brought_to(told["target"], fetched, told["info"])
        except GenerationError as error:
            error.cost, error.answer = told["cost"], told["answer"]
            raise
        return GeneratedImage(data=data, info=info, cost=told["cost"], answer=told["answer"])

    def _size(self, request: GenerationRequest) -> str:
        config = self._config
        sides = parse_size(config.size)
        if request.source is None or sides is None:
            return config.size
        height, width = request.source.shape[:2]
        listed = config.row.sizes if config.row else ()
        return size_for(width, height, listed, sides[0] * sides[1])

    def _call(self, request: GenerationRequest, size: str) -> tuple[Any, Mapping[str, str]]:
        images = self._client.images.with_raw_response
        settings: dict[str, Any] = {"model": self._config.model, "prompt": request.prompt, "n": 1}
        settings |= self._optional(request, size)
        settings["extra_headers"] = self._headers
        if self._config.extra_body:
            settings["extra_body"] = dict(self._config.extra_body)
        try:
            if request.source is None:
                raw = images.generate(**settings)
            else:
                raw = images.edit(image=[("source.png", source_png(request.source), "image/png")], **settings)
        except Exception as error:
            known = failure_of(error, self._config.model)
            if known is None:
                raise
            raise known from None
        body, headers = parse_json(raw.http_response.content), raw.http_response.headers
        if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):  # as some other servers do
            failure = told_failure(raw.http_response.status_code, body, headers, self._config.model)
            failure.charged = not isinstance(failure, Refused)
            raise failure
        return body, headers

    def _optional(self, request: GenerationRequest, size: str) -> dict[str, Any]:
        only = {"moderation": "t2i", "input_fidelity": "edit"}
        told = {name: getattr(self._config, name) for name in OPTIONAL} | {"size": size}
        return {
            name: value
            for name, value in told.items()
            if value is not None
            and name not in self._config.leave_out
            and only.get(name, request.task) == request.task
        }


def build(config: OpenAIConfig) -> Generator:
    """The generator, with its key from the environment.

    Raises:
        PluginError: there is no key, or the SDK is not installed.
    """
    key = read_key(config.key_variable, config.key_page) if config.key_variable else ""
    openai = import_package("openai", INSTALL)
    client = openai.OpenAI(
        api_key=key or "none",  # the SDK wants one
        base_url=config.base_url,
        timeout=config.timeout,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(follow_redirects=False, timeout=config.timeout),
    )
    unsent: tuple[str, ...] = _OPENAIS_OWN if config.base_url != OPENAI_URL else ()
    if not key:
        unsent = ("Authorization", *unsent)
    return OpenAIImages(config, client, {name: openai.Omit() for name in unsent})

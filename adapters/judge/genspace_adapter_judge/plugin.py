"""What the adapter announces, without importing torch or an SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from genspace_adapter_judge.models import JudgeModel, Vendor, load_models
from genspace_adapter_judge.pictures import ImageFormat
from genspace_core import CHECKPOINT, RemoteConfig, WeightsConfig
from genspace_core.interfaces import Capabilities, Metric, NotIdentity, PluginConfig, PluginSpec

PACKAGE = "genspace_adapter_judge"
VERSION = "1"
"""Of what is asked and how an answer is read: prompts.toml, questions.toml, verdict.py."""

_LOOKS = Capabilities(reads=frozenset({"image"}))


class JudgeConfig(PluginConfig):
    """What all judges share."""

    votes: int = Field(1, ge=1, le=99, description="How often each picture is judged; every vote is a call.")
    combine: Literal["mean", "median"] = Field("mean", description="What the votes come to.")
    threshold: float = Field(
        0.5, gt=0, le=1, description="From which score on a picture counts as having passed."
    )
    temperature: float | None = Field(
        None,
        ge=0,
        le=2,
        description="0 for one vote and 1 for several if nothing is said; left to models that think.",
    )
    longest: int = Field(
        1024,
        ge=64,
        le=4096,
        description="Longer side of the picture that is shown, pixels; larger ones shrink.",
    )
    max_tokens: int = Field(
        4096, ge=32, le=65536, description="Most tokens of an answer, with what the model thinks."
    )

    def warmth(self) -> float:
        """The temperature where the model takes one."""
        return (0.0 if self.votes == 1 else 1.0) if self.temperature is None else self.temperature


class RemoteJudgeConfig(JudgeConfig, RemoteConfig):
    """What judges behind an API share."""

    table: ClassVar[Vendor]

    model: str = Field(description="Id of the model, as the vendor or server knows it.")
    image_format: ImageFormat = Field(
        "png", description="How it is sent; jpeg is a fifth of the size, at quality 95."
    )
    effort: str | None = Field(
        None, description="How long it thinks, in the vendor's own word; the table's where nothing is said."
    )
    timeout: Annotated[
        float,
        NotIdentity(),
        Field(gt=0, description="Seconds without an answer after which a call is given up."),
    ] = 120.0
    price: Annotated[
        float | None,
        NotIdentity(),
        Field(ge=0, description="US dollars for one vote, in place of what the table's prices come to."),
    ] = None

    def known(self) -> JudgeModel | None:
        """What the table says of the model; None of another server's, whatever it is called."""
        return load_models(self.table).get(self.model) if self.at_home() else None

    def at_home(self) -> bool:
        """Whether the vendor itself is asked."""
        return bool(self.base_url == type(self).model_fields["base_url"].default)

    def thinking(self) -> str | None:
        """How long the model is to think; None for its own default."""
        known = self.known()
        return self.effort or (known.effort if known else None)

    def sampled(self) -> bool:
        """Whether temperature (and seed) are sent: not to models that think, unless one was asked for."""
        known = self.known()
        rests = known is None or (known.sampling and self.thinking() in {None, "none"})
        return rests or self.temperature is not None

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """With the account, and the price of one vote."""
        known = self.known()
        price = price_most = None
        if self.price is not None:
            price = self.price
        elif known is not None:
            price = known.price(self.longest)
            price_most = known.price_most(self.longest, self.max_tokens)
        return replace(
            declared,
            account=self.account(),
            max_concurrency=self.concurrency or declared.max_concurrency,
            requests_per_minute=self.requests_per_minute,
            price=price,
            price_most=price_most,
            votes=self.votes,
            ends=known.ends if known else None,
        )


class OpenAIJudgeConfig(RemoteJudgeConfig):
    """A model of OpenAI, or of any server with its chat completions."""

    vendor: ClassVar[str] = "openai"
    key_page: ClassVar[str] = "https://platform.openai.com/api-keys"
    table: ClassVar[Vendor] = "openai"

    model: str = Field("gpt-6.1-terra", description="Id of the model, as OpenAI or the server knows it.")
    base_url: str = Field(
        "https://api.openai.com/v1", description="Where the API lies, e.g. http://127.0.0.1:8000/v1."
    )
    key_variable: Annotated[
        str,
        NotIdentity(),
        Field(description="Environment variable that holds the key; empty for a server that needs none."),
    ] = "OPENAI_API_KEY"
    detail: Literal["auto", "low", "high", "original"] | None = Field(
        None, description="How closely the picture is looked at; not sent where nothing is said."
    )
    structured: bool = Field(
        True,
        description="Ask for JSON of a given form; false for a server that cannot: it is asked in words.",
    )
    leave_out: tuple[str, ...] = Field(
        (), description='Parameters that the server does not know, e.g. ["seed", "temperature"].'
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict, description="Further parameters that are sent as they are."
    )

    @field_validator("leave_out")
    @classmethod
    def _needed(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        for name in told:
            if name in {"model", "messages"}:
                raise ValueError(f"{name!r} cannot be left out: without it nothing is asked")
        return told


class GoogleJudgeConfig(RemoteJudgeConfig):
    """A Gemini model, through the Gemini API."""

    vendor: ClassVar[str] = "google"
    key_page: ClassVar[str] = "https://aistudio.google.com/apikey"
    table: ClassVar[Vendor] = "google"

    model: str = Field("gemini-3.8-flash", description="Id of the model, as Google knows it.")
    base_url: str = Field("https://generativelanguage.googleapis.com", description="Where the API lies.")
    key_variable: Annotated[
        str, NotIdentity(), Field(description="Environment variable that holds the key.")
    ] = "GEMINI_API_KEY"
    send_seed: bool = Field(
        True, description="Send each vote's number as its seed, which the model tries to heed, no more."
    )
    resolution: Literal["low", "medium", "high"] | None = Field(
        None, description="How closely the picture is looked at; the model's own if nothing is said."
    )


class LocalJudgeConfig(JudgeConfig, WeightsConfig):
    """A vision-language model of transformers, on this machine."""

    weights_package: ClassVar[str] = PACKAGE

    checkpoint: str = Field("Qwen/Qwen3-VL-8B-Instruct", description=CHECKPOINT)
    dtype: Literal["float32", "float16", "bfloat16"] = Field(
        "bfloat16", description="Numbers to compute with; the 16-bit ones take half the memory."
    )
    max_tokens: int = Field(512, ge=1, le=65536, description="Most tokens of an answer.")
    batch_size: Annotated[
        Literal[1], NotIdentity(), Field(description="Pictures are judged one at a time.")
    ] = 1


def _spec(config: type[PluginConfig], module: str, able: Capabilities, summary: str) -> PluginSpec[Metric]:
    return PluginSpec(
        interface=Metric,
        factory=f"{PACKAGE}.{module}:build",
        config=config,
        capabilities=able,
        version=VERSION,
        summary=summary,
    )


_REMOTE = replace(_LOOKS, network=True, seeds=False, max_concurrency=32, price=None, seconds=5.0)

OPENAI = _spec(
    OpenAIJudgeConfig,
    "openai_judge",
    _REMOTE,
    "Asks a model of OpenAI, or of any server with its API, about each picture.",
)
GOOGLE = _spec(GoogleJudgeConfig, "google_judge", _REMOTE, "Asks a Gemini model about each picture.")
LOCAL = _spec(
    LocalJudgeConfig,
    "local_judge",
    replace(_LOOKS, gpu="optional"),
    "Asks a vision-language model on this machine about each picture.",
)

"""What the adapter announces, without importing the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, JsonValue, field_validator, model_validator

from genspace_adapter_openai.models import (
    OPENAI_URL,
    Model,
    TokenPrices,
    find_model,
    retired_on,
)
from genspace_adapter_openai.sizes import size_complaint
from genspace_core import RemoteConfig
from genspace_core.interfaces import Capabilities, Generator, NotIdentity, PluginSpec

_OURS = {"model", "prompt", "n", "image", "stream", "partial_images"}
"""What `extra_body` must not change: how many pictures are paid for, and of what."""

Optional = Literal[
    "size", "quality", "moderation", "output_format", "output_compression", "background", "input_fidelity"
]
OPTIONAL: tuple[str, ...] = get_args(Optional)
"""Parameters that a server may not know."""


class OpenAIConfig(RemoteConfig):
    """A model of OpenAI's, or of a server that speaks as OpenAI's does.

    Prompts are sent as they are: nothing here rewrites them, and no other parameter asks the server to.
    """

    vendor: ClassVar[str] = "openai"
    key_page: ClassVar[str] = "https://platform.openai.com/api-keys"

    base_url: str = Field(OPENAI_URL, description="Where the API lies, without a slash at the end.")
    key_variable: Annotated[
        str,
        NotIdentity(),
        Field(description="Environment variable that holds the key; empty for a server without keys."),
    ] = "OPENAI_API_KEY"
    model: str = Field("gpt-image-2", min_length=1, description="The model's id, in the table or not.")
    size: str = Field(
        "1024x1024",
        description='WIDTHxHEIGHT or "auto"; an edit has the shape of its source, and about as many pixels.',
    )
    quality: str = Field("medium", min_length=1, description="low, medium, high, xhigh, max, or auto.")
    moderation: Literal["auto", "low"] | None = Field(
        None, description="How strictly OpenAI filters pictures; its own usual way if empty. Not for edits."
    )
    output_format: Literal["png", "jpeg", "webp"] | None = Field(
        None, description="File type of the pictures; the server's own if empty (PNG at OpenAI)."
    )
    output_compression: int | None = Field(
        None, ge=0, le=100, description="Quality of jpeg and webp files, in per cent."
    )
    background: Literal["auto", "opaque", "transparent"] | None = Field(
        None, description="Of the pictures; what is transparent is judged on white."
    )
    input_fidelity: Literal["low", "high"] | None = Field(
        None, description="How closely an edit keeps to its source; known to gpt-image-1.5 only."
    )
    leave_out: tuple[Optional, ...] = Field(
        (), description="Parameters that are not sent, since the server does not know them."
    )
    extra_body: Mapping[str, JsonValue] = Field(
        default_factory=dict, description="Further parameters, of the server's own; sent as they are."
    )
    token_prices: Annotated[
        TokenPrices | None,
        NotIdentity(),
        Field(
            description="US dollars for a million tokens: text_in, image_in, image_out; the table's if empty."
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _from_the_table(cls, given: Any) -> Any:
        """Take what is not given from the model's row."""
        if not isinstance(given, Mapping):
            return given
        name = given.get("model", cls.model_fields["model"].default)
        row = find_model(name) if isinstance(name, str) else None
        return given if row is None else {**row.config, **given}

    @field_validator("extra_body")
    @classmethod
    def _not_ours(cls, told: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        if taken := sorted(_OURS & set(told)):
            raise ValueError(f"{taken[0]} is set by the adapter; leave it out")
        return told

    @model_validator(mode="after")
    def _that_the_model_takes(self) -> Self:
        """What would be refused for every picture is refused before the first."""
        if not self.base_url:
            raise ValueError(
                "base_url is empty; it is the server's address, such as http://127.0.0.1:8000/v1"
            )
        row = self.row
        if "size" not in self.leave_out:
            listed = row.sizes if row else ()
            if complaint := size_complaint(self.size, listed, strict=row is not None):
                raise ValueError(f"size: {complaint}")
        if row is None:
            return self._together()
        if row.qualities and self.quality not in {*row.qualities, "auto"} and "quality" not in self.leave_out:
            raise ValueError(f"{self.model} has the qualities {', '.join(row.qualities)}, auto")
        if self.input_fidelity is not None and self.input_fidelity not in row.input_fidelity:
            raise ValueError(f"{self.model} does not take input_fidelity = {self.input_fidelity!r}")
        return self._together()

    def _together(self) -> Self:
        packed = self.output_format in {"jpeg", "webp"}
        if self.output_compression is not None and not packed:
            raise ValueError('output_compression needs output_format = "jpeg" or "webp"')
        if self.background == "transparent" and self.output_format == "jpeg":
            raise ValueError("jpeg has no transparent background")
        return self

    @property
    def row(self) -> Model | None:
        """What the table says of the model."""
        return find_model(self.model)

    @property
    def priced_row(self) -> Model | None:
        """The same, if the server is the one whose prices it has: resellers have their own."""
        row = self.row
        return row if row is not None and row.base_url == self.base_url else None

    @property
    def tokens(self) -> TokenPrices | None:
        """Prices by tokens, where they are known."""
        return self.token_prices or (self.priced_row.tokens if self.priced_row else None)

    def price_of(self, quality: str, size: str) -> float | None:
        """US dollars for one picture; None where nobody knows."""
        if self.price is not None:
            return self.price
        return self.priced_row.usual_price(quality, size) if self.priced_row else None

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Those of the model."""
        row, most = self.row, None
        if self.price is None and self.priced_row is not None:
            most = self.priced_row.most_price(self.quality, self.size)
        return replace(
            declared,
            tasks=declared.tasks if row is None else frozenset(row.tasks),
            max_concurrency=self.concurrency,
            account=self.account(),
            requests_per_minute=self.requests_per_minute,
            seconds=row.seconds if row else None,
            price=self.price_of(self.quality, self.size),
            price_most=most,
            ends=retired_on(self.model) or (row.ends if row else None),
        )


OPENAI: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory="genspace_adapter_openai.generator:build",
    config=OpenAIConfig,
    capabilities=Capabilities(tasks=frozenset({"t2i", "edit"}), network=True, seeds=False, price=None),
    summary="GPT Image models make and edit pictures; so do other servers that speak as OpenAI's does.",
)

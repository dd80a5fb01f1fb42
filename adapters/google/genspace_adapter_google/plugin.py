"""What the adapter announces, without importing Google's SDK."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from genspace_adapter_google.models import USUAL_SIZE, Model, load_models
from genspace_core import RemoteConfig
from genspace_core.interfaces import Capabilities, Generator, NotIdentity, PluginSpec

CONCURRENCY = 16  # calls in flight of a model that is not in the table


class GoogleConfig(RemoteConfig):
    """A Gemini image model at the Gemini Developer API."""

    vendor: ClassVar[str] = "google"
    key_page: ClassVar[str] = "https://aistudio.google.com/apikey"

    base_url: str = Field(
        "https://generativelanguage.googleapis.com",
        description="Where the API lies, without its version and a slash at the end.",
    )
    key_variable: Annotated[
        str, NotIdentity(), Field(description="Environment variable that holds the key.")
    ] = "GEMINI_API_KEY"
    model: str = Field(
        "gemini-nano-banana-2.1",
        pattern=r"^[A-Za-z0-9._-]+$",
        description="The model's id; any that makes pictures with generateContent.",
    )
    aspect_ratio: str | None = Field(
        None,
        pattern=r"^[1-9]\d?:[1-9]\d?$",
        description='Width to height, such as "16:9". If empty 1:1; of edits, the one nearest to the source.',
    )
    image_size: str | None = Field(None, description='Such as "1K", "2K" or "4K"; 1K if empty.')
    temperature: float | None = Field(None, ge=0, le=2, description="The model's own if empty.")
    send_seed: bool = Field(
        True,
        description="Send each picture's seed to models that take one, which try to heed it, no more.",
    )
    safety: Literal[
        "OFF", "BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE", "vendor"
    ] = Field(
        "BLOCK_NONE",
        description='What the adjustable filters block; "vendor" leaves it to Google. Others always stay on.',
    )
    thinking: Literal["minimal", "low", "medium", "high"] | None = Field(
        None, description="How much the model thinks, where it can be told; its own level if empty."
    )

    @field_validator("base_url")
    @classmethod
    def _has_one(cls, told: str) -> str:
        if not told:
            raise ValueError("an address is needed; leave the key out for Google's own")
        if re.search(r"/v\d\w*$", told):
            raise ValueError(f"without the version: {told.rpartition('/')[0]}")
        return told

    @model_validator(mode="after")
    def _fits_the_model(self) -> Self:
        """Said here once, and not by the API for each picture."""
        row = self.row
        if row is None:
            return self
        takes: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
            ("image_size", self.image_size, tuple(row.pictures)),
            ("aspect_ratio", self.aspect_ratio, row.ratios),
            ("thinking", self.thinking, row.thinking),
        )
        for name, told, allowed in takes:
            if told is not None and told not in allowed:
                has = f"one of {', '.join(allowed)}" if allowed else "none"
                raise ValueError(f"{name} {told!r}: {self.model} takes {has}")
        if self.temperature is not None and not row.samples:
            raise ValueError(f"temperature: {self.model} takes none")
        return self

    @property
    def row(self) -> Model | None:
        """What the table says of the model; None where it is not in it."""
        return load_models().get(self.model)

    @property
    def size(self) -> str:
        """The image size that is asked for."""
        return self.image_size or USUAL_SIZE

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """Those of the model."""
        row = self.row
        told = replace(
            declared,
            account=self.account(),
            price=self.price,
            max_concurrency=self.concurrency or (row.concurrency if row else CONCURRENCY),
            requests_per_minute=self.requests_per_minute,
        )
        if row is None:
            return told
        told = replace(told, tasks=frozenset(row.tasks), seconds=row.seconds, ends=row.ends)
        if self.price is not None:
            return told
        return replace(told, price=row.price(self.size), price_most=row.price_most(self.size))


GOOGLE: PluginSpec[Generator] = PluginSpec(
    interface=Generator,
    factory="genspace_adapter_google.generator:build",
    config=GoogleConfig,
    capabilities=Capabilities(
        tasks=frozenset({"t2i", "edit"}),
        seeds=False,
        max_concurrency=CONCURRENCY,
        network=True,
        price=None,
    ),
    summary="Google's Gemini image models make pictures, and edit them.",
)

"""What every adapter for a model behind an API lets its user set."""

from __future__ import annotations

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from genspace_core.interfaces import NotIdentity, PluginConfig
from genspace_core.remote.keys import read_key


class RemoteConfig(PluginConfig):
    """Base of the configurations of models behind an API; a subclass gives `base_url`, `key_variable`.

    Attributes:
        vendor: whose limits the calls share, with those of others under the same key.
        key_page: where keys are made.
    """

    vendor: ClassVar[str] = ""
    key_page: ClassVar[str] = ""

    base_url: str = Field("", description="Where the API lies, without a slash at the end.")
    key_variable: Annotated[
        str, NotIdentity(), Field(description="Environment variable that holds the key.")
    ] = ""
    timeout: Annotated[
        float,
        NotIdentity(),
        Field(gt=0, description="Seconds without an answer after which a call is given up."),
    ] = 300.0
    concurrency: Annotated[
        int | None,
        NotIdentity(),
        Field(ge=1, description="Calls in flight at once; the vendor's usual number if empty."),
    ] = None
    requests_per_minute: Annotated[
        float | None,
        NotIdentity(),
        Field(gt=0, description="Your account's limit, if you know it; found out on the way if not."),
    ] = None
    price: Annotated[
        float | None,
        NotIdentity(),
        Field(ge=0, description="US dollars for one picture, in place of the table's."),
    ] = None
    allow_hosts: Annotated[
        tuple[str, ...],
        NotIdentity(),
        Field(
            description="Hosts that results may be redirected to; they may lie on this machine or near it."
        ),
    ] = ()

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, told: str) -> str:
        if told and urlsplit(told).scheme not in {"http", "https"}:
            raise ValueError(f"{told!r} is no address; it begins with https:// (or http://)")
        if "@" in urlsplit(told).netloc or urlsplit(told).query:
            raise ValueError("an address without user, password and query; the key comes from key_variable")
        return told.rstrip("/")

    def require(self) -> None:
        """The key has to be in its variable."""
        if self.key_variable:
            read_key(self.key_variable, self.key_page)

    def account(self) -> str:
        """Whose limits the calls share: vendor, host, and the name of the key's variable."""
        return " ".join(
            part for part in (self.vendor, urlsplit(self.base_url).netloc, self.key_variable) if part
        )

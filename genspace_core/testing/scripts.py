"""What a vendor says, in its own form: written by an adapter's tests, performed by the kit's server."""

from __future__ import annotations

import base64
import binascii
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from typing import Any, ClassVar

from genspace_core.testing.vendor import Answer, Call

KEY = "planted-Zq7Xw3Vb9Lk2Tn8Rd5Hj"
"""The key in the environment of the tests."""

_SHORTEST = 100  # characters of base64 that may be a picture


class Script(ABC):
    """A vendor whose answer holds the picture itself.

    Attributes:
        paths: regular expressions; a call whose whole path fits one makes a picture and costs.
        refusals: answers that decline, by the reason that `Refused` has to give.
        quota_status: HTTP's, of the answer that the account's credit is used up.
        empty: an answer without a picture, if the vendor could give one.
        malformed_base64: an answer whose base64 is damaged, if the vendor gives base64.
    """

    paths: ClassVar[tuple[str, ...]]
    refusals: ClassVar[Mapping[str, Answer]] = {}
    quota_status: ClassVar[int] = 402
    empty: ClassVar[Answer | None] = None
    malformed_base64: ClassVar[Answer | None] = None

    def answer(self, picture: bytes) -> Any:
        """The answer with a picture; an `Answer`, or what is sent as JSON."""
        raise NotImplementedError(f"{type(self).__name__} needs an answer(self, picture)")

    @abstractmethod
    def error(self, status: int, kind: str, words: str) -> Answer:
        """An error in the vendor's form.

        Args:
            status: of HTTP.
            kind: "auth", "quota", "invalid", "limited" or "server".
            words: what its message says.
        """

    def costs(self, call: Call) -> bool:
        """Whether a call makes a picture."""
        return any(re.fullmatch(path, call.path) for path in self.paths)


class JobScript(Script):
    """A vendor whose picture is fetched from an address, at once or when polls say that it is ready.

    Attributes:
        polls: regular expressions for the paths of calls that ask how a job stands.
        refused_jobs: answers to a poll that decline, by the reason that `Refused` has to give.
        gone: the answer to a poll for a job that is there no more, if the vendor has one.
    """

    polls: ClassVar[tuple[str, ...]] = ()
    refused_jobs: ClassVar[Mapping[str, Answer]] = {}
    gone: ClassVar[Answer | None] = None

    @abstractmethod
    def submitted(self, server: str, address: str) -> Any:
        """The answer to an order; an `Answer`, or what is sent as JSON.

        Args:
            server: its address, for those of polls.
            address: where the picture will be, for vendors that give that at once.
        """

    def polled(self, call: Call, server: str, address: str | None) -> Any:
        """The answer to a poll; an `Answer`, or what is sent as JSON.

        Args:
            call: the poll.
            server: its address.
            address: where the picture is; None while it is not ready.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a polled(self, call, server, address)")

    def is_poll(self, call: Call) -> bool:
        """Whether a call asks how a job stands."""
        return any(re.fullmatch(path, call.path) for path in self.polls)


def as_answer(told: Any) -> Answer:
    """What a script gave, as an answer."""
    return told if isinstance(told, Answer) else Answer(200, told)


def pictures_in(call: Call) -> list[bytes]:
    """Files in the parts of a form, or in the base64 texts of a JSON."""
    kind = call.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
        parts = [part for part in message.walk() if part.get_filename()]
        return [bytes(part.get_payload(decode=True) or b"") for part in parts]
    try:
        return list(_decoded(json.loads(call.body)))
    except ValueError:
        return []


def _decoded(value: Any) -> Iterator[bytes]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _decoded(inner)
    elif isinstance(value, str) and len(value) >= _SHORTEST:
        plain = value.partition(";base64,")[2] or value
        try:  # either alphabet: some SDKs send the one for addresses
            yield base64.b64decode(plain.replace("-", "+").replace("_", "/"), validate=True)
        except binascii.Error:
            return

"""A vendor's answer as it is kept on disk: all of it, but for pictures and secrets."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from genspace_core.errors import GenerationError
from genspace_core.plugins.wording import without_secrets

LONGEST = 2000  # characters of one text that are kept
_BASE64 = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_=\r\n-]{256,}")
_SECRET = re.compile(
    r"(^|[_-])(key|secret|token|password|passwd|credentials?|auth|authorization|cookie|signature)($|[_-])",
    re.IGNORECASE,
)
"""Names in answers whose value is never kept; with "apiKey" read as "api_Key"."""

_PICTURES = ("iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD", "data:image/")
"""How PNG, JPEG, WebP and GIF begin in base64."""

_ADDRESS = re.compile(r"""https?:(?:\\?/){2}[^\s"'<>]+""", re.IGNORECASE)
_PREFIX = re.compile(r"\A\s*data:[\w/+.-]*;base64,", re.IGNORECASE)


def kept_answer(answer: Any) -> Any:
    """A JSON-able copy without pictures, secrets and the part of addresses that lets anyone in.

    Args:
        answer: of JSON's types, or nested objects that json can turn into text.
    """
    if isinstance(answer, Mapping):
        return {
            str(name): "(secret)" if _is_secret(str(name), value) else kept_answer(value)
            for name, value in answer.items()
        }
    if isinstance(answer, bytes | bytearray):
        return f"({len(answer)} bytes, sha256 {sha256(answer).hexdigest()})"
    if isinstance(answer, str):
        return _kept_text(answer)
    if isinstance(answer, Sequence | set | frozenset):
        return [kept_answer(value) for value in answer]
    if answer is None or isinstance(answer, bool | int | float):
        return answer
    return _kept_text(str(answer))


def _is_secret(name: str, value: Any) -> bool:
    """A name such as "api_key" or "Authorization" with a text; not "prompt_tokens", and not a number."""
    return isinstance(value, str) and bool(_SECRET.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)))


def _kept_text(text: str) -> str:
    if text.startswith(_PICTURES) or _BASE64.fullmatch(text):
        return f"({len(text)} characters of base64, sha256 {sha256(text.encode()).hexdigest()})"
    kept = without_secrets(_ADDRESS.sub(lambda found: bare_address(found[0]), text))
    # Cut at last: half a key would not be known as one.
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}... ({len(text)} characters)"


def bare_address(address: str) -> str:
    """An address without user, query and fragment: a signed one is a key."""
    try:
        parts = urlsplit(address.replace("\\/", "/"))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(an address)"
    signed = "?..." if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path}{signed}"


def decode_base64(text: str) -> bytes:
    """The bytes of a picture in an answer; "data:" addresses too.

    Raises:
        GenerationError: it is not base64; the picture was made, and is lost.
    """
    try:
        return base64.b64decode("".join(_PREFIX.sub("", text, count=1).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise GenerationError(f"the answer's base64 is malformed ({error})", charged=True) from None


def parse_json(body: bytes, what: str = "the answer") -> Any:
    """An answer's JSON.

    Raises:
        GenerationError: it is none; the message shows how it begins.
    """
    try:
        return json.loads(body)
    except ValueError:
        start = " ".join(body[:80].decode("utf-8", "replace").split())
        raise GenerationError(
            f"{what} is not JSON; it begins with {start!r}" if start else f"{what} is empty, not JSON",
            charged=True,
        ) from None

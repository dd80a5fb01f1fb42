"""JMESPath expressions (https://jmespath.org), which say where something is in an answer."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator


def _valid(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        reason = " ".join(str(error).split("\n", 1)[0].split())
        raise ValueError(f"{expression!r} is no JMESPath expression ({reason})") from None
    return expression


Expression = Annotated[str, AfterValidator(_valid)]


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def look(expression: str, answer: Any) -> Any:
    """What an expression finds; None where it finds nothing, or does not fit the answer's types.

    Args:
        expression: JMESPath; "" finds nothing.
        answer: of JSON's types.
    """
    if not expression:
        return None
    try:
        return _compiled(expression).search(answer)
    except JMESPathError:  # such as contains() of null: the answer has another shape
        return None


def look_text(expression: str, answer: Any) -> str:
    """What an expression finds, as one text; of a list its first item; "" for nothing."""
    found = look(expression, answer)
    while isinstance(found, list) and found:
        found = found[0]
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""

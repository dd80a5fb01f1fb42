"""What answers mean: tables `[answer]`, `[job]`, `[facts]`, `[[refusals]]` and `[[errors]]` of a recipe."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from genspace_adapter_http.expressions import Expression
from genspace_adapter_http.requests import Table

Kind = Literal["auth", "quota", "invalid", "limited", "transient", "failed", "fatal"]


class Answer(Table):
    """Where the picture is in an answer.

    Attributes:
        image: expression that finds it; of a list the first item counts.
        form: what is found there (key `as`): base64, an address; "bytes": the body is the picture itself.
        text: expression that finds words that came in its place.
        kept: seconds that an address lasts.
    """

    image: Expression = ""
    form: Literal["base64", "url", "bytes"] = Field(alias="as")
    text: Expression = ""
    kept: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if (self.form == "bytes") == bool(self.image):
            raise ValueError('image says where the picture is; only as = "bytes" goes without')
        return self


class Job(Table):
    """How to ask for a picture that is not ready at once.

    Attributes:
        address: expression that finds the address to ask at, in the answer to the order.
        path: in its place, what follows the base URL; "{id}" is the id that `facts.vendor_id` finds.
        status: expression that finds the word for how it stands.
        done, working, refused, failed, gone: the words; one that is in none of them counts as working.
        result: expression that finds the address of the result, where that is another one.
        first: seconds until it is asked for.
        every: seconds between asking.
        patience: seconds after which it counts as not ready.
    """

    address: Expression = ""
    path: str = Field("", pattern="^(/|$)")
    status: Expression
    done: tuple[str, ...] = Field(min_length=1)
    working: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    result: Expression = ""
    first: float = Field(1.0, ge=0)
    every: float = Field(1.0, gt=0)
    patience: float = Field(600.0, gt=0)

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.address) == bool(self.path):
            raise ValueError("give address or path, one of the two")
        if set(re.findall(r"\{(\w+)\}", self.path)) - {"id"}:
            raise ValueError("path has no other placeholder than {id}")
        return self


class Condition(Table):
    """What an answer is like; `status` and `when` both have to hold.

    Attributes:
        status: of HTTP, any of these; any at all if empty.
        when: expression that finds true, or anything that is not empty.
    """

    status: tuple[int, ...] = ()
    when: Expression = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.status and not self.when:
            raise ValueError("give status, when, or both")
        return self


class Refusal(Condition):
    """An answer by which the model declines.

    Attributes:
        reason: expression that finds the vendor's word for it.
        charged: it may cost all the same.
    """

    reason: Expression = ""
    charged: bool = False


class Fault(Condition):
    """An answer that is an error, of a kind that its status does not tell.

    Attributes:
        kind: what it is.
        retry_after: expression that finds the seconds to wait, where no header says them.
    """

    kind: Kind
    retry_after: Expression = ""


class Facts(Table):
    """Where other things are in the answers; expressions all of them.

    Attributes:
        model: the model's dated id.
        vendor_id: the vendor's id of the picture or job.
        seed: that it used.
        revised_prompt: the prompt that it drew.
        usage: a table of numbers.
        cost: what it charged.
        cost_unit: US dollars of one of these.
    """

    model: Expression = ""
    vendor_id: Expression = ""
    seed: Expression = ""
    revised_prompt: Expression = ""
    usage: Expression = ""
    cost: Expression = ""
    cost_unit: float = Field(1.0, gt=0)

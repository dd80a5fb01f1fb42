"""What a vendor's answers hold: the picture, where it lies, and what is told of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from genspace_adapter_http.api import Reply
from genspace_adapter_http.expressions import look, look_text
from genspace_adapter_http.recipe import Recipe
from genspace_adapter_http.verdicts import LONGEST, words
from genspace_core import Downloader, decode_base64, kept_answer, read_limits
from genspace_core.errors import Refused, ResultLost


class Reader:
    """Reads answers by a recipe.

    Args:
        recipe: of the vendor.
        downloader: for results that lie elsewhere.
    """

    def __init__(self, recipe: Recipe, downloader: Downloader) -> None:
        self._recipe, self._downloader = recipe, downloader

    def find(self, reply: Reply, answer: Any, known: Mapping[str, Any]) -> str:
        """What stands where the picture should be: base64, or an address.

        Raises:
            Refused: nothing does.
        """
        rules = self._recipe.answer
        if found := look_text(rules.image, answer):
            return found
        text = " ".join(look_text(rules.text, answer).split())
        said = text or words(self._recipe, reply, answer)
        lead = "text came in place of a picture" if text else "the answer holds no picture"
        raise Refused(
            f"{lead}: {kept_answer(said[:LONGEST])}" if said else lead,
            reason="text" if text else "no_image",
            cost=known["cost"],
            charged=True,
            answer=kept_answer(answer),
            limits=read_limits(reply.headers),
        )

    def fetched(self, address: str, known: Mapping[str, Any]) -> bytes:
        """The bytes of a picture at an address.

        Raises:
            ResultLost: it is there no more.
            GenerationError: it did not come.
        """
        if address.startswith("data:"):
            return decode_base64(address)
        try:
            return self._downloader.fetch(address)
        except ResultLost as error:
            kept = self._recipe.answer.kept
            hint = f" ({self._recipe.vendor} keeps results for {kept / 60:.0f} minutes)" if kept else ""
            raise ResultLost(f"{error}{hint}", cost=known["cost"], charged=True) from None

    def facts(self, answer: Any, known: Mapping[str, Any]) -> dict[str, Any]:
        """`known`, with what an answer says of the picture."""
        facts, info = self._recipe.facts, dict(known["info"])
        for name in ("model", "vendor_id", "seed", "revised_prompt", "usage"):
            found = look(getattr(facts, name), answer)
            if found not in (None, "", [], {}):
                info[name] = kept_answer(str(found) if name == "vendor_id" else found)
        cost = look(facts.cost, answer)
        told = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < math.inf
        return {
            "info": info,
            "cost": cost * facts.cost_unit if told else known["cost"],
            "answer": kept_answer(answer),
        }

"""A vendor's adapter at a server of the kit: what its tests are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import pytest

from genspace_core.interfaces import GenerationRequest
from genspace_core.plugins.registry import build
from genspace_core.testing.asked import Asked, ask, hurried, short_waits
from genspace_core.testing.generators import GeneratorConformance
from genspace_core.testing.pictures import picture
from genspace_core.testing.scripts import KEY, Script, as_answer
from genspace_core.testing.vendor import Answer, Call, Route, Vendor
from genspace_core.types import Task


class RemoteKit(GeneratorConformance):
    """Asks an adapter for pictures; its tests are in `RemoteConformance`.

    Attributes:
        key_variable: the environment variable that holds the key.
        script: what the vendor says.
        base_path: what follows the server's address in base_url, such as "/v1".
        tells_limits: the answers' headers reach the core; not those of an order, which becomes a job.
    """

    key_variable: ClassVar[str]
    script: ClassVar[Script]
    base_path: ClassVar[str] = ""
    tells_limits: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _surroundings(self) -> Iterator[None]:
        """A key, and no long waits."""
        with short_waits() as patch:
            patch.setenv(self.key_variable, KEY)
            yield

    @pytest.fixture
    def plugin(self) -> Iterator[Any]:
        """The plugin, at a vendor that is well."""
        with Vendor(self.route(picture(64, 64))) as vendor:
            yield hurried(self.built(vendor))

    def built(self, vendor: Vendor, **changes: Any) -> Any:
        """The plugin at a server."""
        return build(self.spec, self.configured(**self.place(vendor) | changes))

    def place(self, vendor: Vendor) -> dict[str, Any]:
        """Keys of the configuration that send the plugin to a server."""
        return {
            "base_url": vendor.address + self.base_path,
            "timeout": 10.0,
            "allow_hosts": ["127.0.0.1"],
        }

    def route(self, made: bytes, headers: Mapping[str, str] | None = None) -> Route:
        """A vendor that is well, and answers with this picture."""

        def answer(call: Call) -> Answer:
            assert self.script.costs(call), f"an unexpected call: {call.method} {call.path}"
            told = as_answer(self.script.answer(made))
            return replace(told, headers={**told.headers, **(headers or {})})

        return answer

    def asked_for(self, task: Task | None = None) -> GenerationRequest:
        """A request; of the plugin's first task if not said."""
        if task is None:
            return self.request(self.prompts[0], 7)
        source = self.source() if task == "edit" else None
        return GenerationRequest(task=task, prompt=self.prompts[0], seed=7, source=source)

    def ask(
        self,
        *first: Answer,
        forever: bool = False,
        well: Route | None = None,
        request: GenerationRequest | None = None,
        run: Path | None = None,
        **changes: Any,
    ) -> Asked:
        """Ask for one picture.

        Args:
            first: what the calls that cost are answered with.
            forever: the last of them is the answer from then on; or else the vendor is well again.
            well: answers all the rest.
            request: what is asked for.
            run: where slips are kept.
            changes: of the configuration.
        """
        left, lock, rest = list(first), Lock(), well or self.route(picture(64, 64))

        def route(call: Call) -> Answer:
            if not self.script.costs(call):
                return rest(call)
            with lock:
                if not left:
                    return rest(call)
                return left[0] if forever and len(left) == 1 else left.pop(0)

        with Vendor(route) as vendor:
            asked = ask(self.built(vendor, **changes), request or self.asked_for(), run)
            asked.cost = sum(map(self.script.costs, vendor.calls))
        return asked

"""One stage: its plugin built when it is first needed, its results kept and found again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from genspace_core.errors import ConfigError, PluginError, ReconstructionError
from genspace_core.files import write_atomically
from genspace_core.identity import content_key
from genspace_core.plugins.config import Resolved
from genspace_core.plugins.wording import describe_error
from genspace_core.reconstruct.codecs import Codec

T = TypeVar("T")

SUFFIX: Final = ".bin"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a stage is asked about one picture: the keys of what it is given, and what it is given."""

    key: tuple[str, ...]
    arguments: tuple[Any, ...]


class Stage(Generic[T]):
    """Runs one stage plugin over a batch of pictures.

    Args:
        name: the stage: "detector", "depth", "camera" or "orientation"; also its folder.
        resolved: the configured plugin.
        codec: how its results are kept.
        call: calls the plugin with lists, one for each argument, and gives one result each.
        check: raises ValueError where a result is not what the interface promises.
    """

    def __init__(
        self,
        name: str,
        resolved: Resolved,
        codec: Codec[T],
        call: Callable[[Any, list[list[Any]]], list[T | Exception]],
        check: Callable[[T, tuple[Any, ...]], None],
    ) -> None:
        self.name, self._resolved, self._codec, self._call, self._check = name, resolved, codec, call, check
        self._identity = content_key("stage", name, resolved.identity())
        self._batch = resolved.capabilities.max_batch
        self._plugin: Any = None
        self.folder: Path | None = None
        self._computed = self._found = 0

    def key(self, ask: Ask) -> str:
        """Key of a result: the plugin's identity and everything that it is given."""
        return content_key(self.name, self._identity, *ask.key)

    def run(self, asks: Sequence[Ask | Exception]) -> list[T | Exception]:
        """Answer each: from what is kept, or by asking the plugin; an error stays an error.

        Raises:
            PluginError: the plugin cannot be built, or says that no picture will succeed.
        """
        results: list[T | Exception | None] = [self._kept(a) if isinstance(a, Ask) else a for a in asks]
        missing = [(i, a) for i, a in enumerate(asks) if isinstance(a, Ask) and results[i] is None]
        self._computed += len(missing)
        self._found += sum(isinstance(ask, Ask) for ask in asks) - len(missing)
        for start in range(0, len(missing), self._batch):
            batch = missing[start : start + self._batch]
            for (i, ask), answer in zip(batch, self._answers([a for _, a in batch]), strict=True):
                results[i] = answer
                if not isinstance(answer, Exception):
                    self._keep(ask, answer)
        return [result for result in results if result is not None]

    def work(self) -> tuple[int, int]:
        """How many results were computed (or tried) and found kept since this was last asked."""
        told = self._computed, self._found
        self._computed = self._found = 0
        return told

    # --- asking ---------------------------------------------------------------------------------

    def _answers(self, asks: list[Ask]) -> list[T | Exception]:
        plugin = self._built()
        try:
            answers = self._call(
                plugin, [list(column) for column in zip(*(a.arguments for a in asks), strict=True)]
            )
        except (PluginError, ConfigError):
            raise
        except Exception as error:
            if len(asks) == 1:
                return [self._named(error)]
            return [
                answer for ask in asks for answer in self._answers([ask])
            ]  # one may have spoilt the batch
        if len(answers) != len(asks):
            raise self._broken(f"{len(answers)} results for {len(asks)} pictures")
        return [self._settled(ask, answer) for ask, answer in zip(asks, answers, strict=True)]

    def _built(self) -> Any:
        if self._plugin is None:
            self._plugin = self._resolved.build()
        return self._plugin

    def _settled(self, ask: Ask, answer: T | Exception) -> T | Exception:
        if isinstance(answer, PluginError | ConfigError):
            raise answer
        if isinstance(answer, Exception):
            return self._named(answer)
        try:
            self._check(answer, ask.arguments)
        except (ValueError, TypeError, AttributeError) as error:
            raise self._broken(str(error)) from None
        return self._codec.settle(answer)

    def _broken(self, how: str) -> PluginError:
        return PluginError(f"{self.name} {self._resolved.name} is broken: {how}; tell its authors")

    def _named(self, error: Exception) -> Exception:
        return ReconstructionError(f"{self.name} {self._resolved.name}: {describe_error(error)}")

    # --- keeping --------------------------------------------------------------------------------

    def _file(self, ask: Ask) -> Path | None:
        if self.folder is None:
            return None
        key = self.key(ask)
        return self.folder / self.name / key[:2] / f"{key}{SUFFIX}"

    def _kept(self, ask: Ask) -> T | None:
        file = self._file(ask)
        if file is None:
            return None
        with suppress(OSError, ValueError):  # what cannot be read is computed again
            return self._codec.decode(file.read_bytes())
        return None

    def _keep(self, ask: Ask, answer: T) -> None:
        file = self._file(ask)
        if file is not None:
            write_atomically(file, self._codec.encode(answer))

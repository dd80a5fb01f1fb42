"""Loading weights: packages, devices, and one line for whatever goes wrong.

Nothing heavy is imported here: `torch` is handed in by whoever has imported it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from genspace_core.errors import ConfigError, GenSpaceError, PluginError
from genspace_core.interfaces import Weights


def import_package(module: str, install: str) -> Any:
    """Import an optional package when it is first used.

    Args:
        module: what to import.
        install: the exact command that installs it.

    Raises:
        PluginError: it is not installed, or does not import; the message holds the command.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise PluginError(f"{error.name} is not installed; fix: {install}") from None
    except (Exception, SystemExit) as error:
        cause = " ".join(str(error).split())
        raise PluginError(
            f"{module} does not import ({type(error).__name__}: {cause}); fix: {install}"
        ) from None


def pick_device(torch: Any, device: str) -> Any:
    """The torch.device of a configured one; "auto" is the GPU if there is one.

    Raises:
        ConfigError: there is no such device here.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return torch.device(next((name for name, found in there.items() if found), "cpu"))
    kind, _, number = device.partition(":")
    if not there.get(kind, True):
        raise ConfigError(
            f'device = "{device}": torch {torch.__version__} sees no such device here; set device = "auto" '
            'or "cpu", or install a torch build and a driver for it'
        )
    if kind == "cuda" and number and int(number) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise ConfigError(f'device = "{device}": there are {count} here, "cuda:0" to "cuda:{count - 1}"')
    return torch.device(device)


@contextmanager
def enough_memory(torch: Any, name: str) -> Iterator[None]:
    """Around what runs a model: a GPU whose memory is full fails for every picture, not for one.

    Args:
        torch: the package.
        name: the checkpoint, for the message.

    Raises:
        PluginError: it is full; the message says what to lower.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise PluginError(
            f"{name}: the pictures do not fit into the GPU's memory; lower batch_size, or set dtype or device"
        ) from error


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE is set; adapters hold to it for whatever else they fetch, too."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def pretrained_source(weights: Weights) -> tuple[str, str | None]:
    """What to hand to a `from_pretrained`: id on the hub and its revision, or a local folder and None."""
    if weights.revision.startswith("sha256:"):  # the fingerprint of local files
        return str(Path(weights.name).expanduser()), None
    return weights.name, weights.revision


def require_files(checkpoint: str, folder: Path | None, *choices: str | tuple[str, ...]) -> None:
    """Complain of a local folder that has none of these files; on the hub, whoever loads them looks.

    Args:
        checkpoint: as it is configured, for the message.
        folder: where it lies; None for one on the hub.
        choices: names of files, any one of which does; or several that do together.

    Raises:
        PluginError: none of them is there, or `folder` is a file.
    """
    if folder is None:
        return
    if folder.is_file():
        raise PluginError(
            f"{checkpoint}: is a file, and this model needs the whole folder; set checkpoint to the folder"
        )
    sets = [(choice,) if isinstance(choice, str) else choice for choice in choices]
    if not any(all((folder / name).is_file() for name in names) for names in sets):
        first, *others = (" and ".join(names) for names in sets)
        instead = f" (nor {', nor '.join(others)})" if others else ""
        raise PluginError(f"{checkpoint}: there is no {first} in it{instead}; is the download complete?")


def refuse_gaps(checkpoint: str, missing: Collection[str]) -> None:
    """Complain if weights are missing or have another shape, but for `mask_token`, which only training reads.

    Raises:
        PluginError: names one of them.
    """
    needed = sorted(name for name in missing if not name.endswith("mask_token"))
    if needed:
        others = f" and {len(needed) - 1} more" if needed[1:] else ""
        raise PluginError(
            f"{checkpoint}: weights that the model needs are missing or misshapen ({needed[0]}{others}); is "
            "it complete?"
        )


@contextmanager
def loading(checkpoint: str, what: str, *, file: str = "") -> Iterator[None]:
    """Around everything that loads a checkpoint: whatever it raises becomes one line with the fix.

    Args:
        checkpoint: hub id or local folder.
        what: what it has to be, e.g. "a Grounding DINO checkpoint".
        file: the one file of the repository that is needed, where that is not all of it.

    Raises:
        PluginError: gated, not there, incomplete, damaged, or a checkpoint of something else.
        GenSpaceError: as it is, if the block raises one.
    """
    try:
        with _quiet():
            yield
    except GenSpaceError:
        raise
    except Exception as error:
        raise PluginError(f"{checkpoint}: {_cause(error, checkpoint, what, file)}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """What libraries say of loading is left out, since one line is told in the end; bars of downloads stay.

    huggingface_hub warns of each of its many attempts; transformers and diffusers, if they are imported,
    report on weights that are missing, and show a bar.
    """
    # A filter, because importing transformers sets the level anew.
    loggers = [logging.getLogger(name) for name in _HUB_LOGGERS]
    for logger in loggers:
        logger.addFilter(_errors_only)
    try:
        with ExitStack() as libraries:
            for name in ("transformers", "diffusers"):
                libraries.enter_context(_quiet_library(sys.modules.get(f"{name}.utils.logging")))
            yield
    finally:
        for logger in loggers:
            logger.removeFilter(_errors_only)


# A logger's filter sees what is said to it, not to those below it.
_HUB_LOGGERS = ("huggingface_hub", "huggingface_hub.utils._http", "huggingface_hub.file_download")


def _errors_only(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


@contextmanager
def _quiet_library(told: Any) -> Iterator[None]:
    if told is None:
        yield
        return
    downloads = import_module("huggingface_hub.utils")
    verbosity, bar = told.get_verbosity(), told.is_progress_bar_enabled()
    downloads_shown = not downloads.are_progress_bars_disabled()
    told.set_verbosity_error()
    told.disable_progress_bar()  # and those of downloads, without which minutes look like a standstill
    if downloads_shown:
        downloads.enable_progress_bars()
    try:
        yield
    finally:
        told.set_verbosity(verbosity)
        if bar:
            told.enable_progress_bar()
        if bar and not downloads_shown:
            downloads.disable_progress_bars()


_QUERY = re.compile(r"""(https?://[^\s?'"]+)\?[^\s'"]*""")


def without_queries(text: str) -> str:
    """The text with addresses up to their "?": what comes after it may be a signature that lets anyone in."""
    return _QUERY.sub(r"\1", text)


def wrong_checkpoint(checkpoint: str, what: str, found: str) -> PluginError:
    """The error for a checkpoint that loads, and is another thing than was asked for."""
    return PluginError(
        f"{checkpoint}: not {what}, but {found}; set checkpoint to one, or use the plugin that loads this one"
    )


_NAMED = (
    (
        ("GatedRepoError", "access a gated repo"),
        "is gated; ask for access at https://huggingface.co/{id}, then set HF_TOKEN (or: hf auth login)",
    ),
    (
        ("LocalEntryNotFoundError", "OfflineModeIsEnabled", "couldn't connect", "offline mode"),
        "is not in the local cache, and the hub was not reached (HF_HUB_OFFLINE, or no network); fetch it "
        "once with: hf download {get}, or set checkpoint to a local folder",
    ),
    (
        ("RevisionNotFoundError", "is not a valid git identifier"),
        "has no such revision; see https://huggingface.co/{id}/commits/main",
    ),
    (
        ("RepositoryNotFoundError", "HFValidationError", "is not a valid model identifier"),
        "is neither a local folder nor a repository of the hub that you can read; mend its name, or set "
        "HF_TOKEN if it is private",
    ),
    (("OutOfMemoryError",), "does not fit into the GPU's memory; lower batch_size, or set dtype or device"),
)
"""Names of exceptions, or words of theirs, found anywhere in the chain of causes: what to say."""


def _cause(error: Exception, checkpoint: str, what: str, file: str) -> str:
    get = f"{checkpoint} {file}".strip()
    chain = list(_chain(error))
    told = [{cls.__name__ for cls in type(one).__mro__} for one in chain]
    words = " ".join(str(one).lower() for one in chain)
    for signs, says in _NAMED:
        if any(sign in names for sign in signs for names in told) or any(s.lower() in words for s in signs):
            return says.format(id=checkpoint, get=get)
    for one in chain:
        if isinstance(one, ModuleNotFoundError):
            return f"needs the package {one.name}; fix: pip install {one.name}"
    short = without_queries(" ".join(str(error).split()))
    short = short if len(short) <= 200 else f"{short[:200]}..."
    return f"cannot be loaded as {what} ({type(error).__name__}: {short}); is it complete, and one?"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__

"""Tables of prompts on the Hugging Face hub, by its own client, imported when it is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from genspace_core.errors import InputError, PluginError
from genspace_core.plugins.wording import choices, one_line, without_secrets
from genspace_core.tables.opening import TABLE_SUFFIXES, is_table

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

SCHEME: Final = "hf://"
FORM: Final = "hf://OWNER/NAME[@REVISION][/FILE]"
PATIENCE: Final = 20.0  # seconds to wait for the hub's first answer

_REF: Final = re.compile(r"hf://(?:datasets/)?([A-Za-z0-9._-]+/[A-Za-z0-9._-]+)(?:@([^/]+))?(?:/(.+))?")


@dataclass(frozen=True, slots=True)
class HubRef:
    """A data set on the hub, or a file in it.

    Attributes:
        repo: OWNER/NAME.
        revision: branch, tag or commit; None for the newest.
        file: path in the repository; None for its only table.
    """

    repo: str
    revision: str | None
    file: str | None

    @property
    def name(self) -> str:
        """The data set's name, without its owner."""
        return self.repo.rpartition("/")[2]


def parse_ref(text: str) -> HubRef:
    """Read `hf://OWNER/NAME[@REVISION][/FILE]`; a revision's "/" is written %2F.

    Raises:
        InputError: it is not of that form.
    """
    found = _REF.fullmatch(text)
    if found is None:
        raise InputError(f"{text} names no data set on the hub; its form is {FORM}")
    return HubRef(found[1], unquote(found[2]) if found[2] else None, found[3])


def fetch_table(ref: HubRef) -> Path:
    """Download a table, or take it from the cache of huggingface_hub.

    Args:
        ref: what to fetch.

    Returns:
        The file in the cache.

    Raises:
        InputError: there is no such data set, revision or file; it is gated; several tables are in it and
            none is named; or the hub cannot be reached.
        PluginError: huggingface_hub is not installed.
    """
    try:
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise PluginError(
            'hf:// needs huggingface_hub, which is not installed; pip install "genspace-core[hub]"'
        ) from None
    # A vendor's client raises what its transport does: everything becomes one line here.
    try:
        info = HfApi().dataset_info(ref.repo, revision=ref.revision, timeout=PATIENCE)
    except Exception as error:
        offline = not isinstance(error, HfHubHTTPError)
        if offline and ref.file is not None and (cached := _cached(hf_hub_download, ref)) is not None:
            return cached
        raise InputError(_failure(ref, error)) from None
    file = _choose(ref, [entry.rfilename for entry in info.siblings or ()])
    try:
        return Path(hf_hub_download(ref.repo, file, repo_type="dataset", revision=ref.revision))
    except Exception as error:
        raise InputError(_failure(ref, error)) from None


def _choose(ref: HubRef, files: list[str]) -> str:
    """The file that is meant."""
    tables = sorted(filter(is_table, files))
    if ref.file is not None:
        if ref.file not in files:
            raise InputError(f'{ref.repo} has no file "{ref.file}" {choices(ref.file, tables, "its tables")}')
        return ref.file
    if len(tables) != 1:
        found = f"several tables; name one, e.g. {SCHEME}{ref.repo}/{tables[0]}" if tables else "no table"
        listed = ", ".join(tables) or f"none of its {len(files)} files ends in {', '.join(TABLE_SUFFIXES)}"
        raise InputError(f"{ref.repo} has {found} ({listed})")
    return tables[0]


def _cached(download: Any, ref: HubRef) -> Path | None:
    """A file that was fetched before, for whoever is offline now."""
    try:
        found = download(
            ref.repo, ref.file, repo_type="dataset", revision=ref.revision, local_files_only=True
        )
    except Exception:
        return None
    return Path(found)


def _failure(ref: HubRef, error: Exception) -> str:
    """What an error of the client means, and what to do."""
    from huggingface_hub import errors

    # It says "not in the cache" of a file whose download was refused.
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, errors.HfHubHTTPError):
        return _refusal(ref, error)
    cause = one_line(without_secrets(f"{type(error).__name__}: {error}"))
    if isinstance(error, errors.HFValidationError):
        return f"{ref.repo} cannot be the name of a data set ({cause})"
    return (
        f"the hub cannot be reached for {ref.repo} ({cause}); check the connection, or download the file "
        f"elsewhere and give its path"
    )


def _refusal(ref: HubRef, error: HfHubHTTPError) -> str:
    """What an answer other than yes means."""
    from huggingface_hub import errors

    page = f"https://huggingface.co/datasets/{ref.repo}"
    log_in = "log in with `hf auth login`, or set HF_TOKEN"
    if isinstance(error, errors.GatedRepoError):
        return f"{ref.repo} is gated: accept its terms at {page}, then {log_in}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"the hub has no data set {ref.repo}, or it is private: check the name at {page}, or {log_in}"
    if isinstance(error, errors.RevisionNotFoundError):
        return f'{ref.repo} has no revision "{ref.revision}"; {page}/tree/main lists them'
    status = error.response.status_code
    if status in (401, 403):
        return f"the hub refuses access to {ref.repo} (HTTP {status}): {log_in}, as somebody who may read it"
    return f"the hub answers HTTP {status} for {ref.repo}; try again later"

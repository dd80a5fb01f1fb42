"""The hub asked, by its own client, which is imported when it is needed."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from genspace_core.checkpoints import import_package, loading, without_queries
from genspace_core.downloads import PIPELINE
from genspace_core.errors import PluginError
from genspace_core.hub.cache import INSTALL
from genspace_core.hub.choosing import components_of
from genspace_core.hub.facts import Remote, RemoteFile
from genspace_core.hub.found import remote_of
from genspace_core.interfaces import Weights
from genspace_core.plugins.wording import one_line, without_secrets

PATIENCE = 30.0  # seconds to wait for an answer
AGAIN = "repeat the command, it goes on where it stopped"


class HubNotReachedError(PluginError):
    """Nothing else can be asked either."""


def look_up(sets: Sequence[Weights]) -> Remote:
    """Which commit a revision is today, and which of its files are loaded; nothing is downloaded.

    Args:
        sets: of one repository and revision.

    Raises:
        PluginError: there is no such repository, revision or file, access is refused, the hub is not
            reached, or huggingface_hub is not installed.
    """
    hub = import_package("huggingface_hub", INSTALL)
    api = hub.HfApi(library_name="genspace")
    name, revision = sets[0].name, sets[0].revision
    with asking(name):
        info = api.model_info(name, revision=revision, timeout=PATIENCE)
        if info.gated:
            api.auth_check(name)
        there = {
            entry.path: RemoteFile(entry.path, entry.size, entry.lfs.sha256 if entry.lfs else entry.blob_id)
            for entry in api.list_repo_tree(name, recursive=True, revision=info.sha)
            if isinstance(entry, hub.hf_api.RepoFile)
        }
        components = _components(hub, name, info.sha) if PIPELINE in there else None
    return remote_of(sets, info.sha, there, components, gated=bool(info.gated))


def _components(hub: Any, name: str, commit: str) -> list[str] | None:
    address = hub.hf_hub_url(name, PIPELINE, revision=commit)
    headers = hub.utils.build_hf_headers(library_name="genspace")
    answer = hub.utils.get_session().get(address, headers=headers, timeout=PATIENCE)
    hub.utils.hf_raise_for_status(answer)
    return components_of(answer.text)


@contextmanager
def asking(name: str) -> Iterator[None]:
    """Around whatever asks the hub: what it raises becomes one line with the fix, without the token.

    Raises:
        PluginError: whatever went wrong.
    """
    try:
        with loading(name, "weights on the hub"):
            yield
    except PluginError as error:
        cause = error.__cause__
        text = str(error)
        if isinstance(cause, Exception):
            text = f"{name}: {told}" if (told := _transport(cause)) else text
        kind = HubNotReachedError if _not_reached(cause) else PluginError
        raise kind(without_token(text)) from None


def without_token(text: str) -> str:
    """The text without the user's token and signed addresses, should it quote them."""
    token = import_package("huggingface_hub", INSTALL).get_token()
    text = without_queries(text)
    return without_secrets(text.replace(token, "(token)") if token else text)


def _not_reached(error: BaseException | None) -> bool:
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"ConnectError", "ConnectTimeout", "OfflineModeIsEnabled"})


def _transport(error: Exception) -> str | None:
    """What to say of a connection or a disk, on which `loading` has no word; None for all else."""
    # The client's transport has had several names; so its errors are known by theirs.
    names = {cls.__name__ for cls in type(error).__mro__}
    cause = one_line(without_queries(str(error)), 120) or type(error).__name__
    if "OfflineModeIsEnabled" in names:
        return "cannot be asked for while HF_HUB_OFFLINE is set; unset it to fetch"
    if names & {"ConnectError", "ConnectTimeout"}:
        return f"the hub cannot be reached ({cause}); check the connection, then repeat the command"
    if "TransportError" in names:
        return f"interrupted, the connection was cut ({cause}); {AGAIN}"
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk is full; make room, or set HF_HOME to a larger one, then {AGAIN}"
    if isinstance(error, PermissionError):
        return f"cannot be written ({cause}); set HF_HOME to a folder of yours"
    return _status(getattr(error, "response", None), names)


def _status(answer: Any, names: set[str]) -> str | None:
    status = getattr(answer, "status_code", None)
    if status is None or names & {"RepositoryNotFoundError", "RevisionNotFoundError"}:
        return None
    if status in {401, 403} and not answer.history:
        return f"the hub refuses access (HTTP {status}); log in with: hf auth login (or set HF_TOKEN)"
    asked = (answer.history or [answer])[0].request.url  # what it redirects to is signed, and names no file
    file = re.search(r"/resolve/[^/]+/([^?]+)", str(asked))
    what = f" for {unquote(file[1])}" if file else ""
    return f"the hub answers HTTP {status}{what}; try again later: {AGAIN}"

"""Of all files of a repository, those that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from genspace_core.errors import PluginError
from genspace_core.hub.choosing import choose_for, unmatched
from genspace_core.hub.facts import Remote, RemoteFile
from genspace_core.interfaces import Weights


def remote_of(
    sets: Sequence[Weights],
    commit: str,
    there: Mapping[str, RemoteFile],
    components: Collection[str] | None,
    *,
    gated: bool = False,
) -> Remote:
    """A repository with the files that are loaded of it.

    Args:
        sets: of one repository and revision.
        commit: which one the revision is.
        there: all its files, by path.
        components: folders of a pipeline's components; None where they are not known.
        gated: access has to be asked for.

    Raises:
        PluginError: it holds nothing to load, or not the files that are asked for.
    """
    name, revision = sets[0].name, sets[0].revision
    chosen, lost = choose_for(sets, list(there), components), unmatched(sets, list(there))
    if lost or not chosen:
        asked = " ".join(lost or [pattern for one in sets for pattern in one.files]) or "weights"
        what = "nothing to load" if not chosen else "not all there"
        raise PluginError(
            f"{name}: {what} at revision {revision} (asked for: {asked}); see "
            f"https://huggingface.co/{name}/tree/{revision}"
        )
    return Remote(name, revision, commit, tuple(there[path] for path in chosen), gated=gated)

"""The source pictures of edits: where they are, and which bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from genspace_core.errors import InputError
from genspace_core.images import image_digest, read_bytes
from genspace_core.pictures.account import natural
from genspace_core.pictures.folder import picture_kind
from genspace_core.pictures.found import Collection, Found, Remark
from genspace_core.types import Sample, Suite


def suite_source(suite: Suite | None, sample: Sample) -> Path:
    """The source picture of a sample in its suite's own folder, an absolute path.

    Raises:
        InputError: there is none, or it is no picture.
    """
    if suite is None or suite.root is None or sample.source is None:
        raise InputError("there is no source picture, without which an edit cannot be judged")
    path = suite.root.absolute() / sample.source
    try:
        picture_kind(path)
    except InputError as error:
        raise InputError(f"the suite's source picture {sample.source} is {error}") from None
    return path


def with_digests(collection: Collection) -> Collection:
    """The same with the digest of every source that is really there in its sample.

    So the questions of two collections are the same ones only if their sources are the same bytes,
    wherever they lie. A source other than the suite's is used, with a remark; a second source for one
    sample is not.

    Raises:
        InputError: a source cannot be read.
    """
    found: list[Found] = []
    remarks = list(collection.remarks)
    digests: dict[str, str] = {}
    for one in collection.found:
        if one.source is None:
            found.append(one)
            continue
        digest = image_digest(read_bytes(one.source))
        name = _shown(one.image, collection.root)
        if digests.setdefault(one.sample.id, digest) != digest:
            text = f"an earlier picture of {one.sample.id} was made from another source; give it another id"
            remarks.append(Remark(path=name, text=text, placed=False))
            continue
        if one.sample.source_sha256 not in (None, digest):
            text = f"its source is not the suite's own ({one.sample.source}): it answers another question"
            remarks.append(Remark(path=name, text=text, placed=True))
        source = _shown(one.source, collection.root)
        found.append(replace(one, sample=replace(one.sample, source=source, source_sha256=digest)))
    return replace(
        collection,
        found=tuple(found),
        remarks=tuple(sorted(remarks, key=lambda remark: (natural(remark.path), remark.text))),
        used=collection.used - (len(collection.found) - len(found)),
    )


def _shown(path: Path, root: Path) -> str:
    """A path from the folder, or in full where it lies elsewhere."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

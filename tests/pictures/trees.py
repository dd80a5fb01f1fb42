"""Folders of pictures to try things on, and the equation that every account must meet."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from genspace_core.pictures.account import shown
from genspace_core.pictures.collect import collect
from genspace_core.pictures.found import Collection
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.subdomains import sub_domain_of
from genspace_core.types import Sample, Suite


def _picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(buffer, kind)
    return buffer.getvalue()


PNG, JPEG = _picture("PNG"), _picture("JPEG")


def plant(root: Path, files: dict[str, bytes | str]) -> Path:
    """Write files, by relative path, and give back the folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def files_of(root: Path) -> set[str]:
    """Every file of a folder, links included, as relative paths in the way that remarks write them."""
    return {
        shown(p.relative_to(root).as_posix()) for p in root.rglob("*") if p.is_symlink() or not p.is_dir()
    }


def look(root: Path, suite: Suite | None = None) -> Collection:
    """What `collect` finds in a folder, its account checked against the disk."""
    collection = collect(root, suite)
    check_account(collection, files_of(root))
    return collection


def check_account(collection: Collection, on_disk: set[str]) -> None:
    """Every file is either used or the subject of a remark that it is left out."""
    left_out = {r.path for r in collection.remarks if not r.placed} & on_disk
    assert collection.files == len(on_disk)
    assert collection.files == collection.used + len(left_out)
    root = collection.root
    played = {p for f in collection.found for p in (f.image, f.source) if p and p.is_relative_to(root)}
    assert not {shown(p.relative_to(root).as_posix()) for p in played} & left_out
    for remark in collection.remarks:
        assert remark.path
        assert remark.text
        assert (remark.path + remark.text).isprintable()


def left_out(collection: Collection) -> dict[str, str]:
    return {r.path: r.text for r in collection.remarks if not r.placed}


def notes(collection: Collection) -> dict[str, str]:
    return {r.path: r.text for r in collection.remarks if r.placed}


def ids(collection: Collection) -> list[str]:
    return [f.sample.id for f in collection.found]


def sample(id: str, *objects: str, prompt: str = "A prompt.", source: str | None = None) -> Sample:
    task, template, _ = id.split("/")
    return Sample(
        id=id,
        task=task,
        sub_domain=sub_domain_of(int(template)),
        template=int(template),
        prompt=prompt,
        objects=objects,
        source=source,
    )


def suite(*samples: Sample, root: Path | None = None) -> Suite:
    return make_suite("mine", "1", samples, root)

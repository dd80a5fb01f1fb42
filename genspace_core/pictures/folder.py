"""Looking through a folder, without following links out of it, and at the first bytes of its pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from genspace_core.errors import InputError
from genspace_core.images import image_suffix
from genspace_core.pictures.account import Account, natural, reason

PICTURE_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif")

_ALIKE: Final = {".jpeg": ".jpg", ".tiff": ".tif"}
_NAMES: Final = {".jpg": "JPEG", ".tif": "TIFF", ".webp": "WebP"}
_MAGIC: Final = 16  # bytes that tell a format


def walk(account: Account) -> list[str]:
    """The files of the account's folder that may be read, relative paths in natural order.

    What must not be read (hidden files, links that lead out, devices) is counted and left out.

    Raises:
        InputError: the folder itself cannot be opened.
    """
    root = account.root
    inside = os.path.realpath(root)
    files: list[str] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError as error:
            if not folder:
                raise InputError(f"{root}: cannot be opened ({reason(error)})") from None
            account.complain(
                folder, f"the folder cannot be opened ({reason(error)}); give yourself the right to"
            )
            continue
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(name)
                continue
            account.see(name)
            refusal = _refusal(entry, name, inside)
            if refusal:
                account.leave(name, refusal)
            else:
                files.append(name)
    return sorted(files, key=natural)


def _refusal(entry: os.DirEntry[str], name: str, inside: str) -> str:
    parts = name.split("/")
    if "__MACOSX" in parts:
        return "left behind by macOS's archiver, so it is not read"
    if any(part.startswith(".") for part in parts):
        return "hidden, so it is not read"
    if entry.is_symlink():
        return link_refusal(entry.path, inside)
    return "" if entry.is_file() else "no regular file, so it is not read"


def link_refusal(path: str, inside: str) -> str:
    """Why a symbolic link is not followed; "" when it leads to a file inside of the folder `inside`."""
    target = os.path.realpath(path)
    if not target.startswith(inside.rstrip(os.sep) + os.sep):
        return "a link that leads out of the folder, so it is not followed; put the file itself here"
    if Path(target).is_dir():
        return "a link to a folder, so it is not followed; put the files themselves here"
    return "" if Path(target).is_file() else "a link that leads nowhere"


def picture_kind(path: Path) -> str:
    """The suffix that belongs to a picture file by its first bytes, e.g. ".jpg".

    Raises:
        InputError: it is unreadable, empty or no picture; the text does not name it.
    """
    head = read_start(path, _MAGIC)
    if not head:
        raise InputError("empty; copy it again")
    kind = image_suffix(head)
    if kind == ".bin":
        raise InputError("no picture, whatever its name says; copy it again or remove it")
    return kind


def read_start(path: Path, most: int) -> bytes:
    """At most so many bytes from the beginning of a file.

    Raises:
        InputError: it cannot be read; the text does not name it.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:  # ValueError: a NUL in a name
        raise InputError(f"cannot be read ({reason(error)})") from None


def use_picture(account: Account, file: str) -> None:
    """A picture plays a part; where its name promises another format, that is noted.

    Raises:
        InputError: as `picture_kind`; it is not used then.
    """
    kind = picture_kind(account.root / file)
    account.use(file)
    if text := _misnamed(file, kind):
        account.note(file, text)


def _misnamed(file: str, kind: str) -> str:
    """What to say of a picture whose name promises another format; "" when it does not."""
    suffix = Path(file).suffix.lower()
    if _ALIKE.get(suffix, suffix) == kind:
        return ""
    return f"holds a {_NAMES.get(kind, kind[1:].upper())} picture and is read as one"

"""Suites as files (JSON lines), and finding a suite by name or path."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from genspace_core.errors import InputError, PluginError
from genspace_core.files import write_atomically
from genspace_core.suite.canonical import canonical_line, make_suite
from genspace_core.types import Sample, Suite

SUFFIX = ".jsonl"
FOLDER_FILE = "suite.jsonl"
"""The suite's file in a folder that holds it together with its source pictures."""
SOURCES = "sources"
"""The folder of those pictures in it, unless the suite says otherwise."""
OWN_PACKAGE = "genspace-core"


def load_suite(ref: str, plugins_file: str | Path | None = None) -> Suite:
    """A suite by name ("genspace-t2i", a plugin or a table of `plugins.toml`) or by path.

    A path is an exported file's, or that of a folder with a `suite.jsonl` and its source pictures.
    Anything with a path separator or the ending ".jsonl" is a path; any other word is a name first,
    and a path only if nothing has that name.

    Args:
        ref: name or path.
        plugins_file: the user's `plugins.toml`; None for $GENSPACE_PLUGINS or ./plugins.toml.

    Raises:
        InputError: the file is missing or wrong, or `ref` is neither a name nor a file.
        ConfigError: `plugins.toml` is wrong.
        PluginError: the plugin is broken.
    """
    path = Path(ref)
    if ref.endswith(SUFFIX) or path.name != ref:
        return read_suite(path)

    # Only here: most of what reads or writes suites has no need of the plugin registry.
    from genspace_core.plugins.config import named, resolve
    from genspace_core.plugins.wording import choices

    names = named("suites", plugins_file)
    if ref not in names:
        if path.exists():
            return read_suite(path)
        raise InputError(
            f'unknown suite "{ref}" {choices(ref, names, "available")}; '
            f"the path of a {SUFFIX} file, or of a folder that holds a {FOLDER_FILE}, will do too"
        )
    found = resolve("suites", ref, plugins_file)
    package = found.row.package
    suite = found.build()
    if not isinstance(suite, Suite):
        raise PluginError(f'suite "{ref}" ({package}) is broken: it gave no Suite; tell its authors')
    if found.distribution != OWN_PACKAGE:  # our own suites are checked by our tests
        _check_foreign(suite, ref, package)
    return suite


def _check_foreign(suite: Suite, name: str, package: str) -> None:
    """Hold a plugin's suite to what a file must meet, before a run is planned on it."""
    try:
        same = parse_suite(dump_suite(suite), "its export", default_name=name) == suite
        fault = "" if same else "it does not survive export and import"
    except (InputError, TypeError, ValueError, AttributeError) as error:
        fault = str(error)
    if fault:
        raise PluginError(f'suite "{name}" ({package}) is broken: {fault}; tell its authors')


def dump_suite(suite: Suite) -> bytes:
    """The exported form: a header line, then one canonical line a sample, UTF-8, line feeds."""
    header = json.dumps(
        {"digest": suite.digest, "suite": suite.name, "version": suite.version},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return "".join(line + "\n" for line in (header, *map(canonical_line, suite.samples))).encode()


def write_suite(suite: Suite, path: Path, *, force: bool = False) -> None:
    """Export to a file.

    Raises:
        InputError: the file exists and `force` is not given.
        StorageError: it cannot be written.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it, e.g. {path / (suite.name + SUFFIX)}")
    if path.exists() and not force:
        raise InputError(f"{path} exists; choose another name, or overwrite it with --force")
    write_atomically(path, dump_suite(suite))


def read_suite(path: Path) -> Suite:
    """Load an exported file, or one written by hand (then without a header, if you like).

    The paths of source pictures start from the folder that the file is in.

    Args:
        path: the file, or a folder that holds it as `suite.jsonl`.

    Raises:
        InputError: names the file, the line, the key and what is allowed.
    """
    try:
        if path.is_dir():
            path = path / FOLDER_FILE
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read suite {path}: {_why(path, error)}") from None
    except ValueError as error:  # a NUL in the name
        raise InputError(f"cannot read suite {str(path)!r}: {error}") from None
    return replace(parse_suite(data, str(path), default_name=path.stem or "suite"), root=path.parent)


def parse_suite(data: bytes, label: str, *, default_name: str) -> Suite:
    """A suite from the bytes of a file; `label` names it in errors.

    Raises:
        InputError: as `read_suite`.
    """
    # Only here: validation brings pydantic, which nobody needs who uses a shipped suite.
    from pydantic import ValidationError

    from genspace_core.suite.rows import Header, Row, explain
    from genspace_core.tables.json_lines import BOM, parse_object

    header = Header(suite=default_name)
    samples: list[Sample] = []
    first_seen: dict[str, int] = {}
    content = False
    # Not str.splitlines: it also splits at characters that JSON allows inside a text.
    for number, line in enumerate(data.removeprefix(BOM).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            given = parse_object(line)
        except ValueError as error:
            raise InputError(f"{label}, line {number} {error}") from None
        is_header = not content and "suite" in given
        try:
            if is_header:
                header = Header.model_validate(given)
            else:
                samples.append(Row.model_validate(given).sample())
        except ValidationError as error:
            fault = explain(error, given, Header if is_header else Row)
            raise InputError(f"{label}, line {number}: {fault}") from None
        if samples:
            before = first_seen.setdefault(samples[-1].id, number)
            if before != number:
                raise InputError(
                    f'{label}, line {number}: id "{samples[-1].id}" is already used in line {before}; '
                    f"every sample needs its own"
                )
        content = True
    if not samples:
        raise InputError(f"{label} holds no samples; a suite file has one JSON object a line (docs/suite.md)")
    suite = make_suite(header.suite, header.version, samples)
    if header.digest not in (None, suite.digest):
        raise InputError(
            f"{label}, line 1: its samples ({len(samples)}) do not match the header's digest, so the file "
            f'was changed or cut after its export; export it again, or remove "digest" if the change is meant'
        )
    return suite


def _why(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        from genspace_core.plugins.wording import suggest

        near = [p.name for p in path.parent.glob(f"*{SUFFIX}")] if path.parent.is_dir() else []
        return f"there is no such file{suggest(path.name, near)}"
    return "it is a folder; name a file" if isinstance(error, IsADirectoryError) else str(error.strerror)

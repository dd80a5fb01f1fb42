"""From a name in `plugins.toml` to a configured plugin, and every way the file can be wrong."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from genspace_core.errors import ConfigError, GenSpaceError, PluginError
from genspace_core.interfaces import Generator
from genspace_core.plugins import tables
from genspace_core.plugins.config import PluginRef, named, resolve
from genspace_core.plugins.tables import read_tables, shipped_file
from tests.plugins.packages import GENERATORS


def write(text: str, path: Path = Path("plugins.toml")) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def message(group: str, name: str, **kwargs: object) -> str:
    with pytest.raises(GenSpaceError) as caught:
        resolve(group, name, **kwargs)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what resolves -------------------------------------------------------------------------------


def test_a_table_and_a_bare_plugin(only_site: Path) -> None:
    write('[generators.mine]\nplugin = "good"\nmodel = "large"\nsize = { width = 640 }\ndevice = "cuda"\n')
    mine = resolve("generators", "mine")
    assert (mine.name, mine.plugin, mine.distribution, mine.version) == ("mine", "good", "gs-good", "1.2.0")
    assert mine.config.model_dump()["size"] == {"width": 640, "height": 512}
    assert mine.identity() == {
        "plugin": "good",
        "version": "3",
        "weights_revision": "org/good@abc123",
        "config": {"model": "large", "size": {"width": 640}},
    }
    assert isinstance(mine.build(), Generator)
    bare = resolve("generators", "good")
    assert bare.config == bare.spec.config()
    assert resolve("generators", "good", overrides={"steps": 9}).config.model_dump()["steps"] == 9
    assert {"mine", "good", "exit"} <= set(named("generators"))


def test_identity_ignores_the_tables_name_and_the_device(only_site: Path) -> None:
    write('[generators.a]\nplugin = "good"\n[generators.b]\nplugin = "good"\ndevice = "cuda"\n')
    assert resolve("generators", "a").identity() == resolve("generators", "b").identity()


def test_a_reference_survives_pickle_and_json(only_site: Path) -> None:
    write(
        '[generators.mine]\nplugin = "good"\nnegative = ["blur", "text"]\nguidance = 7.5\nstyle = "drawing"\n'
    )
    mine = resolve("generators", "mine")
    ref = pickle.loads(pickle.dumps(mine.ref()))
    assert hash(ref) == hash(mine.ref())
    assert PluginRef(**json.loads(json.dumps(vars_of(ref)))) == ref
    Path("plugins.toml").unlink()
    assert ref.load() == mine
    assert PluginRef("generators", "good").load().config == mine.spec.config()
    with pytest.raises(ConfigError) as caught:
        PluginRef("generators", "good", {"steps": 0}, "mine").load()
    assert (
        str(caught.value) == "generator mine steps = 0 is wrong: input should be greater than or equal to 1"
    )


def vars_of(ref: PluginRef) -> dict[str, object]:
    return {"group": ref.group, "plugin": ref.plugin, "config": ref.config, "name": ref.name}


# --- which files, and how they combine -----------------------------------------------------------


def test_a_users_table_replaces_the_shipped_one_whole(only_site: Path) -> None:
    write('[generators.x]\nplugin = "good"\nsteps = 8\nmodel = "large"\n', tables.shipped_file())
    assert resolve("generators", "x").config.model_dump(include={"steps", "model"}) == {
        "steps": 8,
        "model": "large",
    }
    write('[generators.x]\nplugin = "good"\nsteps = 9\n')
    assert resolve("generators", "x").config.model_dump(include={"steps", "model"}) == {
        "steps": 9,
        "model": "small",
    }


def test_extends_folds_in_key_by_key_and_may_start_from_the_shipped_namesake(only_site: Path) -> None:
    write(
        '[generators.base]\nplugin = "good"\nsteps = 8\nmodel = "large"\n'
        '[generators.x]\nextends = "base"\nsteps = 10\n',
        tables.shipped_file(),
    )
    write(
        '[generators.x]\nextends = "x"\ndevice = "cuda"\n'
        '[generators.y]\nextends = "x"\nplugin = "good"\nmodel = "small"\n'
        '[generators.base]\nplugin = "good"\nsteps = 99\n'
        '[generators.z]\nextends = "base"\n'
    )
    keys = {"steps", "model", "device"}
    told = {name: resolve("generators", name).config.model_dump(include=keys) for name in "xyz"}
    assert told == {
        # The shipped x still extends the shipped base, whatever the user calls base.
        "x": {"steps": 10, "model": "large", "device": "cuda"},
        "y": {"steps": 10, "model": "small", "device": "cuda"},
        "z": {"steps": 99, "model": "small", "device": "cpu"},
    }


def test_which_users_file_is_read(only_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = '[generators.x]\nplugin = "good"\nsteps = {}\n'

    def steps(explicit: Path | None = None) -> int:
        return int(resolve("generators", "x", explicit).config.model_dump()["steps"])

    write(table.format(1), tables.shipped_file())
    assert steps() == 1
    write("\ufeff" + table.format(2))  # with the byte order mark that Windows editors write
    assert steps() == 2
    monkeypatch.setenv("GENSPACE_PLUGINS", str(write(table.format(3), Path("other.toml"))))
    assert steps() == 3
    assert steps(write(table.format(4), Path("explicit.toml"))) == 4


def test_the_shipped_file_is_not_read_as_the_users_own(
    only_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables.shipped_file().parent)
    assert read_tables().user_file is None


def test_the_shipped_file_is_found_and_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GENSPACE_PLUGINS", raising=False)
    assert shipped_file().name == "plugins.toml"
    found = read_tables()
    assert {"perfect", "frontal", "egocentric", "unitless", "forgetful", "random"} <= set(
        found.names("generators")
    )
    for table in found.all():
        assert found.flatten(table).plugin


# --- what is refused, and in which words ---------------------------------------------------------

SECTIONS = (
    "generators, reconstructors, detectors, depth_estimators, camera_calibrators, orientation_estimators, "
    "metrics, executors, suites"
)
FIELDS = "model, steps, guidance, style, size, negative, device"
G = "[generators.x]\n"
P = '[generators.x]\nplugin = "good"\n'

WRONG = {
    # the file
    "syntax": (
        '[generators.x]\nplugin = "good\n',
        "plugins.toml, line 2, column 15: not valid TOML: Illegal character '\\n'",
    ),
    "twice": (
        '[generators.x]\nplugin = "good"\n[generators.x]\n',
        "plugins.toml, line 3, column 14: not valid TOML: Cannot declare ('generators', 'x') twice",
    ),
    "unfinished": ("a = [1,", "plugins.toml, end of file: not valid TOML: Invalid value"),
    # its structure
    "section": (
        '[generator.x]\nplugin = "good"\n',
        f'plugins.toml: unknown section [generator] (did you mean "generators"? sections: {SECTIONS})',
    ),
    "loose key": ('plugin = "good"\n', f"plugins.toml: unknown key plugin (sections: {SECTIONS})"),
    "section a value": (
        "generators = 3\n",
        "plugins.toml: generators has to hold tables like [generators.NAME]",
    ),
    "no table": (
        '[generators]\nplugin = "good"\n',
        'plugins.toml: [generators] plugin = "good": a table is wanted: [generators.NAME] with '
        'plugin = "..."',
    ),
    # a table
    "no plugin": (
        f"{G}steps = 3\n",
        'plugins.toml: [generators.x] lacks plugin = "..." (an installed plugin) or extends = "..." '
        "(another table)",
    ),
    "plugin misspelt": (
        f'{G}plugn = "good"\n',
        'plugins.toml: [generators.x] lacks plugin = "..." (an installed plugin) or extends = "..." '
        '(another table); did you mean "plugin"?',
    ),
    "plugin no text": (
        f"{G}plugin = 3\n",
        "plugins.toml: [generators.x] plugin = 3: a name in quotes is wanted",
    ),
    "environment": (
        f'{P}device = "${{GPU:-sk-secret}}"\n',
        "plugins.toml: [generators.x] device: ${...} is not replaced here; keys and other secrets are read "
        "from the environment by the adapter only, and everything else is written out",
    ),
    "environment, nested, quoted name": (
        '["generators"."my.model"]\nplugin = "good"\nsize = { extra = ["a", "b${HOME}"] }\n',
        'plugins.toml: [generators."my.model"] size.extra[1]: ${...} is not replaced here; keys and other '
        "secrets are read from the environment by the adapter only, and everything else is written out",
    ),
    "a name that is a path": (
        '[generators."../up"]\nplugin = "good"\n',
        'plugins.toml: [generators."../up"]: a name has letters, digits, dots, hyphens and underscores '
        "(A-Z a-z 0-9 . - _) and begins with a letter or digit",
    ),
    "a hidden name": (
        '[generators.".x"]\nplugin = "good"\n',
        'plugins.toml: [generators.".x"]: a name has letters, digits, dots, hyphens and underscores '
        "(A-Z a-z 0-9 . - _) and begins with a letter or digit",
    ),
    # extends
    "extends nothing": (
        f'{G}extends = "bse"\n[generators.base]\nplugin = "good"\n',
        'plugins.toml: [generators.x] extends = "bse": no such table in [generators] (did you mean "base"? '
        "tables: base)",
    ),
    "extends itself": (
        f'{G}extends = "x"\n',
        "plugins.toml: [generators.x] extends in a circle: x -> x; one of them has to name a plugin",
    ),
    "circle": (
        f'{G}extends = "y"\n[generators.y]\nextends = "z"\n[generators.z]\nextends = "y"\n',
        "plugins.toml: [generators.z] extends in a circle: y -> z -> y; one of them has to name a plugin",
    ),
    "extends another plugin": (
        f'{G}extends = "y"\nplugin = "late"\n[generators.y]\nplugin = "good"\n',
        'plugins.toml: [generators.x] plugin = "late" differs from "good" of [generators.y], which it '
        "extends; remove one of the two keys",
    ),
    # the plugin
    "unknown plugin": (
        f'{G}plugin = "neddy"\n',
        'plugins.toml: [generators.x] plugin: unknown generator "neddy" (did you mean "needy"? '
        f"available: {GENERATORS})",
    ),
    "broken plugin": (
        f'{G}plugin = "assertion"\n',
        'plugins.toml: [generators.x] plugin: generator "assertion" (gs-assertion 0.4) is broken: '
        "AssertionError: sums (plugin.py, line 1); fix: pip install --upgrade gs-assertion, or tell its "
        "authors",
    ),
    # its configuration
    "unknown key": (
        f"{P}setps = 3\n",
        f'plugins.toml: [generators.x] unknown key setps (did you mean "steps"? allowed: {FIELDS})',
    ),
    "secret": (
        f'{P}api_key = "sk-secret"\n',
        f"plugins.toml: [generators.x] unknown key api_key (allowed: {FIELDS}), and secrets do not belong "
        "here: the adapter reads them from the environment",
    ),
    "unknown nested key": (
        f"{P}size = {{ widht = 3 }}\n",
        'plugins.toml: [generators.x] unknown key size.widht (did you mean "width"? allowed: width, height)',
    ),
    "literal": (
        f'{P}model = "smal"\n',
        'plugins.toml: [generators.x] model = "smal" is not allowed (did you mean "small"? '
        'allowed: "small", "large")',
    ),
    "enum": (
        f'{P}style = "cartoon"\n',
        'plugins.toml: [generators.x] style = "cartoon" is not allowed (allowed: "photo", "drawing")',
    ),
    "type": (
        f'{P}steps = "many"\n',
        'plugins.toml: [generators.x] steps = "many" is wrong: input should be a valid integer, unable to '
        "parse string as an integer",
    ),
    "range": (
        f"{P}size.height = 0\n",
        "plugins.toml: [generators.x] size.height = 0 is wrong: input should be greater than or equal to 1",
    ),
    "union": (
        f'{P}guidance = "high"\n',
        'plugins.toml: [generators.x] guidance = "high" is wrong: input should be a valid number, unable to '
        'parse string as a number, or is not allowed (allowed: "auto")',
    ),
    "validator": (
        f'{P}negative = ["blur", " "]\n',
        'plugins.toml: [generators.x] negative = ["blur", " "] is wrong: a word is empty',
    ),
    "missing": (
        f'{G}plugin = "needy"\n',
        "plugins.toml: [generators.x] lacks the required key endpoint",
    ),
    "several": (
        f'{P}steps = 0\nmodel = "smal"\ncolour = 1\n',
        'plugins.toml: [generators.x] model = "smal" is not allowed (did you mean "small"? allowed: "small", '
        '"large"); steps = 0 is wrong: input should be greater than or equal to 1; unknown key colour '
        f"(allowed: {FIELDS})",
    ),
    "inherited": (
        f'{G}extends = "y"\nmodel = "smal"\n[generators.y]\nplugin = "good"\nsteps = 0\n',
        'plugins.toml: [generators.x] model = "smal" is not allowed (did you mean "small"? allowed: "small", '
        '"large"); plugins.toml: [generators.y] steps = 0 is wrong: input should be greater than or equal '
        "to 1",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_told_in_one_line(only_site: Path, case: str) -> None:
    text, expected = WRONG[case]
    write(text)
    assert message("generators", "x") == expected


def test_a_value_under_a_secrets_name_is_never_repeated() -> None:
    from genspace_core.interfaces import PluginConfig
    from genspace_core.plugins.problems import explain

    class Config(PluginConfig):
        token: int = 1

    with pytest.raises(ValueError, match="token") as caught:
        Config.model_validate({"token": "sk-secret"})
    told = explain(caught.value, Config, {"token": "sk-secret"}, "here", {})  # type: ignore[arg-type]
    assert told.startswith("here token = (hidden) is wrong: ")
    assert "sk-secret" not in told


def test_files_that_cannot_be_read(only_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert message("generators", "x", plugins_file="no.toml") == "no.toml: no such file (--plugins)"
    assert message("generators", "x", plugins_file=".") == ".: is a folder, not a file (--plugins)"
    monkeypatch.setenv("GENSPACE_PLUGINS", "/no/where.toml")
    assert message("generators", "x") == "/no/where.toml: no such file ($GENSPACE_PLUGINS)"
    Path("latin.toml").write_bytes(b'a = "\xe9"')
    assert message("generators", "x", plugins_file="latin.toml") == (
        "latin.toml: not UTF-8 text (byte 5); save it as UTF-8"
    )


def test_unknown_names_look_among_tables_and_plugins(only_site: Path) -> None:
    write('[metrics.spatial-strict]\nplugin = "spatial"\n')
    assert message("metrics", "spatial-strct") == (
        'unknown metric "spatial-strct" (did you mean "spatial-strict"? available: spatial-strict, '
        "wrong-interface)"
    )
    with pytest.raises(PluginError):
        named("metric")


def test_a_bare_plugin_that_needs_more_says_so(only_site: Path) -> None:
    assert message("generators", "needy") == (
        "generator needy (not in plugins.toml) lacks the required key endpoint"
    )
    assert message("generators", "good", overrides={"steps": 0}) == (
        "generator good, given option steps = 0 is wrong: input should be greater than or equal to 1"
    )

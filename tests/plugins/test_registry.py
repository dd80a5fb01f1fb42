"""Discovery and loading, against packages that were really installed."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest

from genspace_core.errors import Fatal, PluginError
from genspace_core.interfaces import Generator, PluginConfig, PluginSpec
from genspace_core.plugins.fixes import InvalidPluginError
from genspace_core.plugins.groups import GROUPS
from genspace_core.plugins.registry import (
    _checked,
    build,
    check_plugins,
    list_plugins,
    load_plugin,
    unknown_text,
)
from tests.plugins.conftest import Python
from tests.plugins.packages import GENERATORS

LIST = """
import json, sys
from genspace_core.plugins.registry import list_plugins
rows = list_plugins("generators")
loaded = [m for m in sys.modules if m.partition(".")[0] in
          ("numpy", "pydantic", "torch", "rich", "stevedore") or m.startswith("gs_")]
rows = [[r.name, r.distribution, r.version, r.value, r.status] for r in rows]
print(json.dumps({"rows": rows, "loaded": loaded}))
"""


def test_nine_groups_with_their_interfaces() -> None:
    assert [g.entry_points for g in GROUPS.values()] == [
        "genspace.generators",
        "genspace.reconstructors",
        "genspace.detectors",
        "genspace.depth_estimators",
        "genspace.camera_calibrators",
        "genspace.orientation_estimators",
        "genspace.metrics",
        "genspace.executors",
        "genspace.suites",
    ]
    assert all(g.interface_path.endswith(f":{g.interface().__name__}") for g in GROUPS.values())


def test_listing_reads_metadata_and_imports_nothing(python: Python) -> None:
    done = python(LIST)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["loaded"] == []
    rows = [row for row in told["rows"] if row[1].startswith("gs-")]
    assert ["good", "gs-good", "1.2.0", "gs_good.plugin:SPEC", "installed"] in rows
    assert ["exit", "gs-exit", "0.5", "gs_exit.plugin:SPEC", "installed"] in rows
    assert [row for row in rows if row[4] == "duplicate"] == [
        ["twin", "gs-twin-a", "1.0", "gs_twin_a.plugin:SPEC", "duplicate"],
        ["twin", "gs-twin-b", "2.0", "gs_twin_b.plugin:SPEC", "duplicate"],
    ]


def test_a_package_found_twice_is_no_duplicate_and_the_first_counts(
    site: Path, tmp_path: Path, python: Python
) -> None:
    older = tmp_path / "older"
    shutil.copytree(site / "gs_good-1.2.0.dist-info", older / "gs_good-1.1.0.dist-info")
    metadata = older / "gs_good-1.1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.2.0", "Version: 1.1.0"))
    for paths, version in (((site, older), "1.2.0"), ((older, site), "1.1.0")):
        rows = json.loads(python(LIST, paths=paths).stdout)["rows"]
        assert [row[2:] for row in rows if row[0] == "good"] == [
            [version, "gs_good.plugin:SPEC", "installed"]
        ]


def test_damaged_metadata_are_a_row(tmp_path: Path, python: Python) -> None:
    bad = tmp_path / "bad"
    for name, metadata, points in (
        (
            "gs_torn",
            "Metadata-Version: 2.1\nName: gs-torn\nVersion: 1\n",
            "[genspace.generators]\nno equals sign\n",
        ),
        ("gs_nameless", None, "[genspace.generators]\nnameless = gs_nameless:SPEC\n"),
    ):
        info = bad / f"{name}-1.dist-info"
        info.mkdir(parents=True)
        (info / "entry_points.txt").write_text(points)
        if metadata is not None:
            (info / "METADATA").write_text(metadata)
    foreign = bad / "foreign-1.dist-info"
    foreign.mkdir()
    (foreign / "entry_points.txt").write_bytes(b"[genspace.generators]\n\xe9 = a:b\n")
    done = python(LIST, paths=(bad,))
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row[1:3] + row[4:] for row in rows if row[1] == "gs-torn"] == [["gs-torn", "1", "broken"]]
    assert [row[1:] for row in rows if row[0] == "nameless"] == [
        ["(damaged package)", "", "gs_nameless:SPEC", "installed"]
    ]


def test_check_tells_each_cause(only_site: Path) -> None:
    told = {row.name: (row.status, row.cause, row.fix) for row in check_plugins()}
    assert told == {
        "good": ("ok", None, None),
        "needy": ("ok", None, None),
        "late": ("ok", None, None),
        "nowhere": ("ok", None, None),
        "fails": ("ok", None, None),
        "returns-str": ("ok", None, None),
        "twin": (
            "duplicate",
            "gs-twin-a 1.0 brings this name too",
            "pip uninstall gs-twin-a, or pip uninstall gs-twin-b",
        ),
        "twin-a-other": ("ok", None, None),
        "twin-b-other": ("ok", None, None),
        "import-error": (
            "broken",
            "ModuleNotFoundError: No module named 'gs_vendor_sdk'",
            'pip install "gs-vendor-sdk>=2.1"',
        ),
        "undeclared": ("broken", "ModuleNotFoundError: No module named 'cv3'", "pip install cv3"),
        "gone": (
            "broken",
            "ModuleNotFoundError: No module named 'gs_gone.plugin'",
            "pip install --force-reinstall --no-deps gs-gone",
        ),
        "assertion": (
            "broken",
            "AssertionError: sums (plugin.py, line 1)",
            "pip install --upgrade gs-assertion, or tell its authors",
        ),
        "exit": (
            "broken",
            "SystemExit: it called sys.exit(3) while being imported (plugin.py, line 3)",
            "pip install --upgrade gs-exit, or tell its authors",
        ),
        "raises": (
            "broken",
            "ValueError: two lines (plugin.py, line 2)",
            "pip install --upgrade gs-raises, or tell its authors",
        ),
        "wrong-type": (
            "broken",
            "its entry point names a dict, not a PluginSpec",
            "pip install --upgrade gs-wrong-type, or tell its authors",
        ),
        "wrong-interface": (
            "broken",
            "its interface is Generator, but genspace.metrics holds Metrics",
            "pip install --upgrade gs-wrong-type, or tell its authors",
        ),
    }


def test_a_good_one_loads_and_builds(only_site: Path) -> None:
    row, spec = load_plugin("generators", "good")
    assert isinstance(spec, PluginSpec)
    assert spec.interface is Generator
    assert isinstance(build(spec, spec.config()), Generator)
    assert row.package == "gs-good 1.2.0"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "import-error",
            'generator "import-error" (gs-import-error 0.3) is broken: ModuleNotFoundError: No module named '
            "'gs_vendor_sdk'; fix: pip install \"gs-vendor-sdk>=2.1\"",
        ),
        (
            "assertion",
            'generator "assertion" (gs-assertion 0.4) is broken: AssertionError: sums (plugin.py, line 1); '
            "fix: pip install --upgrade gs-assertion, or tell its authors",
        ),
        (
            "exit",
            'generator "exit" (gs-exit 0.5) is broken: SystemExit: it called sys.exit(3) while being '
            "imported (plugin.py, line 3); fix: pip install --upgrade gs-exit, or tell its authors",
        ),
        (
            "wrong-type",
            'generator "wrong-type" (gs-wrong-type 0.7) is broken: its entry point names a dict, '
            "not a PluginSpec; fix: pip install --upgrade gs-wrong-type, or tell its authors",
        ),
        (
            "twin",
            'generator "twin" comes from 2 packages, gs-twin-a 1.0 and gs-twin-b 2.0; uninstall the one you '
            "do not want: pip uninstall gs-twin-a, or pip uninstall gs-twin-b",
        ),
        (
            "godo",
            f'unknown generator "godo" (did you mean "good"? available: {GENERATORS})',
        ),
    ],
)
def test_asking_for_a_bad_one_names_cause_and_fix(
    only_site: Path, name: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(PluginError) as caught:
        load_plugin("generators", name)
    assert str(caught.value) == message
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]


@pytest.mark.parametrize(
    ("group", "name", "hint"),
    [
        ("generators", "flux-schnell", "pip install genspace-adapter-flux"),
        ("generators", "gpt-image-1", "pip install genspace-adapter-openai"),
        ("generators", "SDXL", "pip install genspace-adapter-diffusers"),
        ("reconstructors", "fiducial", "pip install genspace-adapter-blockworld"),
        ("depth_estimators", "depth_anything_v3", "pip install genspace-adapter-depth"),
        ("orientation_estimators", "orient-anything", "pip install genspace-adapter-orientation"),
    ],
)
def test_unknown_names_of_known_families_say_what_to_install(
    only_site: Path, group: str, name: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genspace_core.plugins.registry._is_installed", lambda package: False)
    with pytest.raises(PluginError) as caught:
        load_plugin(group, name)
    assert f"; to install it: {hint} (available: " in str(caught.value)


def test_of_many_names_the_closest_is_said() -> None:
    names = [f"model-{i}" for i in range(40)]
    assert unknown_text("generator", "gpt-image-2x", [*names, "gpt-image-2"]) == (
        'unknown generator "gpt-image-2x" (did you mean "gpt-image-2"? genspace plugins lists all 41)'
    )


def test_unknown_group(only_site: Path) -> None:
    with pytest.raises(PluginError, match=r'unknown plugin group "generator" \(did you mean "generators"\?'):
        list_plugins("generator")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "late",
            'generator "late" (gs-good 1.2.0) cannot start: ModuleNotFoundError: No module named '
            "'gs_heavy_vision'; fix: pip install \"gs-good[local]\"",
        ),
        (
            "nowhere",
            'generator "nowhere" (gs-good 1.2.0) cannot start: ModuleNotFoundError: No module named '
            "'gs_good.heavier'; fix: pip install --force-reinstall --no-deps gs-good",
        ),
        (
            "fails",
            'generator "fails" (gs-good 1.2.0) cannot start: RuntimeError: no weights at all '
            "(plugin.py, line 53); fix: pip install --upgrade gs-good, or tell its authors",
        ),
        (
            "returns-str",
            'generator "returns-str" (gs-good 1.2.0) is broken: its factory returned str, not a Generator; '
            "tell its authors",
        ),
    ],
)
def test_a_factory_that_fails_names_cause_and_fix(only_site: Path, name: str, message: str) -> None:
    row, spec = load_plugin("generators", name)
    with pytest.raises(PluginError) as caught:
        build(spec, spec.config(), row)
    assert str(caught.value) == message


def test_what_a_factory_raises_on_purpose_comes_through() -> None:
    def no_key(config: PluginConfig) -> Generator:
        raise Fatal("set VENDOR_API_KEY")

    with pytest.raises(Fatal, match="set VENDOR_API_KEY"):
        build(PluginSpec(interface=Generator, factory=no_key), PluginConfig())


def test_a_missing_key_is_named_and_a_present_one_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VENDOR_API_KEY", raising=False)
    monkeypatch.setenv("OTHER_API_KEY", "sk-very-secret")

    def no_key(config: PluginConfig) -> Generator:
        raise KeyError("VENDOR_API_KEY")

    def refused(config: PluginConfig) -> Generator:
        raise ValueError("key sk-very-secret refused")

    def invalid(config: PluginConfig) -> Generator:
        class Settings(PluginConfig):
            port: int

        Settings.model_validate({"port": "sk-very-secret"})
        raise AssertionError

    told = []
    for factory in (no_key, refused, invalid):
        with pytest.raises(PluginError) as caught:
            build(PluginSpec(interface=Generator, factory=factory), PluginConfig())
        told.append(str(caught.value))
    assert told[0].endswith("; fix: set VENDOR_API_KEY in the environment")
    assert "ValueError: key (value of OTHER_API_KEY) refused" in told[1]
    assert "ValidationError: port: Input should be a valid integer" in told[2]
    assert "very-secret" not in "".join(told)


def test_a_config_cannot_take_the_keys_of_plugins_toml() -> None:
    class Greedy(PluginConfig):
        extends: str = ""

    with pytest.raises(InvalidPluginError, match="its config has a key extends"):
        _checked(PluginSpec(interface=Generator, factory="a:b", config=Greedy), GROUPS["generators"])


def test_ctrl_c_during_an_import_is_ctrl_c(only_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(found: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("genspace_core.plugins.registry._import", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check_plugins("generators")
    with pytest.raises(KeyboardInterrupt):
        load_plugin("generators", "good")


def test_the_page_lists_the_nine_groups() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line[:3] == "| `"
    ]
    told = [[g.name, g.entry_points, g.interface().__name__] for g in GROUPS.values()]
    assert rows[: len(GROUPS)] == told

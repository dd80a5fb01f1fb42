"""Throw-away plugin packages, as data: what each brings and how it misbehaves."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

GOOD = """
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from genspace_core.interfaces import (
    Capabilities, GeneratedImage, GenerationRequest, Generator, NotIdentity, PluginConfig, PluginSpec,
    Weights,
)


class Style(StrEnum):
    PHOTO = "photo"
    DRAWING = "drawing"


class Size(PluginConfig):
    width: int = Field(512, ge=1, description="Pixels.")
    height: int = Field(512, ge=1, description="Pixels.")


class GoodConfig(PluginConfig):
    model: Literal["small", "large"] = Field("small", description="Which weights.")
    steps: int = Field(4, ge=1, le=100, description="Denoising steps.")
    guidance: float | Literal["auto"] = Field("auto", description="Guidance scale.")
    style: Style = Field(Style.PHOTO, description="What it looks like.")
    size: Size = Field(Size(), description="Of the picture.")
    negative: tuple[str, ...] = Field((), description="What to avoid.")
    device: Annotated[str, NotIdentity()] = Field("cpu", description="Where it runs.")

    @field_validator("negative")
    @classmethod
    def _no_blanks(cls, value):
        if any(not word.strip() for word in value):
            raise ValueError("a word is empty")
        return value


class NeedyConfig(PluginConfig):
    endpoint: str = Field(description="Where the server is.")


class Good(Generator):
    def __init__(self, config):
        self.config = config

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        return GeneratedImage(data=b"")


def _fails(config):
    raise RuntimeError("no weights\\nat all")


SPEC = PluginSpec(
    interface=Generator, factory=Good, config=GoodConfig, version="3", summary="Draws nothing.",
    capabilities=Capabilities(
        tasks=frozenset({"t2i", "edit"}), seeds=False, max_batch=8, max_concurrency=2, network=True,
        gpu="optional", price=0.04,
        weights=(Weights(name="org/good", revision="abc123", licence="MIT", size=660_000_000),),
    ),
)
NEEDY = PluginSpec(interface=Generator, factory=Good, config=NeedyConfig)
LATE = PluginSpec(interface=Generator, factory="gs_good.heavy:build", config=GoodConfig)
NOWHERE = PluginSpec(interface=Generator, factory="gs_good.heavier:build", config=GoodConfig)
FAILS = PluginSpec(interface=Generator, factory=_fails)
RETURNS_STR = PluginSpec(interface=Generator, factory=lambda config: "a picture")
"""


@dataclass(frozen=True)
class Package:
    """A distribution: the name of its module is its own with underscores."""

    name: str
    version: str
    source: str
    entry_points: dict[str, dict[str, str]]
    requires: tuple[str, ...] = ()
    extras: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    def write(self, folder: Path) -> Path:
        """Write its source tree and return it."""
        root = folder / self.name
        package = root / self.module
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(self.source)
        for name, text in self.files.items():
            (package / name).write_text(text)
        lines = [
            "[build-system]",
            'requires = ["hatchling"]',
            'build-backend = "hatchling.build"',
            "[project]",
            f'name = "{self.name}"',
            f'version = "{self.version}"',
            f"dependencies = {list(self.requires)!r}",
            "[project.optional-dependencies]",
            *(f"{extra} = {wanted!r}" for extra, wanted in self.extras.items()),
        ]
        for group, points in self.entry_points.items():
            lines.append(f'[project.entry-points."genspace.{group}"]')
            lines += [f'{name} = "{self.module}.plugin:{target}"' for name, target in points.items()]
        (root / "pyproject.toml").write_text("\n".join(lines) + "\n")
        return root


def _twin(letter: str) -> Package:
    # A second plugin in each, named to come after, keeps the two twins apart in any order.
    return Package(
        f"gs-twin-{letter}",
        f"{ord(letter) - 96}.0",
        "from gs_good.plugin import SPEC",
        {"generators": {"twin": "SPEC", f"twin-{letter}-other": "SPEC"}},
    )


PACKAGES = (
    Package(
        "gs-good",
        "1.2.0",
        GOOD,
        {
            "generators": {
                "good": "SPEC",
                "needy": "NEEDY",
                "late": "LATE",
                "nowhere": "NOWHERE",
                "fails": "FAILS",
                "returns-str": "RETURNS_STR",
            }
        },
        extras={"local": ["gs-heavy-vision>=2"]},
        files={"heavy.py": "import gs_heavy_vision"},
    ),
    Package(
        "gs-import-error",
        "0.3",
        "import gs_vendor_sdk",
        {"generators": {"import-error": "SPEC"}},
        requires=("gs-vendor-sdk >=2.1; python_version > '3'",),
    ),
    Package("gs-undeclared", "0.1", "import cv3.imaging", {"generators": {"undeclared": "SPEC"}}),
    Package("gs-gone", "0.1", "", {"generators": {"gone": "SPEC"}}),
    Package("gs-assertion", "0.4", "assert 1 + 1 == 3, 'sums'", {"generators": {"assertion": "SPEC"}}),
    Package("gs-exit", "0.5", "import sys\n\nsys.exit(3)", {"generators": {"exit": "SPEC"}}),
    Package(
        "gs-raises",
        "0.6",
        "print('hello from an import')\nraise ValueError('two\\nlines')",
        {"generators": {"raises": "SPEC"}},
    ),
    Package(
        "gs-wrong-type",
        "0.7",
        "from gs_good.plugin import SPEC\n\nDICT = {}",
        {"generators": {"wrong-type": "DICT"}, "metrics": {"wrong-interface": "SPEC"}},
    ),
    _twin("a"),
    _twin("b"),
)


GENERATORS = ", ".join(sorted({name for p in PACKAGES for name in p.entry_points["generators"]}))
"""As an error text lists them."""


def install(target: Path, scratch: Path) -> None:
    """Install all of them as pip installs any package, into a folder of their own."""
    roots = [str(package.write(scratch)) for package in PACKAGES]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    pip += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*pip, *roots], check=True, capture_output=True, text=True)
    # One has lost its files since, as after a half-finished upgrade.
    (target / "gs_gone" / "plugin.py").unlink()

"""What went wrong with a plugin, in one line, and the command that mends it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from genspace_core.plugins.wording import one_line, without_secrets

PIP_NAMES = {
    "PIL": "pillow",
    "attr": "attrs",
    "cv2": "opencv-python-headless",
    "google.genai": "google-genai",
    "google.cloud": "google-cloud",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Modules whose package on PyPI has another name."""


class InvalidPluginError(Exception):
    """What an entry point names could be imported but is not a proper plugin."""


@dataclass(frozen=True, slots=True)
class Family:
    """An adapter package of this project and how the names of what it brings begin."""

    name: str
    begins: tuple[str, ...]

    @property
    def package(self) -> str:
        """Its distribution."""
        return f"genspace-adapter-{self.name}"


FAMILIES = (
    Family("blockworld", ("blockworld", "fiducial")),
    Family("diffusers", ("diffusers", "sd", "sd3", "sdxl", "stable-diffusion")),
    Family("flux", ("flux", "flux1", "flux2")),
    Family("editing", ("editing", "edit", "instruct-pix2pix", "kontext")),
    Family("openai", ("openai", "gpt", "dall-e", "dalle")),
    Family("google", ("google", "gemini", "imagen")),
    Family("http", ("http", "rest")),
    Family("judge", ("judge", "vlm")),
    Family("detection", ("detection", "grounding-dino", "groundingdino", "owl", "owlv2", "sam", "sam2")),
    Family("depth", ("depth", "unidepth", "moge", "metric3d", "depth-anything")),
    Family("camera", ("camera", "geocalib", "perspective-fields")),
    Family("orientation", ("orientation", "orient", "orient-anything")),
)
"""Consulted when a name is unknown, to say what to install."""


def family_hint(name: str) -> str:
    """The `pip install ...` of the adapter family a name seems to belong to, or ""."""
    wanted = re.sub(r"[\s_.]+", "-", name.lower())
    matches = [
        (len(begin), family)
        for family in FAMILIES
        for begin in family.begins
        if wanted == begin or wanted.startswith(f"{begin}-")
    ]
    return f"pip install {max(matches, key=lambda m: m[0])[1].package}" if matches else ""


def cause_of(error: BaseException) -> str:
    """An exception in one line; where it was raised when its text alone would not tell."""
    if isinstance(error, SystemExit):
        return f"SystemExit: it called sys.exit({error.code!r}) while being imported{_place(error)}"
    text = one_line(without_secrets(_text(error)))
    if isinstance(error, InvalidPluginError):
        return text
    if isinstance(error, ImportError) and text:
        return f"{type(error).__name__}: {text}"
    return f"{type(error).__name__}: {text}{_place(error)}" if text else type(error).__name__ + _place(error)


def fix_for(error: BaseException, distribution: Distribution | None, module: str) -> str:
    """The command that most likely mends a plugin of `module` that failed with `error`."""
    package = name_of(distribution)
    missing = _missing_module(error)
    if missing is None:
        unset = _unset_variable(error)
        if unset is not None:
            return f"set {unset} in the environment"
        return f"pip install --upgrade {package}, or tell its authors" if package else "install it again"
    if missing.partition(".")[0] == module.partition(".")[0]:
        # The package's own files are not where its metadata says they are.
        return f"pip install --force-reinstall --no-deps {package}" if package else "install it again"
    return f"pip install {_requirement(_pip_name(missing), distribution)}"


def _requirement(wanted: str, distribution: Distribution | None) -> str:
    """What to install to have `wanted`: as the adapter declares it, by its extra if it is in one."""
    for requirement in (distribution.requires if distribution else None) or ():
        name = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
        if name is None or normalised(name[1]) != normalised(wanted):
            continue
        extra = re.search(r"""extra\s*==\s*['"]([^'"]+)['"]""", requirement)
        if extra is not None:
            return f'"{name_of(distribution)}[{extra[1]}]"'
        exact = requirement.partition(";")[0].replace(" ", "")
        return f'"{exact}"' if exact != name[1] else exact
    return wanted


def name_of(distribution: Distribution | None) -> str | None:
    """A distribution's name, None when its metadata are damaged."""
    if distribution is None:
        return None
    try:
        name = distribution.metadata["Name"]
    except Exception:  # a half-removed package raises whatever its missing files cause
        return None
    return str(name) if name else None


def normalised(name: str) -> str:
    """A package name in the form in which two spellings of one name are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(error: BaseException) -> str:
    # Pydantic quotes, shortened, the value it refuses; in an adapter that may well be its key.
    if type(error).__name__ == "ValidationError" and callable(findings := getattr(error, "errors", None)):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in findings())
    return str(error)


def _unset_variable(error: BaseException) -> str | None:
    """The key that an adapter or vendor's SDK says it misses: KeyError: 'VENDOR_API_KEY' and the like."""
    named = re.findall(r"\b[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET|PASSWORD)\b", str(error))
    return next((name for name in named if name not in os.environ), None)


def _missing_module(error: BaseException) -> str | None:
    return next((e.name for e in _chain(error) if isinstance(e, ModuleNotFoundError) and e.name), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    # Adapters may turn "no torch" into their own exception; the module is still what is missing.
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _pip_name(module: str) -> str:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        found = PIP_NAMES.get(".".join(parts[:length]))
        if found is not None:
            return found
    return parts[0].replace("_", "-")


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})"

"""What errors of depth cost: blockworld through the staged reconstructor, its depth exact and then less so.

Prints Markdown: for each model a table of scores by sub-domain, one row for each kind and size of error,
after a row of the fiducial reconstructor, which needs no depth. docs/closed_loop.md holds what it printed.

    python scripts/measure_depth_noise.py --per-template 10 --out /tmp/noise
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from genspace_core.suite.subdomains import SUB_DOMAINS

KINDS: Final = ("scale", "smooth", "pixel")
NOISES: Final = (0.02, 0.05, 0.10)


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to rebuild: `title` in the table, and the name and table of its reconstructor."""

    title: str
    reconstructor: str
    kind: str = ""
    noise: float = 0.0

    def tables(self) -> str:
        """Its part of a plugins.toml; nothing for a reconstructor that needs no configuration."""
        if not self.kind:
            return ""
        return (
            f'[depth_estimators.{self.reconstructor}]\nplugin = "blockworld"\n'
            f'noise = {self.noise}\nnoise_kind = "{self.kind}"\n\n'
            f'[reconstructors.{self.reconstructor}]\nplugin = "staged"\ndetector = "blockworld"\n'
            f'depth = "{self.reconstructor}"\ncamera = "blockworld"\norientation = "blockworld"\n'
            "keep = false\n\n"
        )


def conditions() -> Iterator[Condition]:
    """All that are compared, the best first."""
    yield Condition("fiducial", "fiducial")
    yield Condition("staged, exact depth", "exact", "smooth")
    for kind in KINDS:
        for noise in NOISES:
            percent = round(noise * 100)
            yield Condition(f"{kind}, {percent} %", f"{kind}-{percent}", kind, noise)


def run(condition: Condition, models: Sequence[str], per_template: int, out: Path) -> float:
    """Rebuild and score; pictures are made the first time only. Returns seconds."""
    words = [word for model in models for word in ("-g", model)]
    command = [sys.executable, "-m", "genspace_core", "run", *words, "-r", condition.reconstructor]
    options = ["--plugins", str(out / "plugins.toml"), "--per-template", str(per_template), "-o", str(out)]
    start = time.perf_counter()
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  (our own)
    return time.perf_counter() - start


def row(title: str, lines: Sequence[dict[str, Any]]) -> str:
    """One row of the table: mean scores in percent, and in how many pictures not every object was found."""
    values: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        if line["reconstruction"] != "ok":
            values[line["sub_domain"]].append(0.0)  # as everywhere: what is missing is not right
        elif not line["undecidable"]:
            values[line["sub_domain"]].append(line["value"])
    means = [fmean(values[each]) if values[each] else None for each in SUB_DOMAINS]
    told = [mean for mean in means if mean is not None]
    lost = sum(line["reconstruction"] != "ok" for line in lines)
    cells = ["-" if mean is None else f"{100 * mean:.1f}" for mean in (*means, fmean(told))]
    return f"| {title} | {' | '.join(cells)} | {lost} |"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--per-template", type=int, default=10, help="samples of each of the 36 questions")
    parser.add_argument("--models", nargs="+", default=["perfect", "egocentric"])
    parser.add_argument(
        "--out", type=Path, help="folder for the runs, to resume; default: one that is removed"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = arguments.out or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        (out / "plugins.toml").write_text("".join(each.tables() for each in conditions()), "utf-8")
        rows: dict[str, list[str]] = {model: [] for model in arguments.models}
        for condition in conditions():
            seconds = run(condition, arguments.models, arguments.per_template, out)
            print(f"{condition.title}: {seconds:.0f} s", file=sys.stderr)
            for model, made in rows.items():
                text = (out / model / "scores.jsonl").read_text("utf-8")
                made.append(row(condition.title, [json.loads(line) for line in text.splitlines()]))
        names = list(SUB_DOMAINS)
        for model, made in rows.items():
            print(f"\n`{model}`, {36 * arguments.per_template} pictures, scores in percent:\n")
            print(f"| depth | {' | '.join(names)} | mean | not found |")
            print("|---|" + "--:|" * (len(names) + 2))
            print("\n".join(made))


if __name__ == "__main__":
    main()

"""The tables of an ablation: they fit 100 columns and say what was left out."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from rich.console import Console

from genspace_core.analysis.ablation import compare
from genspace_core.analysis.leaderboard import Part, Setup
from genspace_core.analysis.pairing import PairedRun
from genspace_core.report.ablation import AblationReport, VariantReport
from genspace_core.report.ablation_terminal import print_ablation
from genspace_core.run.ablate import Work
from genspace_core.run.judge_flow import Troubles
from tests.analysis.fakes import METRIC, sample, scored, undecidable

SETUP = Setup(
    suite="genspace-t2i 1", suite_digest="d" * 64, reconstructor=Part("open", "1"), metric=Part(METRIC, "1")
)
WORK = Work(
    rebuilt=100,
    there=44,
    sources=0,
    troubles=Troubles(count=3),
    computed={"detector": 0, "depth": 1800, "camera": 1800, "orientation": 0},
    kept={"detector": 1800, "depth": 0, "camera": 0, "orientation": 1800},
)


def report(names: list[str], *, change=lambda value: 1 - value, variants: int = 2) -> AblationReport:
    chance = random.Random(0)
    samples = [sample(t, n) for t in range(36) for n in range(2)]
    shown = []
    for number in range(variants):
        runs = []
        for name in names:
            base = [scored(s.template, i % 2, chance.random()) for i, s in enumerate(samples)]
            variant = [
                replace(r, scores={METRIC: replace(r.scores[METRIC], value=change(r.scores[METRIC].value))})
                for r in base
            ]
            variant[0] = undecidable(0, 0)
            runs.append(PairedRun(name, name, samples, base, variant, METRIC))
        compared = compare(f"depth=depth-anything-v2-metric-indoor-{number}", samples, runs)
        shown.append(
            VariantReport(instead_of="depth=zoedepth", comparison=compared, work=(WORK,) * len(names))
        )
    return AblationReport(setup=SETUP, variants=tuple(shown))


def printed(told: AblationReport, width: int = 100) -> list[str]:
    console = Console(width=width, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as capture:
        print_ablation(told, console)
    return capture.get().splitlines()


@pytest.mark.parametrize(
    "names", [["flux"], ["flux", "sdxl"], [f"a-model-of-some-name-{i}" for i in range(12)]]
)
@pytest.mark.parametrize("change", [lambda v: 1 - v, lambda v: 0.0])
def test_tables_fit_100_columns_whole(names: list[str], change) -> None:
    lines = printed(report(names, change=change))
    assert max(map(len, lines)) <= 100
    assert "…" not in "".join(lines)


def test_one_run_is_told_of_pictures_and_several_of_generators() -> None:
    one, two = (" ".join(printed(report(names))) for names in (["flux"], ["flux", "sdxl"]))
    assert "picture tau" in one
    assert "generator tau" not in one
    assert "generator tau" in two
    assert "picture tau" not in two


def test_what_was_left_out_is_said() -> None:
    text = " ".join(" ".join(printed(report(["flux"], variants=1))).split())
    assert "flux: of 72 pictures, agreement leaves out 1 undecidable under base or variant." in text


def test_markup_in_names_is_shown_as_it_is() -> None:
    text = "".join(printed(report(["[red]flux", "b"]), 200))
    assert "[red]flux" in text


def test_work_is_summed_over_the_runs() -> None:
    (line,) = [
        " ".join(each.split()) for each in printed(report(["a", "b"], variants=1), 140) if "3600" in each
    ]
    assert line.endswith("200 88 6 0 / 3600 3600 / 0 3600 / 0 0 / 3600")

"""The tables are whole, and say the same as the documentation."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import genspace_metrics
from genspace_core.errors import InputError
from genspace_core.interfaces import Metric, PluginConfig
from genspace_metrics import load_table
from genspace_metrics.document import renewed
from genspace_metrics.plugin import PAPER, SPATIAL
from genspace_metrics.shapes import Band, Below
from tests.metrics.worlds import Box, judge, sample

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
MODULES = sorted(path.stem for path in Path(genspace_metrics.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", ["paper", "spatial"])
def test_both_tasks_have_36_templates(name: str) -> None:
    found = [(template.task, template.number) for template in load_table(name).templates]
    assert found == [(task, number) for task in ("t2i", "edit") for number in range(36)]


def test_both_tables_ask_the_same() -> None:
    paper, spatial = load_table("paper").templates, load_table("spatial").templates
    for published, mended in zip(paper, spatial, strict=True):
        assert (mended.asks, set(mended.by_count), mended.compares) == (
            published.asks,
            set(published.by_count),
            published.compares,
        )
        asked = [
            {each.asked for each in template.constraints if each.asked} for template in (published, mended)
        ]
        assert asked[0] == asked[1]


def test_spatial_keeps_no_fault() -> None:
    shapes = [each.shape for template in load_table("spatial").templates for each in template.constraints]
    assert not any(isinstance(shape, Band) for shape in shapes)
    assert not any(shape.punished for shape in shapes if isinstance(shape, Below))


def test_the_documentation_shows_the_tables() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert renewed(text) == text, "run: python -m genspace_metrics.document docs/metrics.md"


@pytest.mark.parametrize("spec", [PAPER, SPATIAL])
def test_the_plugins_build_metrics(spec) -> None:
    module, _, function = spec.factory.partition(":")
    metric = getattr(import_module(module), function)(PluginConfig())
    assert isinstance(metric, Metric)
    assert metric.table.version == spec.version


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module: str) -> None:
    name = "genspace_metrics" if module == "__init__" else f"genspace_metrics.{module}"
    result = doctest.testmod(import_module(name))
    assert result.failed == 0


def test_examples_are_run() -> None:
    assert doctest.testmod(genspace_metrics).attempted > 0


@pytest.mark.parametrize(
    ("task", "objects", "message"),
    [
        ("t2i/36", 1, "unknown template t2i/36; use t2i/0 to t2i/35 or edit/0 to edit/35"),
        ("t2i/8", 1, "template t2i/8 takes 2 objects, not 1; give them in order A, B, C"),
        ("edit/0", 2, "template edit/0 takes 1 object, not 2; give them in order A, B, C"),
        ("edit/33", 1, "template edit/33 takes 2 or 3 objects, not 1; give them in order A, B, C"),
    ],
)
def test_a_sample_that_fits_no_template(task: str, objects: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        load_table("spatial").find(sample(task, objects))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("metric", "task", "targets"),
    [
        ("paper", "t2i/20", {"distance": 0.0}),
        ("spatial", "t2i/20", {"distance": -1.0}),
        ("spatial", "t2i/28", {"volume_ratio": 1.0}),
    ],
)
def test_an_amount_that_cannot_be_asked_for(metric: str, task: str, targets: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must exceed"):
        judge(metric, task, [Box(0, 3), Box(1, 3)], **targets)

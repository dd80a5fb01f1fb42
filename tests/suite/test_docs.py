"""The tables of docs/suite.md and docs/editing.md equal the data. Run this file to write them anew."""

from pathlib import Path

import pytest

from genspace_core.suite.build import build_t2i
from genspace_core.suite.build_edit import build_edit, build_edit_questions
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.rules import (
    CHANGE,
    CLEARANCE,
    COMPANION_FACTOR,
    FARTHEST_PAIR,
    LENS,
    PAIR_FACTOR,
    SMALLEST_IN_FRAME,
)
from genspace_core.suite.stats import count_templates
from genspace_core.suite.templates import load_templates

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "suite.md"
BEGIN = "<!-- table: begin (generated; python tests/suite/test_docs.py writes it, the tests compare it) -->\n"
END = "<!-- table: end -->"
EXAMPLE_SLOT = 11  # the dog's, where a dog can be asked


def table():
    samples = {s.id: s for s in build_t2i()}
    rows = ["| # | sub-domain | rule | A | B | stand-ins | example |", "|---|---|---|---|---|---|---|"]
    for template, count in zip(load_templates("t2i"), count_templates(build_t2i()), strict=True):
        example = samples[f"t2i/{template.number}/{EXAMPLE_SLOT:02d}"].prompt
        rows.append(
            f"| {template.number} | {template.sub_domain} | {template.rule} | {count.distinct_a} "
            f"| {count.distinct_b or '-'} | {count.stand_ins} | {example} |"
        )
    return "\n".join(rows) + "\n"


def edit_table():
    by_id = {q.sample.id: q for q in build_edit_questions()}
    rows = [
        "| # | sub-domain | A | stand-ins | the source shows | the instruction |",
        "|---|---|---|---|---|---|",
    ]
    for template, count in zip(load_edit_templates(), count_templates(build_edit()), strict=True):
        question = by_id[f"edit/{template.number}/{EXAMPLE_SLOT:02d}"]
        rows.append(
            f"| {template.number} | {template.sub_domain} | {count.distinct_a} | {count.stand_ins} "
            f"| {question.source.prompt} | {question.sample.prompt} |"
        )
    return "\n".join(rows) + "\n"


TABLES = {"suite.md": table, "editing.md": edit_table}


@pytest.mark.parametrize("page", TABLES)
def test_the_page_shows_the_table_as_it_is(page):
    text = (DOCS / page).read_text("utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == TABLES[page]()


def test_the_editing_page_states_the_numbers_as_they_are():
    from genspace_core.run.sources import MOST_DONE_ALREADY
    from genspace_core.suite.room import GAP, NEAREST

    page = (DOCS / "editing.md").read_text("utf-8")
    for phrase in (
        f"at most {COMPANION_FACTOR:g} times larger or smaller",
        f"{NEAREST:g} m before the camera",
        f"{100 * GAP:g} cm from A",
        f"more than {100 * MOST_DONE_ALREADY:g} %",
    ):
        assert phrase in page


def test_the_page_states_the_numbers_as_they_are():
    page = PAGE.read_text("utf-8")
    for phrase in (
        f"<= {CLEARANCE:g} x the *level* distance",
        f"d <= {FARTHEST_PAIR:g} x the largest extent",
        f"largest extent <= {CLEARANCE:g} d",
        f"fits a {LENS:g} degree lens",
        f"largest extent >= d / {1 / SMALLEST_IN_FRAME:g}",
        f"{100 * CHANGE[0]:g} % to {100 * CHANGE[1]:g} %",
        f"at most {PAIR_FACTOR:g} times larger or smaller",
    ):
        assert phrase in page


if __name__ == "__main__":
    for name, make in TABLES.items():
        before, _, rest = (DOCS / name).read_text("utf-8").partition(BEGIN)
        (DOCS / name).write_text(before + BEGIN + make() + END + rest.partition(END)[2], "utf-8")

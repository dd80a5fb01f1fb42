"""The table of docs/suite.md equals the data. `python tests/suite/test_docs.py` writes it anew."""

from pathlib import Path

from genspace_core.suite.build import build_t2i
from genspace_core.suite.rules import (
    CHANGE,
    CLEARANCE,
    FARTHEST_PAIR,
    LENS,
    PAIR_FACTOR,
    SMALLEST_IN_FRAME,
)
from genspace_core.suite.stats import count_templates
from genspace_core.suite.templates import load_templates

PAGE = Path(__file__).parents[2] / "docs" / "suite.md"
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


def test_the_page_shows_the_table_as_it_is():
    page = PAGE.read_text("utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == table()


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
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2], "utf-8")

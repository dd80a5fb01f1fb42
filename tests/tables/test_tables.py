"""What every format of a table has in common."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from genspace_core.errors import InputError
from genspace_core.tables.opening import open_table, table_stem
from genspace_core.tables.showing import shown


def plant(path, columns, *rows):
    """A table of texts, in the format that its name says; an empty text is none."""
    if path.suffix == ".csv":
        path.write_text("".join(",".join(row) + "\n" for row in (columns, *rows)))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))
    else:
        import pyarrow
        from pyarrow import parquet

        arrays = [pyarrow.array([row[k] or None for row in rows]) for k in range(len(columns))]
        parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(columns)), path)
    return path


@pytest.mark.parametrize(
    ("name", "first", "unit"), [("a.csv", 2, "row"), ("a.jsonl", 1, "line"), ("a.parquet", 1, "row")]
)
def test_rows_are_counted_as_people_do(tmp_path, name, first, unit):
    table = open_table(plant(tmp_path / name, ("x", "Y"), ("1", "2"), ("3", "")))
    assert (table.columns, table.unit, table.header) == (("x", "Y"), unit, {})
    assert [(row.number, row.cells["x"], row.fault) for row in table.rows(["x"])] == [
        (first, "1", ""),
        (first + 1, "3", ""),
    ]
    assert not [row.cells["Y"] for row in table.rows(["Y"])][1]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_two_columns_of_one_name(tmp_path, name):
    path = plant(tmp_path / name, ("x", "y", "x"), ("1", "2", "3"))
    with pytest.raises(InputError, match='two columns are called "x"; give each its own name') as error:
        open_table(path, "theirs")
    assert str(error.value).startswith("theirs: ")


def test_a_first_line_that_is_no_row(tmp_path):
    path = plant(tmp_path / "a.jsonl", ("x", "y"), ("1", "2"), ("1", "4"))
    table = open_table(path, is_header=lambda first: first["x"] == "1")
    assert table.header == {"x": "1", "y": "2"}
    assert [(row.number, row.cells["y"]) for row in table.rows(["y"])] == [(2, "4")]
    assert (table.count, open_table(path).count) == (1, 2)


def test_a_line_that_cannot_be_read_is_a_fault_of_that_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('\ufeff{"x": 1}\n\n[\n{"x": 1, "x": 2}\n{"x": 4}\n', encoding="utf-8")
    rows = list(open_table(path).rows(["x"]))
    assert [row.number for row in rows] == [1, 3, 4, 5]
    assert [bool(row.fault) for row in rows] == [False, True, True, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [b"12345"]}, '{"a": ["(5 bytes)"]}'),
        ("\ud800", '"\\ud800"'),
        ("é", '"é"'),
        ("x" * 99, '"' + "x" * 56 + "..."),
        ({"a": {1: object}}, '{"a": {"1": "<class \'object\'>"}}'),
    ],
)
def test_values_are_shown_in_short(value, text):
    assert shown(value) == text


def test_a_value_of_any_depth_is_shown():
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert shown(deep).startswith("[[[")


def test_names_without_their_endings(tmp_path):
    stems = [table_stem(tmp_path / name) for name in ("a.jsonl.gz", "b.c.CSV", ".csv")]
    assert stems == ["a", "b.c", "suite"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_rows_are_not_held(tmp_path, name):
    path = plant(tmp_path / name, ("x", "y"), *[("a" * 500, "b" * 500)] * 20_000)
    tracemalloc.start()
    assert sum(1 for _ in open_table(path).rows(["x"])) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20

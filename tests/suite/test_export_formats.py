"""Whatever form a suite is exported in, importing it gives the same suite, pictures included."""

import csv
import tempfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from genspace_core.cli.suite import app
from genspace_core.errors import GenSpaceError, InputError
from genspace_core.suite.build import build_t2i
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.exchange.exporting import COLUMNS, export_suite
from genspace_core.suite.exchange.importing import import_suite, open_prompts
from genspace_core.suite.exchange.row_reader import Wanted
from genspace_core.suite.io import dump_suite, read_suite, write_suite
from genspace_core.suite.subdomains import sub_domain_of
from genspace_core.suite.templates import load_templates
from genspace_core.types import Sample

SUITE = build_t2i()
FORMATS = ("jsonl", "csv", "parquet")


def run(*args):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exit_code == 0, result.output
    return result.stdout


def failure(*args):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert isinstance(result.exception, GenSpaceError)
    return str(result.exception)


def picture(colour, format="PNG", size=(8, 8)):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, format)
    return buffer.getvalue()


def edits(root, *, hashed=True):
    """A suite of edits in a folder; two of its samples share a picture."""
    data = {"sources/20/00.png": picture("red"), "odd name.jpg": picture("blue", "JPEG")}
    for name, content in data.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    names = ["sources/20/00.png", "odd name.jpg", "sources/20/00.png"]
    samples = [
        Sample(
            id=f"edit/20/{k:02d}",
            task="edit",
            sub_domain="object_distance",
            template=20,
            prompt="Move the dog 1 m closer.",
            objects=("dog",),
            targets={"move": 1.0},
            source=name,
            source_sha256=sha256(data[name]).hexdigest() if hashed else None,
            bystanders=("cat", "hat, red") if k else (),
        )
        for k, name in enumerate(names)
    ]
    write_suite(make_suite("kitchen", "3", samples), root / "suite.jsonl")
    return read_suite(root), data


# --- without pictures ----------------------------------------------------------------------------


@pytest.mark.parametrize("ending", FORMATS)
def test_the_whole_suite_comes_back(tmp_path, ending):
    run("export", tmp_path / f"all.{ending}")
    assert "1800 samples" in run("import", tmp_path / f"all.{ending}", "--out", tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == dump_suite(SUITE)


odd = st.one_of(
    st.text(min_size=1, max_size=20),
    st.sampled_from(
        [
            "null",
            "None",
            "NaN",
            "true",
            "[]",
            '["a"]',
            "{}",
            '"',
            '""',
            "a,b",
            "a;b",
            "<dog>",
            " x ",
            "\tx\t",
            "x\n\n",
            "x\ry",
            "x\r\n",
            "🐶",
            "é\u2028é",
            "x\x85y",
            "\ufeffx",
            "\x00x",
            "\\n",
            "=1+1",
            "'",
            "#",
            "0",
            "1e5",
        ]
    ),
).filter(lambda text: text.strip())
finite = st.floats(allow_nan=False, allow_infinity=False)


PICTURES = {name: picture(colour) for name, colour in [("null", "red"), (" a,b/🐶.png ", "blue")]}


@st.composite
def some_sample(draw, number):
    is_edit = draw(st.booleans())
    number_of = draw(st.integers(0, 35))
    if is_edit:
        edit = load_edit_templates()[number_of]
        targets, names = edit.targets, [draw(odd) for _ in range(draw(st.sampled_from(edit.counts)))]
    else:
        template = load_templates("t2i")[number_of]
        targets, names = template.targets, [draw(odd)]
        names += {"": [], "same": names, "other": [draw(odd)]}[template.second]
    source = draw(st.sampled_from(sorted(PICTURES))) if is_edit else None
    hashed = draw(st.booleans())
    return Sample(
        id=f"{draw(st.from_regex(r'[A-Za-z0-9_-]{1,8}', fullmatch=True))}/{number}",
        task="edit" if is_edit else "t2i",
        sub_domain=sub_domain_of(number_of),
        template=number_of,
        prompt=draw(odd),
        objects=tuple(names),
        targets={name: draw(finite) for name in targets},
        source=source,
        source_sha256=sha256(PICTURES[source]).hexdigest() if is_edit and hashed else None,
        bystanders=tuple(draw(st.sets(odd, max_size=2)) - set(names)) if is_edit else (),
    )


@pytest.mark.parametrize("ending", FORMATS)
@settings(max_examples=60, deadline=None)
@given(st.data(), odd, odd)
def test_odd_texts_and_pictures_come_back(ending, data, name, version):
    samples = [data.draw(some_sample(k)) for k in range(data.draw(st.integers(1, 4)))]
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for source, content in PICTURES.items():
            (folder / source).parent.mkdir(exist_ok=True)
            (folder / source).write_bytes(content)
        suite = make_suite(name, version, samples, folder)
        export_suite(suite, f"{folder}/odd.{ending}")
        import_suite(open_prompts(folder / f"odd.{ending}"), folder / "back", Wanted())
        back = read_suite(folder / "back")
        assert back == suite
        assert (folder / "back" / "suite.jsonl").read_bytes() == dump_suite(suite)
        for sample in suite:
            if sample.source is not None:
                assert (folder / "back" / sample.source).read_bytes() == PICTURES[sample.source]


def test_a_csv_is_read_by_others(tmp_path):
    run("export", tmp_path / "a.csv", "--template", "20")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["prompt"] for row in rows] == [s.prompt for s in SUITE if s.template == 20]
    assert (rows[0]["objects"], rows[0]["targets"]) == ('["man", "woman"]', '{"distance": 0.5}')
    assert rows[0]["source"] == ""


def test_a_parquet_is_read_by_others(tmp_path):
    run("export", tmp_path / "a.parquet", "--template", "20", "--limit", "7")
    table = pq.read_table(tmp_path / "a.parquet")
    chosen = [s for s in SUITE if s.template == 20 and s.id in table["id"].to_pylist()]
    assert table["objects"].to_pylist() == [list(s.objects) for s in chosen]
    assert table["template"].to_pylist() == [20] * 7
    assert "image" not in table.column_names


@pytest.mark.parametrize("ending", FORMATS)
def test_nothing_is_overwritten_unasked(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_text("precious")
    assert "--force" in failure("export", path)
    assert path.read_text() == "precious"
    run("export", path, "--force", "--limit", "3")
    run("import", path, "--out", tmp_path / "b.jsonl")
    assert len(read_suite(tmp_path / "b.jsonl")) == 3


# --- with pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize("hashed", [True, False])
def test_a_folder_is_a_whole_copy(tmp_path, hashed):
    suite, data = edits(tmp_path / "from", hashed=hashed)
    (tmp_path / "from" / "notes.txt").write_text("not of the suite")
    assert "3 samples" in run("export", f"{tmp_path}/copy/", "--suite", tmp_path / "from")
    back = read_suite(tmp_path / "copy")
    assert back == suite
    assert back.root == tmp_path / "copy"
    files = {str(p.relative_to(back.root)): p.read_bytes() for p in back.root.rglob("*") if p.is_file()}
    assert files == {**data, "suite.jsonl": dump_suite(suite)}


@pytest.mark.parametrize("hashed", [True, False])
def test_parquet_holds_the_pictures(tmp_path, hashed):
    suite, data = edits(tmp_path / "from", hashed=hashed)
    run("export", tmp_path / "a.parquet", "--suite", tmp_path / "from")
    images = pq.read_table(tmp_path / "a.parquet")["image"].to_pylist()
    assert [i["bytes"] for i in images] == [data[s.source] for s in suite]
    assert "2 source pictures" in run("import", tmp_path / "a.parquet", "--out", tmp_path / "back")
    assert read_suite(tmp_path / "back") == suite
    for name, content in data.items():
        assert (tmp_path / "back" / name).read_bytes() == content


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
@pytest.mark.parametrize("hashed", [True, False])
def test_tables_without_pictures_find_them_beside_them(tmp_path, ending, hashed):
    suite, data = edits(tmp_path / "from", hashed=hashed)
    table = tmp_path / "from" / f"table.{ending}"
    run("export", table, "--suite", tmp_path / "from")
    run("import", table, "--out", tmp_path / "back")
    assert read_suite(tmp_path / "back") == suite
    for name, content in data.items():
        assert (tmp_path / "back" / name).read_bytes() == content
    # Into a file go the questions alone.
    run("import", table, "--out", tmp_path / "questions.jsonl")
    assert read_suite(tmp_path / "questions.jsonl") == suite


def test_an_existing_folder(tmp_path):
    suite, _ = edits(tmp_path / "from")
    (tmp_path / "empty").mkdir()
    run("export", tmp_path / "empty", "--suite", tmp_path / "from")
    assert read_suite(tmp_path / "empty") == suite
    (tmp_path / "empty" / "mine.txt").write_text("precious")
    (tmp_path / "empty" / "odd name.jpg").write_bytes(b"old")
    assert "not empty" in failure("export", tmp_path / "empty", "--suite", tmp_path / "from")
    assert (tmp_path / "empty" / "odd name.jpg").read_bytes() == b"old"
    run("export", tmp_path / "empty", "--suite", tmp_path / "from", "--force")
    assert (tmp_path / "empty" / "mine.txt").read_text() == "precious"
    assert (tmp_path / "empty" / "odd name.jpg").read_bytes() == picture("blue", "JPEG")
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("target", ["copy/", "copy.parquet"])
def test_a_changed_or_missing_picture_stops_it(tmp_path, target):
    suite, _ = edits(tmp_path / "from")
    (suite.root / "odd name.jpg").write_bytes(picture("green"))
    with pytest.raises(InputError, match=r"odd name\.jpg: not the picture .* sample edit/20/01"):
        export_suite(suite, f"{tmp_path}/{target}")
    (suite.root / "odd name.jpg").unlink()
    with pytest.raises(InputError, match=r"odd name\.jpg: cannot be read"):
        export_suite(suite, f"{tmp_path}/{target}")
    assert [p.name for p in tmp_path.iterdir()] == ["from"]


def test_a_suite_that_came_without_its_pictures(tmp_path):
    suite, _ = edits(tmp_path / "from")
    homeless = make_suite(suite.name, suite.version, suite.samples)
    with pytest.raises(InputError, match='suite "kitchen" comes without its source pictures'):
        export_suite(homeless, f"{tmp_path}/copy/")
    export_suite(homeless, f"{tmp_path}/a.csv")
    assert (tmp_path / "a.csv").read_text().count("odd name.jpg") == 1


def test_parquet_needs_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    message = failure("export", tmp_path / "a.parquet")
    assert 'pip install "genspace-core[parquet]"' in message
    assert not list(tmp_path.iterdir())

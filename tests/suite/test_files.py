"""Suites as files: nothing is lost on the way, and what is wrong is said in one clear line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_core.errors import ConfigError, InputError, PluginError, StorageError
from genspace_core.suite.build import build_t2i
from genspace_core.suite.canonical import make_suite
from genspace_core.suite.edit_templates import load_edit_templates
from genspace_core.suite.io import dump_suite, load_suite, parse_suite, read_suite, write_suite
from genspace_core.suite.subdomains import sub_domain_of
from genspace_core.suite.templates import load_templates
from genspace_core.types import Sample, Suite

SUITE = build_t2i()
GOOD = {
    "id": "mine/1",
    "task": "t2i",
    "sub_domain": "allocentric",
    "template": 14,
    "prompt": "The chair is left of the dog.",
    "objects": ["dog", "chair"],
    "targets": {},
}


def lines(*rows):
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def parse(*rows):
    return parse_suite(lines(*rows), "my.jsonl", default_name="my")


def changed(**keys):
    return {**GOOD, **keys}


def without(key):
    return {k: v for k, v in GOOD.items() if k != key}


# --- round trips ---------------------------------------------------------------------------------


def test_the_whole_suite_comes_back(tmp_path):
    path = tmp_path / "all.jsonl"
    write_suite(SUITE, path)
    back = read_suite(path)
    assert back == SUITE
    assert dump_suite(back) == path.read_bytes()
    assert load_suite(str(path)) == SUITE


text = st.text(min_size=1, max_size=30).filter(lambda t: t.strip())
finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def some_sample(draw, number):
    if draw(st.booleans()):
        return draw(some_edit(number))
    template = draw(st.sampled_from(load_templates("t2i")))
    first = draw(text)
    names = {"": (first,), "same": (first, first), "other": (first, draw(text))}[template.second]
    return Sample(
        id=f"{draw(st.from_regex(r'[A-Za-z0-9_-]{1,8}', fullmatch=True))}/{number}",
        task="t2i",
        sub_domain=sub_domain_of(template.number),
        template=template.number,
        prompt=draw(text),
        objects=names,
        targets={name: draw(finite) for name in template.targets},
    )


@st.composite
def some_edit(draw, number):
    template = draw(st.sampled_from(load_edit_templates()))
    count = draw(st.sampled_from(template.counts))
    names = draw(st.lists(text, min_size=count, max_size=count + 2, unique=True))
    return Sample(
        id=f"edit/{number}",
        task="edit",
        sub_domain=sub_domain_of(template.number),
        template=template.number,
        prompt=draw(text),
        objects=tuple(names[:count]),
        targets={name: draw(finite) for name in template.targets},
        source="pictures/1.png",
        source_sha256=draw(st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
        bystanders=tuple(names[count:]),
    )


@given(st.data(), text, text)
def test_odd_strings_come_back(data, name, version):
    count = data.draw(st.integers(1, 4))
    suite = make_suite(name, version, [data.draw(some_sample(k)) for k in range(count)])
    exported = dump_suite(suite)
    back = parse_suite(exported, "odd.jsonl", default_name="odd")
    assert back == suite
    assert dump_suite(back) == exported
    assert len(exported.split(b"\n")) == count + 2


def test_line_separators_inside_texts_do_not_end_lines():
    suite = make_suite(
        "a\u2028b", "1\x85", [Sample(**changed(prompt="x\u2029\r\n\x0by", objects=("a", "b")))]
    )
    assert parse_suite(dump_suite(suite), "x", default_name="x") == suite


def test_a_handwritten_file_needs_no_header(tmp_path):
    path = tmp_path / "kitchen.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + lines(without("targets"), b"", b"  ", changed(id="mine/2")) + b"\r\n")
    suite = load_suite(str(path))
    assert (suite.name, suite.version, len(suite)) == ("kitchen", "1", 2)
    assert suite.samples[0].targets == {}
    assert suite.samples[0].objects == ("dog", "chair")


def test_a_header_names_the_suite():
    assert parse({"suite": "kitchen", "version": "2"}, GOOD).version == "2"
    assert parse({"suite": "kitchen"}, GOOD).name == "kitchen"


def test_whole_numbers_are_amounts_too():
    asked = changed(template=24, sub_domain="camera_distance", objects=["dog"], targets={"distance": 1})
    assert parse(asked).digest == parse({**asked, "targets": {"distance": 1.0}}).digest


# --- what is wrong -------------------------------------------------------------------------------

NEST = b'{"id":' + b"[" * 100_000
BAD = [
    (changed(template=36), 'key "template" is 36; allowed: a whole number from 0 to 35'),
    (changed(template=-1), 'key "template" is -1; allowed: a whole number from 0 to 35'),
    (changed(template="14"), 'key "template" is "14"; allowed: a whole number from 0 to 35'),
    (changed(template=True), 'key "template" is true; allowed: a whole number from 0 to 35'),
    (changed(task="video"), 'key "task" is "video"; allowed: "t2i" or "edit"'),
    (changed(sub_domain="allocentic"), 'is "allocentic"; unknown (did you mean "allocentric"? allowed: cam'),
    (changed(sub_domain="intrinsic"), 'key "sub_domain" is "intrinsic"; template 14 belongs to allocentric'),
    (changed(id="a b"), 'key "id" is "a b"; allowed: letters, digits'),
    (changed(id="../../etc"), 'key "id" is "../../etc"; allowed: letters, digits'),
    (changed(id="/a"), 'key "id" is "/a"; allowed: letters, digits'),
    (changed(id="a\n"), 'key "id" is "a\\n"; allowed: letters, digits'),
    (changed(prompt=" \t"), "allowed: a text that is not blank"),
    (changed(prompt="\ud800"), 'key "prompt" is "\\ud800"; allowed: a text'),
    (changed(prompt=None), 'key "prompt" is null; allowed: a text'),
    (changed(objects=[]), 'key "objects" is []; allowed: a list of names'),
    (changed(objects=["dog", 3]), 'key "objects" is ["dog", 3]; allowed: a list of names'),
    (changed(objects="dog"), 'key "objects" is "dog"; allowed: a list of names'),
    (changed(objects=["dog"]), 'key "objects" is ["dog"]; template 14 asks about 2 objects'),
    (changed(targets={"distance": 1}), 'key "targets" is {"distance": 1.0}; template 14 takes exactly'),
    (changed(targets={"distance": "far"}), 'key "targets" is {"distance": "far"}; allowed: finite numbers'),
    (changed(targets=None), 'key "targets" is null; allowed: finite numbers'),
    (
        changed(template=20, sub_domain="object_distance"),
        'key "targets" is {}; template 20 takes exactly these names, e.g. {"distance": 0.5}',
    ),
    (
        changed(template=28, sub_domain="object_size", targets={"volume_ratio": 1.2}),
        "template 28 compares two objects of one name",
    ),
    (changed(template=0, sub_domain="camera_pose"), "template 0 asks about 1 object"),
    (changed(source="x.png"), 'key "source" is "x.png"; a "t2i" sample has no source'),
    (changed(task="edit"), 'key "source" is null; an "edit" sample needs the path'),
    (changed(task="edit", source="/x.png"), 'key "source" is "/x.png"; allowed: the path of a picture'),
    (changed(task="edit", source="../x.png"), 'key "source" is "../x.png"; allowed: the path of a picture'),
    (changed(promt="x"), 'unknown key "promt" (did you mean "prompt"? allowed: id, task'),
    (without("prompt"), 'key "prompt" is missing; it takes a text'),
    ({"suite": "late"}, 'unknown key "suite" (allowed: id, task'),
    (b"[1, 2]", "must be a JSON object"),
    (b'{"id": ', "is not JSON"),
    (b"id,task,prompt", "is not JSON"),
    (b'{"id": NaN}', "holds NaN; numbers must be finite"),
    (b'{"id": "a", "id": "b"}', 'has the key "id" twice'),
    (b"\xff\xfe", "is not UTF-8 text"),
    (NEST, "nested too deep"),
]


@pytest.mark.parametrize(("row", "message"), BAD, ids=[str(k) for k in range(len(BAD))])
def test_a_bad_line_is_named_with_what_is_allowed(row, message):
    good = [changed(id=f"ok/{k}") for k in range(2)]
    with pytest.raises(InputError) as caught:
        parse(*good, b"", row, changed(id="ok/9"))
    assert str(caught.value).startswith("my.jsonl, line 4")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"suite": ""}, 'line 1: key "suite" is ""; allowed: a name'),
        ({"suite": "x", "version": 1}, 'line 1: key "version" is 1; allowed: a text'),
        ({"suite": "x", "digets": "0"}, 'line 1: unknown key "digets" (did you mean "digest"?'),
        ({"suite": "x", "digest": "abc"}, 'line 1: key "digest" is "abc"; allowed: 64 hexadecimal digits'),
        ({"suite": "x", "digest": "0" * 64}, "do not match the header's digest"),
    ],
)
def test_a_bad_header(header, message):
    with pytest.raises(InputError) as caught:
        parse(header, GOOD)
    assert message in str(caught.value)


def test_an_id_used_twice():
    with pytest.raises(InputError, match=r'line 4: id "mine/1" is already used in line 1'):
        parse(GOOD, changed(id="mine/2"), b"", GOOD)


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b'{"suite": "x"}', b"\xef\xbb\xbf"])
def test_no_samples(data):
    with pytest.raises(InputError, match=r"my\.jsonl holds no samples"):
        parse_suite(data, "my.jsonl", default_name="my")


def test_a_cut_export_is_found():
    exported = dump_suite(SUITE)
    whole_lines = exported[: exported.rindex(b"\n", 0, -1) + 1]
    with pytest.raises(InputError, match=r"\(1799\) do not match"):
        parse_suite(whole_lines, "cut.jsonl", default_name="cut")
    with pytest.raises(InputError, match="line 1801 is not JSON"):
        parse_suite(exported[:-20], "cut.jsonl", default_name="cut")


@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_damage_is_an_input_error(noise, at):
    data = lines(GOOD, changed(id="mine/2"))
    damaged = data[:at] + noise + data[at:]
    try:
        suite = parse_suite(damaged, "x", default_name="x")
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert parse_suite(dump_suite(suite), "x", default_name="x") == suite


# --- finding one ---------------------------------------------------------------------------------


def test_by_name():
    assert load_suite("genspace-t2i") is SUITE


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(InputError) as caught:
        load_suite("genspace-t2l")
    assert 'did you mean "genspace-t2i"?' in str(caught.value)
    assert ".jsonl" in str(caught.value)


def test_by_the_name_of_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = '[suites.{}]\nplugin = "genspace-t2i"\n'
    Path("plugins.toml").write_text(table.format("ours"))
    Path("other.toml").write_text(table.format("theirs"))
    assert load_suite("ours") is SUITE
    assert load_suite("theirs", Path("other.toml")) is SUITE
    with pytest.raises(InputError, match=r'unknown suite "our" \(did you mean "ours"\? available: .*ours\)'):
        load_suite("our")


def test_a_table_with_a_wrong_key_says_where(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[suites.ours]\nplugin = "genspace-t2i"\nprompts = 3\n')
    with pytest.raises(ConfigError, match=r"mine\.toml: \[suites\.ours\] unknown key prompts"):
        load_suite("ours", path)


def test_a_file_without_an_ending_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine").write_bytes(lines(GOOD))
    assert load_suite("mine").name == "mine"


def test_a_missing_file_gets_a_hint(tmp_path):
    (tmp_path / "prompts.jsonl").touch()
    with pytest.raises(InputError, match=r'no such file; did you mean "prompts\.jsonl"\?'):
        load_suite(str(tmp_path / "promts.jsonl"))
    with pytest.raises(InputError, match="no such file"):
        load_suite(str(tmp_path / "nowhere" / "promts.jsonl"))


@pytest.mark.parametrize("ref", ["/", "./", "a\0b.jsonl", "x" * 5000 + ".jsonl"])
def test_names_that_are_no_files(ref):
    with pytest.raises(InputError, match="cannot read suite"):
        load_suite(ref)


def test_a_plugin_that_gives_no_suite(monkeypatch):
    from genspace_core.plugins import config

    monkeypatch.setattr(config, "build", lambda *_: "not a suite")
    with pytest.raises(PluginError, match=r'suite "genspace-t2i".*gave no Suite'):
        load_suite("genspace-t2i")


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        ([Sample(**changed(objects=("dog",)))], "template 14 asks about 2 objects"),
        ([Sample(**changed(objects=None))], "not iterable"),
        ([Sample(**changed(targets={"distance": float("nan")}))], "not JSON compliant"),
        ([], "holds no samples"),
    ],
)
def test_a_foreign_plugin_is_held_to_the_same_rules(monkeypatch, samples, fault):
    from genspace_core.plugins import config
    from genspace_core.suite import io

    monkeypatch.setattr(io, "OWN_PACKAGE", "somebody-else")
    assert load_suite("genspace-t2i") is SUITE
    unchecked = Suite(name="mine", version="1", samples=tuple(samples), digest="0" * 64)
    monkeypatch.setattr(config, "build", lambda *_: unchecked)
    with pytest.raises(PluginError, match=f"is broken.*{fault}"):
        load_suite("genspace-t2i")


# --- writing one ---------------------------------------------------------------------------------


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("precious")
    with pytest.raises(InputError, match="--force"):
        write_suite(SUITE, path)
    assert path.read_text() == "precious"
    write_suite(SUITE, path, force=True)
    assert read_suite(path) == SUITE
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"is a folder; name a file in it, e\.g\. .*genspace-t2i\.jsonl"):
        write_suite(SUITE, tmp_path, force=True)


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        write_suite(SUITE, tmp_path / "file" / "a.jsonl")

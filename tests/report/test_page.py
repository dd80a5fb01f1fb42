"""The page: well-formed, needs nothing from elsewhere, and holds whatever a run throws at it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from genspace_core.analysis import Verdict
from genspace_core.errors import InputError
from genspace_core.report import render_report
from genspace_core.report.gallery import Gallery
from genspace_core.report.pictures import LONGEST_SIDE, thumbnail
from genspace_core.report.view import kept_reading, quantity, reading
from genspace_core.types import GenerationOutcome, Measurement, ReconstructionOutcome
from tests.analysis.fakes import (
    METRIC,
    FakeRun,
    edited,
    full,
    full_edits,
    lost,
    refused,
    sample,
    scored,
    unmade,
)

VOID = {"meta", "img", "br", "link", "input", "hr"}
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


class Page(HTMLParser):
    """Collects what a test asks about, and fails on a tag that does not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.tags and self.tags[-1] == ("span", {"class": "of"}) and self.open[-1:] == ["span"]:
            self.text[-1] += data  # the rest of a word
        elif self.open[-1:] != ["style"]:
            self.text.append(data)

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    Image.new("RGB", (640, 480), (90, 120, 200)).save(path)
    return path


@pytest.fixture
def runs(picture):
    good = [replace(r, image=picture) for r in full(1.0)]
    bad = [
        *(replace(r, image=picture) for r in full(0.25)),
        lost(
            0, 5, ReconstructionOutcome.OBJECT_MISSING, image=picture, reconstruction_detail="missing 1 dog"
        ),
        unmade(0, 6, GenerationOutcome.REFUSED),
    ]
    return [
        FakeRun("good", good, directory=Path("runs/good")),
        FakeRun("bad", bad, directory=Path("runs/bad")),
    ]


def test_the_page_is_well_formed_and_says_what_matters(runs):
    page = Page(render_report(runs, now=NOW))
    words = page.words()
    for expected in (
        "Overall When found",
        "When found: over pictures with every object found",
        "How well two image generators understand 3D space",
        "2026-01-02 03:04 UTC",
        "genspace-t2i 1",
        "bearing(A.front -> B)",
        "67.5°",
        "< 15°",
        "Missing 1 dog",
        "bad: 1 of 74 pictures were never made (1 refused, 0 failed)",
    ):
        assert expected in words
    assert words.count("B left of A, in A's view") >= 1


def test_the_page_asks_nothing_of_the_network(runs):
    html = render_report(runs)
    for tag, attributes in Page(html).tags:
        assert tag not in {"script", "link", "iframe", "object", "embed"}
        for name in ("src", "href", "srcset", "poster", "action"):
            assert re.match(r"data:image/jpeg;base64,|#", attributes.get(name) or "#"), attributes
        assert not any(name.startswith("on") for name in attributes)
    assert "@import" not in html
    assert "url(" not in html


def test_every_picture_has_its_words(runs):
    pictures = [attributes for tag, attributes in Page(render_report(runs)).tags if tag == "img"]
    assert len(pictures) >= 9
    assert all(p["alt"] and p["width"] and p["height"] for p in pictures)


def test_hostile_text_stays_text(picture):
    evil = '<script>alert("x")</script>{{ 7*7 }}'
    hostile = sample(0, 0, prompt=evil, objects=(evil, '"onerror="x'))
    results = [
        scored(0, 0, 0.5, sample=hostile, image=picture),
        replace(lost(12, 0, ReconstructionOutcome.FAILED), reconstruction_detail=evil, image=picture),
    ]
    run = FakeRun(evil, results, suite=evil, provenance={evil: evil})
    page = Page(render_report([run]))
    assert "script" not in {tag for tag, _ in page.tags}
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert page.words().count(evil) >= 4


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\nbroken", b"no picture at all"])
def test_a_picture_that_cannot_be_shown_leaves_a_placeholder(tmp_path, content):
    path = tmp_path / "picture.png"
    if content is not None:
        path.write_bytes(content)
    assert thumbnail(path) is None
    assert (
        "missing or unreadable"
        in Page(render_report([FakeRun("m", [scored(0, 0, 0.5, image=path)])])).words()
    )


def test_a_truncated_picture_leaves_a_placeholder(picture):
    picture.write_bytes(picture.read_bytes()[:200])
    assert thumbnail(picture) is None


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "I;16", "CMYK"])
def test_thumbnails_of_any_kind_of_picture(tmp_path, mode):
    path = tmp_path / "picture.tif"
    Image.new(mode, (1000, 500)).save(path)
    small = thumbnail(path)
    assert small is not None
    assert (small.width, small.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert small.uri.startswith("data:image/jpeg;base64,")


def test_the_page_stays_small_even_for_noisy_pictures(tmp_path):
    path = tmp_path / "noise.png"
    Image.effect_noise((640, 640), 200).convert("RGB").save(path)
    runs = [
        FakeRun(f"m{i}", [replace(r, image=path) for r in full(0.5)], directory=Path(f"runs/m{i}"))
        for i in range(6)
    ]
    html = render_report(runs)
    assert html.count("data:image/jpeg") == 6 * 9
    assert len(html) < 3_000_000


def test_nothing_done_yet_is_a_page_too():
    words = Page(render_report([FakeRun("m", [unmade(t, 0, None) for t in range(36)])])).words()
    assert "m * is not finished" not in words
    assert "* m is not finished: 0 of 36 pictures done." in words
    assert "No picture scored above 0." in words


@pytest.mark.parametrize("rebuilt", [None, ReconstructionOutcome.OK])
def test_what_a_judge_alone_has_seen_is_not_said_to_be_rebuilt(rebuilt):
    run = FakeRun("m", [scored(t, 0, 0.5, reconstruction=rebuilt) for t in range(36)])
    words = Page(render_report([run])).words()
    assert ("none was rebuilt in 3D" in words) is (rebuilt is None)
    assert ("Every picture was rebuilt as a metric 3D scene" in words) is (rebuilt is not None)


def test_groups_are_shown_apart():
    words = Page(
        render_report([FakeRun("a", full(1.0)), FakeRun("b", full(0.5), suite_digest="e" * 64)])
    ).words()
    assert "2, not comparable" in words
    assert "Group B" in words


def test_an_unknown_metric_is_named():
    with pytest.raises(InputError, match="it has: spatial"):
        render_report([FakeRun("a", full(1.0))], "paper")


def test_gallery_spreads_and_never_repeats():
    gallery = Gallery(3, 6)
    results = [scored(t, n, v) for t in range(36) for n, v in enumerate((0.0, 0.5, 1.0))]
    for result in results:
        gallery.offer(result, Verdict(result.scores["spatial"].value))
    best, worst = gallery.best(), gallery.worst()
    assert [p.value for p in best] == [1.0] * 3
    assert [p.value for p in worst] == [0.0] * 6
    assert len({p.result.sample.sub_domain for p in worst}) == 6
    again = Gallery(3, 6)
    for result in reversed(results):
        again.offer(result, Verdict(result.scores["spatial"].value))
    assert (again.best(), again.worst()) == (best, worst)


def test_gallery_prefers_a_real_fault_to_an_even_spread():
    gallery = Gallery(1, 4)
    for t in range(36):
        for n in range(3):
            gallery.offer(scored(t, n, value := 0.0 if t == 14 else 0.97), Verdict(value))
    worst = gallery.worst()
    assert [p.result.sample.template for p in worst[:2]] == [14, 14]
    assert {p.value for p in worst[:2]} == {0.0}


def test_gallery_shows_no_full_score_as_worst_nor_zero_as_best():
    gallery = Gallery(3, 6)
    gallery.offer(scored(0, 0, 1.0), Verdict(1.0))
    gallery.offer(scored(0, 1, 0.0), Verdict(0.0))
    gallery.offer(unmade(0, 2, None), Verdict(None))
    assert [p.value for p in gallery.best()] == [1.0]
    assert [p.value for p in gallery.worst()] == [0.0]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (37.12, "deg", "37.1°"),
        (1.234, "m", "1.23 m"),
        (1.2, "ratio", "1.20×"),
        (0.5, "m3", "0.500 m³"),
        (3, "px", "3 px"),
        (-0.001, "m", "0.00 m"),
    ],
)
def test_quantities_carry_their_unit(value, unit, text):
    assert quantity(value, unit) == text


@pytest.mark.parametrize(
    ("unit", "tolerance", "asked"), [("deg", 45.0, "< 45°"), ("ratio", 0.5, "< 0.5×"), ("m", 0.1, "< 0.1 m")]
)
def test_what_should_vanish_is_asked_for_by_how_far_it_may_stray(unit, tolerance, asked):
    assert reading(Measurement("level_gap(A, B)", 0.7, unit, 0.0, tolerance, 0.6, False)).asked == asked


def test_a_quantity_nobody_knows():
    assert quantity(float("nan"), "m") == "unknown"


# --- edits ---------------------------------------------------------------------------------------


def test_an_edit_is_shown_beside_its_source_with_what_stayed(picture):
    run = FakeRun("mover", [replace(r, image=picture, source=picture) for r in full_edits(0.5, 0.5)])
    html = render_report([run], now=NOW)
    page = Page(html)
    words = page.words()
    assert "before" in words
    assert "after" in words
    assert "place(lamp)" in words
    assert "preserved 50.0" in words.lower()
    alts = [attributes["alt"] for tag, attributes in page.tags if tag == "img"]
    assert sum(alt.startswith("Source picture of edit/") for alt in alts) == len(alts) / 2
    assert "no part of the score" in words


def test_a_source_that_is_gone_leaves_a_placeholder(picture, tmp_path):
    run = FakeRun("mover", [edited(20, 0, 0.5, 1.0, image=picture, source=tmp_path / "gone.png")])
    page = Page(render_report([run], now=NOW))
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) == 1
    assert any((a.get("class") or "") == "missing" for _, a in page.tags)
    assert "The source picture is missing or unreadable" in page.words()


def test_text_to_image_says_nothing_of_preservation(runs):
    words = Page(render_report(runs, now=NOW)).words().lower()
    assert "preserv" not in words


def test_hostile_names_of_what_stayed_stay_text(picture):
    measured = Measurement("place(<script>alert(1)</script>)", 0.0, "ratio", 0.0, 0.05, 1.0, True)
    result = edited(20, 0, 0.5, 1.0, image=picture, source=picture)
    scores = {METRIC: replace(result.scores[METRIC], kept=(measured,))}
    html = render_report([FakeRun("mover", [replace(result, scores=scores)])], now=NOW)
    assert "<script>" not in html


def test_both_tasks_of_one_generator_on_one_page(picture):
    edits = [replace(r, image=picture, source=picture) for r in full_edits(0.5, 0.125)]
    runs = [FakeRun("m", full(0.75)), FakeRun("m", edits, suite_digest="e" * 64)]
    page = Page(render_report(runs, now=NOW))
    assert "How well m understands 3D space" in page.words()
    names = {attributes["data-name"] for tag, attributes in page.tags if "data-name" in attributes}
    assert names == {"A: m", "B: m"}
    titles = {a["title"] for tag, a in page.tags if tag == "td" and "data-name" in a}
    assert "m: 50.0 ±0.0, 2 prompts, preserved 12.5" in titles


def test_an_edit_without_preservation_shows_its_source_all_the_same(picture):
    run = FakeRun("m", [edited(0, 0, 0.5, None, image=picture, source=picture)])
    words = Page(render_report([run], now=NOW)).words()
    assert "before" in words
    assert "reserved" not in words


@pytest.mark.parametrize(
    ("value", "unit", "tolerance", "changed", "allowed"),
    [
        (0.021, "ratio", 0.05, "2.1 %", "< 5 %"),
        (71.34, "deg", 30.0, "71.3°", "< 30°"),
        (2.0, "ratio", None, "2", "0"),  # objects lost
        (float("nan"), "ratio", 0.05, "unknown", "< 5 %"),
    ],
)
def test_what_should_stay_is_told_by_how_much_it_changed(value, unit, tolerance, changed, allowed):
    line = kept_reading(Measurement("place(lamp)", value, unit, 0.0, tolerance, 0.0, False))
    assert (line.measured, line.asked) == (changed, allowed)


SAFETY = "Your request was rejected by the safety system"


@pytest.fixture
def vendor(picture):
    """A model behind an API that refuses, and is paid."""
    made = [replace(r, image=picture, cost=0.04) for r in full(0.5)]
    return FakeRun(
        "vendor",
        [*made, *(refused(t, 9, generation_detail=SAFETY) for t in (24, 28, 28, 28)), refused(25, 9, "text")],
        provenance={"uncertain_usd": 0.12, "lost_calls": 3},
    )


def test_refusals_are_told_by_sub_domain_and_reason(vendor):
    words = Page(render_report([vendor, FakeRun("meek", full(1.0))], now=NOW)).words()
    assert "Overall When found With refused Camera pose" in words
    table = words[words.index("made or refused:") : words.index("Question by question")]
    assert "vendor 6.5 0.0 0.0 0.0 0.0 0.0 0.0 0.0 20.0 27.3 moderation_blocked 4, text 1" in table
    assert "meek" not in table
    assert "With refused. The overall score with every refused picture counting 0" in words
    assert "cost cost each" in words
    assert "$2.88 $0.040" in words
    assert "up to $0.12 more may have been charged for 3 calls whose answer was lost." in words


def test_a_refused_picture_of_the_gallery_shows_why(vendor):
    page = Page(render_report([vendor], now=NOW))
    words = page.words()
    assert words.count("Refused: moderation_blocked") == 2  # one of each sub-domain first
    assert words.count("Refused: text") == 1
    assert words.count(SAFETY) == 2
    labels = [a["aria-label"] for tag, a in page.tags if tag == "div" and a.get("class") == "missing"]
    assert len(labels) == 3
    assert all("Refused: " in label for label in labels)
    assert "missing or unreadable" not in words


def test_a_refused_edit_shows_its_source(picture):
    sample = edited(0, 0, 0.5, None).sample
    run = FakeRun("m", [refused(0, 0, "IMAGE_SAFETY", sample=sample, source=picture)])
    page = Page(render_report([run], now=NOW))
    assert sum(tag == "img" for tag, _ in page.tags) == 1
    assert "before Refused: IMAGE_SAFETY after" in page.words()
    assert "No picture scored above 0." in page.words()


def test_nothing_is_said_of_refusals_where_there_are_none():
    words = Page(render_report([FakeRun("m", full(1.0))], now=NOW)).words()
    assert "With refused" not in words
    assert "made or refused" not in words
    assert "cost each" not in words


def test_a_vendors_words_stay_text():
    evil = '<script>alert("x")</script>{{ 7*7 }}'
    run = FakeRun("m", [*full(1.0), refused(0, 9, evil, generation_detail=evil + " and so on" * 100)])
    page = Page(render_report([run]))
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.words().count(evil) == 3  # in the table, in the picture's place, and under it
    assert len(page.words()) < len(Page(render_report([FakeRun("m", full(1.0))])).words()) + 2500


def test_the_gallery_of_refusals_is_small_and_spread():
    results = [refused(t, n) for t in range(36) for n in range(20)]
    gallery, backwards = Gallery(3, 6, 3), Gallery(3, 6, 3)
    for result in results:
        gallery.offer(result, Verdict(None))
    for result in reversed(results):
        backwards.offer(result, Verdict(None))
    picks = gallery.refused()
    assert len({p.result.sample.sub_domain for p in picks}) == len(picks) == 3
    assert picks == backwards.refused()
    assert gallery.best() == gallery.worst() == []

"""Counts, means and intervals against numbers worked out by hand."""

import random
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genspace_core.analysis import Aggregator, Counts, Verdict, judge, summarize
from genspace_core.errors import InputError
from genspace_core.run.results import Result
from genspace_core.suite.subdomains import SUB_DOMAINS
from genspace_core.types import GenerationOutcome, ReconstructionOutcome, Score
from tests.analysis.fakes import METRIC, edited, full, lost, refused, sample, scored, undecidable, unmade

MISSING = ReconstructionOutcome.OBJECT_MISSING
EVERY_OUTCOME = [
    scored(0, 0, 1.0, cost=0.25),
    scored(0, 1, 0.5, cost=0.25),
    undecidable(0, 2),
    lost(0, 3, MISSING),
    lost(0, 4, ReconstructionOutcome.WRONG_COUNT),
    lost(0, 5, ReconstructionOutcome.FAILED),
    unmade(0, 6, GenerationOutcome.REFUSED),
    unmade(0, 7, GenerationOutcome.FAILED),
    unmade(0, 8, None),
    scored(0, 9, 0.0, scores={}),  # rebuilt, not judged yet
    scored(0, 10, 0.0, scores={}, reconstruction=None),  # made, not rebuilt yet
]


def sub_domain(summary, name):
    return next(d for d in summary.sub_domains if d.name == name)


def test_every_outcome_has_its_count():
    counts = summarize(EVERY_OUTCOME, METRIC).counts
    assert counts == Counts(
        planned=11,
        waiting=1,
        generated=8,
        refused=1,
        generation_failed=1,
        unreconstructed=1,
        reconstructed=4,
        object_missing=1,
        wrong_count=1,
        reconstruction_failed=1,
        unscored=2,
        undecidable=1,
        scored=5,
        passed=1,
    )
    assert counts.done == 8
    assert not counts.finished
    assert counts.detection_rate == 4 / 7


def test_every_outcome_goes_into_the_right_mean():
    summary = summarize(EVERY_OUTCOME, METRIC)
    template = sub_domain(summary, "camera_pose").templates[0]
    # 1, 0.5 and three lost pictures at 0; undecidable, refused, failed and unfinished ones are not in it
    assert template.means.score == pytest.approx(1.5 / 5)
    assert template.means.pass_rate == pytest.approx(1 / 5)
    assert template.means.score_reconstructed == pytest.approx(1.5 / 2)
    assert template.means.pass_rate_reconstructed == pytest.approx(1 / 2)
    assert template.means.score_with_refused == pytest.approx(1.5 / 6)  # the refused one as 0, no other
    assert template.means.prompts == 5
    deviations = 0.7**2 + 0.2**2 + 3 * 0.3**2
    assert template.means.half_width == pytest.approx(1.959964 * sqrt(deviations / 4 / 5))


def test_cost_is_the_sum_of_what_is_known():
    summary = summarize(EVERY_OUTCOME, METRIC)
    assert summary.cost == 0.5
    assert summary.priced == 2
    assert summarize([scored(0, 0, 1.0)], METRIC).cost is None


def test_what_refused_pictures_cost_is_borne_by_those_that_were_made():
    charged = [
        scored(0, 0, 1.0, cost=0.25),
        scored(0, 1, 1.0, cost=0.25),
        scored(0, 2, 1.0),
        refused(0, 3, cost=0.25),
        unmade(0, 4, GenerationOutcome.FAILED, cost=0.25),
        refused(0, 5),
    ]
    summary = summarize(charged, METRIC)
    assert (summary.cost, summary.priced, summary.priced_made) == (1.0, 4, 2)
    assert summary.cost_per_picture == 0.5
    assert summarize([refused(0, 0, cost=0.25)], METRIC).cost_per_picture is None
    assert summarize([scored(0, 0, 1.0)], METRIC).cost_per_picture is None


def test_refusals_are_told_by_the_vendors_word_in_every_sub_domain():
    results = [
        refused(0, 0, "no_image"),
        refused(0, 1, "IMAGE_SAFETY"),
        refused(1, 0, "IMAGE_SAFETY"),
        refused(16, 0, "text"),
        refused(16, 1, None),
        scored(16, 2, 1.0),
        unmade(16, 3, GenerationOutcome.FAILED),
        unmade(16, 4, None),
    ]
    summary = summarize(results, METRIC)
    assert list(sub_domain(summary, "camera_pose").refusals.items()) == [("IMAGE_SAFETY", 2), ("no_image", 1)]
    assert sub_domain(summary, "egocentric").refusals == {"no reason given": 1, "text": 1}
    assert sub_domain(summary, "object_size").refusals == {}
    assert list(summary.refusals.items()) == [
        ("IMAGE_SAFETY", 2),
        ("no reason given", 1),
        ("no_image", 1),
        ("text", 1),
    ]
    assert sub_domain(summary, "camera_pose").counts.refusal_rate == 1.0
    assert sub_domain(summary, "egocentric").counts.refusal_rate == pytest.approx(2 / 3)
    assert sub_domain(summary, "object_size").counts.refusal_rate is None


def test_refused_pictures_count_0_in_a_score_of_their_own():
    """Averaged as the score: pictures of a prompt, prompts of a question, questions, sub-domains."""
    results = [
        scored(0, 0, 1.0, image_index=0),
        refused(0, 0, image_index=1),
        refused(0, 1),
        scored(1, 0, 1.0),
        refused(16, 0),
    ]
    summary = summarize(results, METRIC)
    camera, ego = sub_domain(summary, "camera_pose").means, sub_domain(summary, "egocentric").means
    assert (camera.score, camera.score_with_refused) == (1.0, ((0.5 + 0.0) / 2 + 1.0) / 2)
    assert (ego.score, ego.score_with_refused) == (None, 0.0)  # not a word of it in the score
    assert (summary.means.score, summary.means.score_with_refused) == (1.0, 0.625 / 2)
    assert summary.covered == 1


def test_failed_and_waiting_and_undecidable_pictures_are_in_neither_score():
    results = [
        scored(0, 0, 0.5),
        undecidable(0, 1),
        unmade(0, 2, GenerationOutcome.FAILED),
        unmade(0, 3, None),
    ]
    means = summarize(results, METRIC).means
    assert means.score == means.score_with_refused == 0.5


def test_templates_count_the_same_in_a_sub_domain_and_sub_domains_in_the_overall():
    results = [scored(0, n, 1.0) for n in range(9)] + [scored(1, 0, 0.0), scored(16, 0, 0.25)]
    summary = summarize(results, METRIC)
    assert sub_domain(summary, "camera_pose").means.score == 0.5  # not 9/10
    assert summary.means.score == (0.5 + 0.25) / 2  # not 9.25/11
    assert summary.covered == 2
    assert sub_domain(summary, "intrinsic").means.score is None
    assert [d.name for d in summary.sub_domains] == list(SUB_DOMAINS)


def test_interval_is_that_of_a_stratified_sample():
    results = [scored(0, 0, 0.0), scored(0, 1, 1.0), scored(1, 0, 0.5), scored(1, 1, 1.0), scored(16, 0, 0.0)]
    results.append(scored(16, 1, 0.5))
    summary = summarize(results, METRIC)
    # s**2 / n: template 0 has 0.5 / 2, template 1 has 0.125 / 2, template 16 has 0.125 / 2
    camera, ego = (0.25 + 0.0625) / 4, 0.0625
    assert sub_domain(summary, "camera_pose").means.half_width == pytest.approx(1.959964 * sqrt(camera))
    assert sub_domain(summary, "egocentric").means.half_width == pytest.approx(1.959964 * sqrt(ego))
    assert summary.means.half_width == pytest.approx(1.959964 * sqrt((camera + ego) / 4))


def test_a_template_with_one_prompt_borrows_the_spread_of_its_sub_domain():
    results = [scored(0, 0, 0.0), scored(0, 1, 1.0), scored(1, 0, 0.5)]
    expected = 1.959964 * sqrt((0.5 / 2 + 0.5 / 1) / 4)
    assert summarize(results, METRIC).means.half_width == pytest.approx(expected)


def test_no_interval_from_single_prompts():
    summary = summarize([scored(0, 0, 0.3), scored(1, 0, 0.9)], METRIC)
    assert summary.means.score == pytest.approx(0.6)
    assert summary.means.half_width is None


def test_pictures_of_one_prompt_are_averaged_first():
    results = [scored(0, 0, v, image_index=i) for i, v in enumerate((1.0, 1.0, 1.0, 0.0))]
    results.append(scored(0, 1, 0.0))
    summary = summarize(results, METRIC)
    assert summary.means.score == pytest.approx((0.75 + 0.0) / 2)  # not 3/5
    assert summary.means.prompts == 2
    assert summary.counts.scored == 5
    assert summary.images_per_prompt == 4


def test_both_tasks_of_one_template_number_stay_apart():
    edit = scored(0, 0, 0.0, sample=sample(0, id="edit/00/00", task="edit"))
    templates = sub_domain(summarize([scored(0, 0, 1.0), edit], METRIC), "camera_pose").templates
    assert [(t.task, t.means.score) for t in templates] == [("edit", 0.0), ("t2i", 1.0)]


def test_nothing_planned_is_no_score():
    summary = summarize([], METRIC)
    assert summary.means.score is None
    assert summary.counts == Counts()
    assert summary.counts.finished
    assert summary.counts.detection_rate is None


def test_an_omitted_object_is_never_a_way_out():
    undecided = lost(0, 0, MISSING, scores={METRIC: Score(0.0, False, True, "no scene")})
    assert judge(undecided, METRIC) == Verdict(0.0)


def test_a_judge_of_pictures_has_its_say_though_the_scene_was_lost():
    by_eye = lost(0, 0, MISSING, scores={"judge": Score(0.8, True)})
    assert judge(by_eye, "judge") == Verdict(0.8, passed=True)
    assert judge(by_eye, METRIC) == Verdict(0.0)


def test_an_unknown_sub_domain_is_named():
    with pytest.raises(InputError, match="t2i/00/00: unknown sub-domain 'colour'; the nine are camera_pose"):
        summarize([scored(0, 0, 1.0, sample=sample(0, sub_domain="colour"))], METRIC)


def test_a_summary_may_be_asked_for_half_way():
    aggregator = Aggregator(METRIC)
    aggregator.add(scored(0, 0, 1.0))
    assert aggregator.summary().means.score == 1.0
    aggregator.add(scored(0, 1, 0.0))
    assert aggregator.summary().means.score == 0.5


VALUES = st.floats(0, 1)


@st.composite
def outcomes(draw: st.DrawFn, *, decidable: bool = False) -> list[list[Result]]:
    """Prompts, each with its pictures."""
    prompts = []
    for number in range(draw(st.integers(1, 12))):
        template = draw(st.integers(0, 35))
        made = st.one_of(
            st.builds(lambda v, t=template, n=number: scored(t, n, v), VALUES),
            st.builds(
                lambda o, t=template, n=number: lost(t, n, o),
                st.sampled_from(list(ReconstructionOutcome)[1:]),
            ),
            st.builds(
                lambda o, t=template, n=number: unmade(t, n, o),
                st.sampled_from([None, *GenerationOutcome][2:]),
            ),
            st.nothing() if decidable else st.just(undecidable(template, number)),
        )
        prompts.append(draw(st.lists(made, min_size=1, max_size=3)))
    return prompts


def flat(prompts: list[list[Result]]) -> list[Result]:
    return [result for prompt in prompts for result in prompt]


def numbers(summary) -> list[float | None]:
    groups = [summary, *summary.sub_domains, *(t for d in summary.sub_domains for t in d.templates)]
    return [getattr(g.means, name) for g in groups for name in g.means.__slots__]


@given(outcomes(), st.randoms())
def test_the_order_of_prompts_does_not_matter(prompts: list[list[Result]], rng: random.Random):
    before = summarize(flat(prompts), METRIC)
    rng.shuffle(prompts)
    after = summarize(flat(prompts), METRIC)
    assert after.counts == before.counts
    for a, b in zip(numbers(after), numbers(before), strict=True):
        assert a == (None if b is None else pytest.approx(b, abs=1e-7))


@given(outcomes())
def test_means_stay_within_0_and_1_and_counts_add_up(prompts: list[list[Result]]):
    summary = summarize(flat(prompts), METRIC)
    for group in (summary, *summary.sub_domains):
        means, c = group.means, group.counts
        rates = (means.pass_rate, means.pass_rate_reconstructed)
        for value in (means.score, means.score_reconstructed, means.score_with_refused, *rates):
            assert value is None or 0 <= value <= 1
        assert c.refused == sum(group.refusals.values())
        assert c.planned == c.waiting + c.generated + c.refused + c.generation_failed
        assert c.generated == c.unscored + c.undecidable + c.scored
        rebuilt = c.reconstructed + c.object_missing + c.wrong_count + c.reconstruction_failed
        assert c.generated == c.unreconstructed + rebuilt
        assert c.passed <= c.scored


@given(outcomes(decidable=True))
def test_leaving_lost_pictures_out_never_lowers_a_score(prompts: list[list[Result]]):
    means = summarize(flat(prompts), METRIC).means
    if means.score is not None and means.score_reconstructed is not None:
        assert means.score <= means.score_reconstructed + 1e-12


@given(outcomes())
def test_counting_refused_pictures_never_raises_a_score(prompts: list[list[Result]]):
    summary = summarize(flat(prompts), METRIC)
    for group in (summary, *summary.sub_domains):
        means = group.means
        if not group.counts.refused:
            assert means.score_with_refused == means.score
        elif means.score is not None:
            assert means.score_with_refused <= means.score + 1e-12


def test_full_marks_everywhere():
    summary = summarize(full(1.0), METRIC)
    assert summary.means.score == summary.means.pass_rate == 1.0
    assert summary.means.half_width == 0.0
    assert summary.covered == 9


def test_preservation_is_averaged_like_the_score_and_beside_it():
    """Prompts of a question first, then questions, then sub-domains; also of pictures that scored 0."""
    results = [
        edited(0, 0, 0.0, 1.0),
        edited(0, 1, 1.0, 0.5),
        edited(1, 0, 1.0, 0.25),
        edited(4, 0, 1.0, None),
        edited(20, 0, 0.5, 0.0),
    ]
    summary = summarize(results, METRIC)
    assert [t.means.preservation for t in sub_domain(summary, "camera_pose").templates] == [0.75, 0.25]
    assert sub_domain(summary, "camera_pose").means.preservation == 0.5
    assert sub_domain(summary, "object_pose").means.preservation is None
    assert summary.means.preservation == 0.25  # of camera_pose and object_distance
    assert summary.means.score == pytest.approx((0.75 + 1.0 + 0.5) / 3)


def test_pictures_of_one_prompt_are_averaged_first_in_preservation_too():
    results = [
        edited(0, 0, 1.0, 1.0, image_index=0),
        edited(0, 0, 1.0, 0.0, image_index=1),
        edited(0, 1, 1.0, 1.0),
    ]
    assert summarize(results, METRIC).means.preservation == pytest.approx(0.75)


def test_what_cannot_be_decided_may_still_be_preserved():
    undecided = Score(0.0, False, undecidable=True, reason="no orientation", preservation=0.5)
    results = [edited(0, 0, 0.0, None, scores={METRIC: undecided}), edited(0, 1, 1.0, 1.0)]
    summary = summarize(results, METRIC)
    assert summary.means.preservation == 0.75
    assert summary.means.score == 1.0
    assert summary.counts.undecidable == 1


def test_text_to_image_has_no_preservation():
    assert summarize(full(0.5), METRIC).means.preservation is None

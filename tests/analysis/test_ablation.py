"""Base against variant: what is counted, how sure the numbers are, and when a ranking has moved."""

from __future__ import annotations

import random
from math import isnan

import numpy as np
import pytest
from scipy.stats import kendalltau

from genspace_core.analysis import summarize
from genspace_core.analysis.ablation import compare
from genspace_core.analysis.pairing import PairedRun
from genspace_core.analysis.rank import places, tau_of_draws, tau_of_scores
from genspace_core.analysis.resampling import Prompts, estimate, share
from genspace_core.types import GenerationOutcome, ReconstructionOutcome
from tests.analysis.fakes import METRIC, lost, sample, scored, undecidable, unmade

FAILED = ReconstructionOutcome.FAILED


def compared(base, variant, samples=None, **how):
    """The one run of a comparison."""
    samples = samples or list({r.sample.id: r.sample for r in base}.values())
    run = PairedRun("model", "run", samples, base, variant, METRIC)
    return compare("v", samples, [run], **how).runs[0]


def ranked(*runs):
    """The rankings of runs, each (name, base values, variant values) over the same prompts, by area."""
    samples = [sample(t, n) for t in (0, 4) for n in range(5)]
    paired = [
        PairedRun(
            name,
            name,
            samples,
            *([scored(s.template, i % 5, v) for i, (s, v) in enumerate(zip(samples, side, strict=True))]
              for side in sides),
            METRIC,
        )
        for name, *sides in runs
    ]  # fmt: skip
    return {ranking.area: ranking for ranking in compare("v", samples, paired).rankings}


# --- what is counted ------------------------------------------------------------------------------


def test_every_picture_is_counted_once():
    base = [scored(0, 0, 1), scored(0, 1, 1), scored(0, 2, 0.5), scored(0, 3, 0.5), undecidable(0, 4)]
    variant = [scored(0, 0, 1), scored(0, 1, 0.5), scored(0, 2, 1), scored(0, 3, 0.2), scored(0, 4, 1)]
    base += [scored(0, 5, 1), scored(0, 6, 1), unmade(0, 7, GenerationOutcome.REFUSED)]
    variant += [lost(0, 5, FAILED), scored(0, 6, 1, scores={}), unmade(0, 7, GenerationOutcome.REFUSED)]
    pairs = compared(base, variant).areas[0].pairs
    assert (pairs.same, pairs.lost, pairs.gained) == (2, 1, 1)
    assert (pairs.undecidable, pairs.failed, pairs.waiting) == (1, 1, 1)
    assert (pairs.made, pairs.compared, pairs.prompts) == (7, 4, 4)
    assert pairs.agreement.value == 0.5


def test_an_object_missed_under_the_variant_is_a_verdict():
    base = [scored(0, n, 1) for n in range(4)]
    variant = [*base[:3], lost(0, 3, ReconstructionOutcome.OBJECT_MISSING)]
    overall = compared(base, variant).areas[0]
    assert (overall.pairs.same, overall.pairs.lost) == (3, 1)
    assert overall.difference.value == pytest.approx(-0.25)


def test_a_difference_is_taken_over_what_both_judged():
    base = [scored(0, 0, 0.2), scored(0, 1, 1.0), scored(0, 2, 0.4)]
    variant = [scored(0, 0, 0.5), undecidable(0, 1), scored(0, 2, 0.5)]
    overall = compared(base, variant).areas[0]
    assert overall.difference.value == pytest.approx(0.2)
    assert overall.base.score == pytest.approx(1.6 / 3)
    assert overall.variant.score == pytest.approx(0.5)


def test_pictures_of_one_prompt_are_paired_one_by_one():
    base = [scored(0, 0, 0.2, image_index=0), scored(0, 0, 0.6, image_index=1), scored(0, 1, 0.0)]
    variant = [scored(0, 0, 0.4, image_index=0), undecidable(0, 0, image_index=1), scored(0, 1, 0.0)]
    overall = compared(base, variant).areas[0]
    assert overall.difference.value == pytest.approx(0.1)  # (0.2 + 0) / 2: the second picture has no pair
    assert overall.pairs.prompts == 2


def test_areas_are_overall_and_the_sub_domains_that_there_are():
    base = [scored(t, n, 0.5) for t in (35, 4) for n in range(2)]
    run = compared(base, base)
    assert [area.name for area in run.areas] == ["overall", "object_pose", "complex_pose"]


def test_nothing_changed_is_said_as_such():
    base = [scored(t, n, random.Random(t * 50 + n).random()) for t in range(8) for n in range(4)]
    for area in compared(base, base).areas:
        assert (area.difference.value, area.difference.low, area.difference.high) == (0, 0, 0)
        assert (area.picture_tau.value, area.picture_tau.low) == (pytest.approx(1), pytest.approx(1))
        assert area.pairs.agreement.value == 1
        assert area.pairs.agreement.low < 1  # so many pictures cannot promise it of all


# --- how sure the numbers are ---------------------------------------------------------------------


def test_means_are_those_of_leaderboards():
    chance = random.Random(1)
    results = [
        undecidable(t, n) if chance.random() < 0.2 else scored(t, n, chance.random())
        for t in range(0, 36, 3)
        for n in range(chance.randint(2, 5))
    ]
    summary = summarize(results, METRIC)
    values = [r.scores[METRIC] for r in results]
    prompts = Prompts([r.sample for r in results])
    means = prompts.means(np.array([np.nan if v.undecidable else v.value for v in values]))
    told = {d.name: d.means.score for d in summary.sub_domains if d.means.score is not None}
    assert means == pytest.approx([summary.means.score, *told.values()])
    assert prompts.areas == ("overall", *told)


@pytest.mark.parametrize("per_template", [2, 3, 20])
def test_draws_spread_as_much_as_the_leaderboards_interval_says(per_template):
    chance = random.Random(2)
    results = [scored(t, n, chance.random()) for t in range(36) for n in range(per_template)]
    prompts = Prompts([r.sample for r in results])
    draws = prompts.means(np.array([r.scores[METRIC].value for r in results]), prompts.draw(4000, 3))
    told = summarize(results, METRIC).means
    assert draws[:, 0].mean() == pytest.approx(told.score, abs=0.003)
    assert 1.96 * draws[:, 0].std() == pytest.approx(told.half_width, rel=0.05)


def test_questions_count_the_same_however_many_prompts_were_drawn_of_each():
    few, many = [scored(0, n, 0.9 + n / 50) for n in range(2)], [scored(1, n, n / 100) for n in range(20)]
    results = few + many
    prompts = Prompts([r.sample for r in results])
    draws = prompts.means(np.array([r.scores[METRIC].value for r in results]), prompts.draw(4000, 3))
    told = summarize(results, METRIC).means
    assert draws[:, 0].mean() == pytest.approx(told.score, abs=0.002)
    assert 1.96 * draws[:, 0].std() == pytest.approx(told.half_width, rel=0.05)


def test_a_lone_prompt_of_a_question_is_drawn_with_its_sub_domain():
    base = [scored(t, 0, 0.5) for t in range(4)]
    variant = [scored(t, 0, 0.5 + t / 10) for t in range(4)]
    area = compared(base, variant).areas[1]
    assert area.difference.value == pytest.approx(0.15)
    assert area.difference.low < 0.1
    assert area.difference.high > 0.2


def test_one_prompt_of_a_sub_domain_gives_no_interval():
    base = [scored(0, 0, 0.5), scored(0, 1, 0.5), scored(4, 0, 0.5)]
    variant = [scored(0, 0, 0.6), scored(0, 1, 0.9), scored(4, 0, 0.7)]
    overall, camera_pose, object_pose = (area.difference for area in compared(base, variant).areas)
    assert camera_pose.low is not None
    assert (object_pose.value, object_pose.low) == (pytest.approx(0.2), None)
    assert overall.low is None  # nobody knows how sure one of its parts is


def test_intervals_come_out_the_same_every_time():
    chance = random.Random(5)
    base = [scored(t, n, chance.random()) for t in range(4) for n in range(6)]
    variant = [scored(t, n, chance.random()) for t in range(4) for n in range(6)]
    assert compared(base, variant) == compared(base, variant)
    assert compared(base, variant, seed=1) != compared(base, variant)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662)],  # the last of Newcombe (1998)
)
def test_shares_have_wilsons_interval(hits, of, low, high):
    found = share(hits, of, of)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_no_picture_has_no_share():
    assert share(0, 0, 0).value is None


def test_an_interval_needs_a_number_in_most_draws():
    assert estimate(1.0, np.array([np.nan, np.nan, 0.5])).low is None
    assert estimate(1.0, np.array([0.5, np.nan, 0.5])).low == 0.5
    assert estimate(float("nan"), np.ones(3)).value is None


# --- rankings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_tau_is_that_of_scipy(seed):
    chance = np.random.default_rng(seed)
    x, y = chance.integers(0, 5, (2, 30)) / 4  # with many ties
    told = kendalltau(x, y).statistic
    assert tau_of_scores(x, y) == pytest.approx(told)
    times = chance.integers(0, 3, 30)
    drawn = kendalltau(np.repeat(x, times), np.repeat(y, times)).statistic
    every, some = tau_of_draws(x, y, np.stack([np.ones(30), times]))
    assert (every, some) == (pytest.approx(told), pytest.approx(drawn, abs=1e-5))


def test_tau_of_many_draws_is_cut_into_blocks():
    chance = np.random.default_rng(0)
    x, y = chance.random((2, 1100))
    assert tau_of_draws(x, y, np.ones((1, 1100)))[0] == pytest.approx(kendalltau(x, y).statistic, abs=1e-5)


def test_tau_of_all_ties_is_not_defined():
    assert isnan(tau_of_scores(np.array([1.0, 1.0]), np.array([0.0, 1.0])))
    assert np.isnan(tau_of_draws(np.ones(3), np.arange(3.0), np.ones((2, 3)))).all()


def test_scores_that_differ_by_rounding_are_ties():
    assert isnan(tau_of_scores(np.array([0.3, 0.1 + 0.2]), np.array([0.0, 1.0])))
    assert places([0.3, 0.1 + 0.2, None, 0.1]) == [1, 1, None, 3]


def test_an_order_turned_round_is_seen():
    low, high = [0.1, 0.2, 0.3, 0.2, 0.1] * 2, [0.9, 0.8, 0.7, 0.9, 0.8] * 2
    overall = ranked(("a", high, low), ("b", low, high))["overall"]
    assert (overall.tau.value, overall.tau.low, overall.tau.high) == (-1, -1, -1)
    assert [(p.generator, p.base, p.variant) for p in overall.places] == [("a", 1, 2), ("b", 2, 1)]


def test_an_order_that_chance_may_turn_round_has_a_wide_interval():
    steady = [0.5] * 10
    shaky = [0.0, 1.0, 0.0, 1.0, 0.6] * 2
    overall = ranked(("a", steady, steady), ("b", shaky, shaky[::-1]))["overall"]
    assert (overall.tau.value, overall.tau.low, overall.tau.high) == (1, -1, 1)


def test_an_order_that_stays_keeps_its_places():
    values = [[v] * 10 for v in (0.9, 0.5, 0.1)]
    overall = ranked(*((name, v, [x / 2 for x in v]) for name, v in zip("abc", values, strict=True)))[
        "overall"
    ]
    assert (overall.tau.value, overall.tau.low) == (1, 1)
    assert all(place.base == place.variant for place in overall.places)


def test_each_sub_domain_has_an_order_of_its_own():
    a, b = [0.9] * 5 + [0.1] * 5, [0.5] * 10
    found = ranked(("a", a, a[::-1]), ("b", b, b))
    assert found["camera_pose"].tau.value == found["object_pose"].tau.value == -1
    assert found["overall"].tau.value is None  # both score 50 in all, under base and variant


def test_pictures_of_all_runs_are_counted_together():
    a, b = [1.0] * 10, [1.0] * 8 + [0.0] * 2
    pairs = ranked(("a", a, a), ("b", a, b))["overall"].pairs
    assert (pairs.same, pairs.lost, pairs.prompts) == (18, 2, 20)

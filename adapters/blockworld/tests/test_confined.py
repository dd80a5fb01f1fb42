"""Each model's fault stays where it belongs: the suite's plans, scored without a picture being drawn."""

import numpy as np
import pytest

from adapters.blockworld.tests.scenes import scene_of
from genspace_adapter_blockworld.planner import plan_scene
from genspace_core.suite.build import build_t2i
from genspace_core.suite.selection import subset
from genspace_core.types import Evidence
from genspace_metrics import load_table, score

SUITE = build_t2i()


def scores(model, per_template, seed, templates=range(36)):
    """Mean `spatial` score of each template."""
    values = {template: [] for template in templates}
    for sample in subset(SUITE, per_template=per_template, templates=templates):
        plan = plan_scene(sample.prompt, seed * 1_000_003 + len(values[sample.template]), model)
        verdict = score(load_table("spatial"), sample, Evidence(scene=scene_of(plan)))
        assert not verdict.undecidable
        values[sample.template].append(verdict.value)
    return {template: float(np.mean(v)) for template, v in values.items()}


def mean(found, *templates):
    return np.mean([found[template] for template in templates])


@pytest.fixture(scope="module")
def found():
    """(model) -> mean score of each template, five samples of each: a fault shows in all or in none."""
    made = {}

    def of(model):
        if model not in made:
            made[model] = scores(model, 5, seed=5)
        return made[model]

    return of


@pytest.mark.parametrize(("per_template", "seeds"), [(5, range(5)), (10, range(5, 8)), (50, [8])])
def test_unitless_meets_few_distances_whatever_the_seed(per_template, seeds):
    for seed in seeds:
        measured = scores("unitless", per_template, seed, range(20, 28))
        assert mean(measured, *range(20, 24)) <= 0.45
        assert mean(measured, *range(24, 28)) <= 0.45


def test_unitless_knows_poses_and_relations(found):
    for first in (0, 4, 8, 12, 16, 32):
        assert mean(found("unitless"), *range(first, first + 4)) >= 0.95
    assert mean(found("unitless"), 28, 29, 30, 31) <= 0.45


@pytest.mark.parametrize("seed", [1, 2])
def test_perfect_is_right_everywhere(seed):
    for template, value in scores("perfect", 5, seed).items():
        assert value >= 0.99, template


def test_frontal_fails_side_and_back_views_only(found):
    for template, value in found("frontal").items():
        if template in (1, 2, 3, 5, 6, 7, 33, 34, 35):
            assert value <= 0.05, template
        else:
            assert value >= 0.95, template


def test_egocentric_fails_left_and_right_of_others_only(found):
    for template, value in found("egocentric").items():
        assert value <= 0.10 if template in (14, 15) else value >= 0.95, template


def test_random_is_right_by_luck_only():
    assert np.mean(list(scores("random", 10, seed=5).values())) <= 0.35

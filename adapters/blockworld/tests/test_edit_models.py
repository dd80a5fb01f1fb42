"""Each editing model's fault stays where it belongs: edited plans, scored without a picture being drawn."""

from collections import defaultdict

import numpy as np
import pytest

from adapters.blockworld.tests.scenes import place, scene_of
from genspace_adapter_blockworld.editor import edit_plan
from genspace_adapter_blockworld.fiducial import Fiducial
from genspace_core.types import Evidence
from genspace_metrics import load_table, score


def verdicts(edits, model):
    """(edit, verdict), one of each template."""
    for edit in edits[::2]:
        if model == "lazy":
            after = Fiducial().reconstruct(edit.made_by("lazy"), edit.names)
        else:
            after = scene_of(edit_plan(edit.image, edit.question.sample.prompt, edit.seed, model))
        sample = edit.question.sample
        yield edit, score(load_table("spatial"), sample, Evidence(scene=after, scene_before=edit.before))


def mean_scores(edits, model):
    values, kept = defaultdict(list), defaultdict(list)
    for edit, verdict in verdicts(edits, model):
        values[edit.template].append(verdict.value)
        kept[edit.template].append(verdict.preservation)
    return ({t: float(np.mean(v)) for t, v in table.items()} for table in (values, kept))


def test_lazy_changes_nothing(edits):
    values, kept = mean_scores(edits, "lazy")
    assert max(values.values()) <= 0.05
    assert min(kept.values()) == pytest.approx(1.0)
    assert (edits[0].made_by("lazy") == edits[0].image).all()
    odd = np.zeros((30, 50, 3), np.uint8)  # a model that does nothing can do it to any picture
    assert (edits[0].made_by("lazy", odd) == odd).all()


def test_overdo_fails_the_moves_only(edits):
    values, _ = mean_scores(edits, "overdo")
    for template, value in values.items():
        assert value <= 0.05 if 20 <= template < 28 else value >= 0.98, template


def test_egocentric_fails_left_and_right_of_others_only(edits):
    values, kept = mean_scores(edits, "egocentric")
    for template, value in values.items():
        assert value <= 0.05 if template in (13, 14) else value >= 0.98, template
    assert min(kept.values()) >= 0.98


def test_collateral_does_as_asked_and_moves_the_others(edits):
    values, kept = mean_scores(edits, "collateral")
    assert np.mean(list(values.values())) >= 0.98
    for template, value in kept.items():  # of two objects the one that was named counts as preserved
        assert value <= (0.05 if 8 <= template < 20 else 0.55), template


def test_collateral_loses_nobody_and_moves_far_enough(edits):
    for edit in edits:
        if 20 <= edit.template < 24:
            after = scene_of(edit_plan(edit.image, edit.question.sample.prompt, edit.seed, "collateral"))
            (name,) = edit.question.sample.bystanders
            old, new = place(edit.before, name), place(after, name)
            assert 0.15 < np.linalg.norm(new - old) / np.linalg.norm(old) < 0.26

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from pydantic import ValidationError

from genspace_adapter_detection import config as configs
from genspace_adapter_detection.config import (
    SEGMENTER_CHECKPOINTS,
    GroundingDinoConfig,
    LlmdetConfig,
    MMGroundingDinoConfig,
    Owlv2Config,
    Sam3Config,
)
from genspace_adapter_detection.plugin import GROUNDING_DINO, SAM3
from genspace_adapter_detection.queries import write_query
from genspace_core import load_categories
from genspace_core.interfaces import Weights

KNOWN = {
    row["name"]: row
    for row in tomllib.loads(files(configs.PACKAGE).joinpath("weights.toml").read_text("utf-8"))["weights"]
}


def test_every_row_of_the_weights_table_is_weights():
    assert all(Weights(**{"revision": "main"} | row).licence for row in KNOWN.values())


@pytest.mark.parametrize(
    "config", [GroundingDinoConfig, LlmdetConfig, MMGroundingDinoConfig, Owlv2Config, Sam3Config]
)
def test_defaults_are_in_the_weights_table(config):
    assert {weights.name for weights in config().weights()} <= KNOWN.keys()


def test_default_segmenters_are_in_the_weights_table():
    assert set(SEGMENTER_CHECKPOINTS.values()) <= KNOWN.keys()


def test_both_sets_of_weights_are_in_the_capabilities():
    config = GroundingDinoConfig(segmenter="sam-hq", revision="abc", segmenter_revision="def")
    told = config.capabilities(GROUNDING_DINO.capabilities).weights_revision
    assert told == "IDEA-Research/grounding-dino-tiny@abc + syscv-community/sam-hq-vit-base@def"
    alone = GroundingDinoConfig(segmenter="boxes").capabilities(GROUNDING_DINO.capabilities)
    assert alone.weights_revision == "IDEA-Research/grounding-dino-tiny@main"


def test_sam_3_is_known_to_be_gated():
    (weights,) = Sam3Config().capabilities(SAM3.capabilities).weights
    assert weights.gated
    assert weights.licence == "SAM License"


def test_the_segmenter_is_known_by_its_content(folders):
    """The same segmenter under another path is the same; another one is not."""
    one = GroundingDinoConfig(segmenter_checkpoint=folders.sam)
    assert one.identity() == {}
    assert one.weights()[1].revision.startswith("sha256:")
    assert GroundingDinoConfig(segmenter_checkpoint="org/sam").identity() == {
        "segmenter_checkpoint": "org/sam"
    }


def test_what_changes_nothing_found_is_no_identity():
    assert GroundingDinoConfig(batch_size=1, boxes_at_once=2, device="cpu").identity() == {}


@pytest.mark.parametrize("query", ["{name}", "{article} {name}. now", "dog."])
def test_a_grounding_query_has_the_name_and_ends_with_a_full_stop(query):
    with pytest.raises(ValidationError):
        GroundingDinoConfig(query=query)


def test_queries_have_their_article():
    template = "{article} {name}."
    assert write_query(template, "teddy bear") == "a teddy bear."
    assert write_query(template, "oven") == "an oven."
    assert write_query("{name}", "oven") == "oven"


def test_the_article_by_spelling_is_right_for_all_categories():
    wrong = ("hour", "honest", "heir", "uni", "use", "eur", "one")
    assert [each.name for each in load_categories() if each.name.startswith(wrong)] == []

"""What configurations say of their weights, and what is part of a result's identity."""

from __future__ import annotations

import shutil
import tomllib
from importlib.resources import files

import pytest

from genspace_adapter_orientation.plugin import V1, V2
from genspace_core.errors import ConfigError


def weights(config, spec=V1):
    return config.capabilities(spec.capabilities).weights


def test_the_published_checkpoints():
    (one,), (two,) = weights(V1.config()), weights(V2.config(), V2)
    assert (one.name, one.revision, one.licence, one.size) == (
        "Viglong/Orient-Anything",
        "main",
        "CC-BY-4.0",
        1_222_727_884,
    )
    assert (two.name, two.licence, two.size) == ("Viglong/Orient-Anything-V2", "CC-BY-4.0", 5_050_000_000)
    (other,) = weights(V1.config(file="other/dino_weight.pt"))
    assert (other.revision, other.size) == ("main", None)  # it may not be there at the pinned commit
    assert two.revision == "main"
    assert weights(V1.config(revision="abc"))[0].revision == "abc"


def test_the_table_says_when_it_was_read():
    for name in ("weights.toml", "data/fronts.toml", "data/symmetry.toml"):
        table = tomllib.loads(files("genspace_adapter_orientation").joinpath(name).read_text("utf-8"))
        assert str(table["read"]) == "2026-11-24"


def test_rembgs_weights_are_named_where_it_is_used():
    names = [w.name for w in weights(V1.config(remove_background="when_unsure", background="rembg"))]
    assert names == ["Viglong/Orient-Anything", "rembg:u2net"]
    assert len(weights(V1.config(remove_background="when_unsure"))) == 1
    assert len(weights(V1.config(background="rembg"))) == 1
    named = weights(V2.config(background="rembg", rembg_model="bria-rmbg"), V2)
    assert (named[1].name, named[1].noncommercial) == ("rembg:bria-rmbg", True)


def test_the_file_is_part_of_the_identity():
    assert V1.config().identity() == {}
    assert V1.config(file="ronormsigma1/dino_weight.pt").identity() == {"file": "ronormsigma1/dino_weight.pt"}
    changed = V1.config(device="cuda", batch_size=9)
    assert changed.identity() == {}


@pytest.mark.parametrize(
    "options",
    [
        {"padding": 0},
        {"fronts": {"dog": False}},
        {"min_confidence": 0.2},
        {"remove_background": "when_unsure"},
        {"rotation_about": "object"},
        {"attention_heads": 3},
        {"dtype": "bfloat16"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_changes_the_result_is_identity(options):
    assert V1.config(**options).identity() == options


def test_a_local_file_is_known_by_its_content(folders, tmp_path):
    shutil.copy(folders[722] / "dino_weight.pt", tmp_path / "dino_weight.pt")
    by_file = V1.config(checkpoint=str(tmp_path / "dino_weight.pt"))
    by_folder = V1.config(checkpoint=str(tmp_path))
    revision = by_file.capabilities(V1.capabilities).weights_revision
    assert revision.startswith("sha256:")
    assert by_folder.capabilities(V1.capabilities).weights_revision == revision
    assert by_file.identity() == by_folder.identity() == {}


def test_a_local_config_is_known_too(folders, tmp_path):
    """It says how many heads there are, which changes every answer."""
    shutil.copytree(folders[722], tmp_path / "one")
    config = V1.config(checkpoint=str(tmp_path / "one"))
    before = config.capabilities(V1.capabilities).weights_revision
    text = (tmp_path / "one/config.json").read_text()
    (tmp_path / "one/config.json").write_text(
        text.replace('"num_attention_heads": 2', '"num_attention_heads": 4')
    )
    assert config.capabilities(V1.capabilities).weights_revision != before


def test_a_missing_local_file_is_said_when_a_run_is_planned(tmp_path):
    with pytest.raises(ConfigError, match=r"no \.pt file in this folder"):
        V1.config(checkpoint=str(tmp_path)).capabilities(V1.capabilities)
    with pytest.raises(ConfigError, match="there is no such folder"):
        V1.config(checkpoint=str(tmp_path / "none.pt")).capabilities(V1.capabilities)

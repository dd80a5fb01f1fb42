"""The generator as the engine sees it: requests in, bytes out."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from importlib.resources import files

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from genspace_adapter_blockworld.catalogue import variants_of
from genspace_adapter_blockworld.generator import build
from genspace_adapter_blockworld.grounds import ground_of, load_grounds
from genspace_adapter_blockworld.models import MODELS
from genspace_adapter_blockworld.plan import Block
from genspace_adapter_blockworld.plugin import FIDUCIAL, GENERATOR, BlockworldConfig
from genspace_adapter_blockworld.renderer import _behind
from genspace_core.errors import GenerationError, InvalidRequest
from genspace_core.interfaces import GenerationRequest, Generator


def request(prompt, seed=1, task="t2i"):
    return GenerationRequest(task=task, prompt=prompt, seed=seed)


def test_bytes_depend_on_prompt_and_seed_alone(cases):
    some = cases[::12]
    forward = [build(BlockworldConfig()).generate(request(c.prompt, c.seed)).data for c in some]
    generator = build(BlockworldConfig())
    backward = [generator.generate(request(c.prompt, c.seed)).data for c in reversed(some)]
    assert forward == backward[::-1]
    assert generator.generate(request(some[0].prompt, 99)).data != forward[0]


def test_picture_is_a_png_of_the_asked_size(prompt_of):
    prompt = prompt_of(18, "dog", "cat", "on a sandy beach")
    made = build(BlockworldConfig(size=512, model="forgetful")).generate(request(prompt, 4))
    assert cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_COLOR).shape == (512, 512, 3)
    assert json.loads(json.dumps(dict(made.info)))["model"] == "forgetful"
    assert len(made.info["drawn"]) + len(made.info["dropped"]) == 2


def test_an_unreadable_prompt_spares_the_rest_of_a_batch(prompt_of):
    good = prompt_of(0, "dog", None, "on a lawn")
    results = build(BlockworldConfig()).generate_batch([request("Hello."), request(good)])
    assert isinstance(results[0], GenerationError)
    assert "Hello" in str(results[0])
    assert results[1].data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("model", "task"), [("frontal", "edit"), ("random", "edit"), ("lazy", "t2i"), ("collateral", "t2i")]
)
def test_a_task_that_a_model_lacks_is_declined_with_the_names_of_those_that_have_it(model, task, prompt_of):
    with pytest.raises(
        InvalidRequest, match=rf"'{model}' does not do the task '{task}'; these do: .*perfect"
    ):
        build(BlockworldConfig(model=model)).generate(
            request(prompt_of(0, "dog", None, "on a lawn"), task=task)
        )


def test_each_model_declares_its_own_tasks():
    declared = GENERATOR.capabilities
    tasks = {name: BlockworldConfig(model=name).capabilities(declared).tasks for name in MODELS}
    assert {name for name, has in tasks.items() if "edit" in has} == {
        "perfect", "egocentric", "lazy", "overdo", "collateral"
    }  # fmt: skip
    assert {name for name, has in tasks.items() if "t2i" in has} == {
        "perfect", "frontal", "egocentric", "unitless", "forgetful", "random"
    }  # fmt: skip


def test_ground_follows_the_setting():
    assert ground_of("on a lawn").ground != ground_of("on a sandy beach").ground
    assert ground_of("on a wooden floor").indoors
    assert ground_of("on a pebble beach") is not ground_of("on a sandy beach")
    assert ground_of("on the moon").words == ()


def test_every_setting_of_the_suite_has_a_look_of_its_own_or_a_kin():
    settings = tomllib.loads(files("genspace_core.suite").joinpath("data/categories.toml").read_text("utf-8"))
    for place, phrases in settings["settings"].items():
        assert len({ground_of(phrase).words for phrase in phrases}) >= 2, place
        for phrase in phrases:
            assert ground_of(phrase).words, phrase
            assert ground_of(phrase).indoors == (place == "room")


def test_a_ground_is_found_again_by_its_own_phrase():
    for ground in load_grounds():
        assert ground_of(ground.phrase) is ground


def test_announced_under_their_names():
    generators = {e.name: e.value for e in entry_points(group="genspace.generators")}
    reconstructors = {e.name: e.value for e in entry_points(group="genspace.reconstructors")}
    assert generators["blockworld"] == "genspace_adapter_blockworld.plugin:GENERATOR"
    assert reconstructors["fiducial"] == "genspace_adapter_blockworld.plugin:FIDUCIAL"
    assert GENERATOR.interface is Generator


def test_config_is_checked_and_described():
    with pytest.raises(ValidationError):
        BlockworldConfig(model="brilliant")
    for spec in (GENERATOR, FIDUCIAL):
        spec.config()
        assert all(field.description for field in spec.config.model_fields.values())


def test_listing_imports_no_opencv():
    code = "import genspace_adapter_blockworld.plugin, sys; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_block_before_the_end_of_a_long_one_is_drawn_last():
    """The train's centre is nearer than the man's, but the man stands on the camera's side of it."""
    train = Block(variants_of("train")[0], np.array([6.0, 0.0, 6.0]), np.pi / 2)
    man = Block(variants_of("man")[0], np.array([13.0, 0.0, 3.5]), 0.3)
    assert np.linalg.norm(train.center) < np.linalg.norm(man.center)
    assert _behind(train, man)
    assert not _behind(man, train)

"""Edits from pixels: what is measured in the edited picture against what is measured in its source."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from adapters.blockworld.tests.scenes import bearing, extents, heading, one, place, scene_of, turn
from genspace_adapter_blockworld.catalogue import resized, variants_of
from genspace_adapter_blockworld.editor import edit_plan
from genspace_adapter_blockworld.fiducial import Fiducial
from genspace_adapter_blockworld.generator import build
from genspace_adapter_blockworld.grounds import ground_of
from genspace_adapter_blockworld.looking import look
from genspace_adapter_blockworld.plan import Block, Plan
from genspace_adapter_blockworld.plugin import BlockworldConfig
from genspace_adapter_blockworld.renderer import draw
from genspace_core.errors import InvalidRequest
from genspace_core.interfaces import GenerationRequest
from genspace_core.types import Evidence, assign_objects
from genspace_metrics import load_table, score

FIDUCIAL = Fiducial()
SIDE = {"front": 0.0, "right": 90.0, "back": 180.0, "left": -90.0}
SIDES_AFTER = {
    **dict(enumerate(("front", "left", "right", "back"))),
    **dict(enumerate(("front", "left", "right", "back"), 4)),
    **dict(enumerate(("front", "back", "left", "right"), 32)),
}


@pytest.fixture(scope="module")
def done(edits):
    """(edit, scene after) of `perfect`, whose picture every test here looks at."""
    return [(edit, FIDUCIAL.reconstruct(edit.made_by("perfect"), edit.names)) for edit in edits]


def of(done, *templates):
    return [(edit, after) for edit, after in done if edit.template in templates]


def stays(edit, after, names):
    """Named objects are where they were, as they were, as the camera sees them."""
    for name in names:
        old = place(edit.before, name)
        assert np.linalg.norm(place(after, name) - old) < 0.01 * np.linalg.norm(old), edit.question.sample.id
        assert turn(heading(after, name), heading(edit.before, name)) < 1.5
        assert extents(after, name) == pytest.approx(extents(edit.before, name))


def test_everything_is_in_the_edited_picture(done):
    for edit, after in done:
        assert assign_objects(edit.names, after).outcome == "ok", edit.question.sample.id


def test_every_question_is_answered_and_the_rest_preserved(done):
    for edit, after in done:
        verdict = score(
            load_table("spatial"), edit.question.sample, Evidence(scene=after, scene_before=edit.before)
        )
        assert verdict.value == 1.0, edit.question.sample.id
        assert verdict.preservation == pytest.approx(1.0), edit.question.sample.id


def test_the_camera_goes_round_a_layout_that_stays(done):
    for edit, after in of(done, 0, 1, 2, 3, 32, 33, 34, 35):
        objects = edit.question.sample.objects
        anchor = objects[-1 if len(objects) == 3 else 0]
        assert turn(bearing(after, anchor, "camera"), SIDE[SIDES_AFTER[edit.template]]) < 18
        for name in set(edit.names) - {anchor}:
            assert turn(bearing(after, anchor, name), bearing(edit.before, anchor, name)) < 1.5
            apart = [np.linalg.norm(place(s, name) - place(s, anchor)) for s in (edit.before, after)]
            assert apart[1] == pytest.approx(apart[0], rel=0.02)


def test_an_object_turns_on_the_spot(done):
    for edit, after in of(done, 4, 5, 6, 7):
        name = edit.question.sample.objects[0]
        assert turn(bearing(after, name, "camera"), SIDE[SIDES_AFTER[edit.template]]) < 10
        assert place(after, name) == pytest.approx(
            place(edit.before, name), abs=0.01 * np.linalg.norm(place(after, name))
        )
        stays(edit, after, edit.question.sample.bystanders)


def test_an_added_object_leaves_the_first_alone(done):
    for edit, after in of(done, *range(8, 20)):
        stays(edit, after, edit.question.sample.objects[:1])
        new = edit.question.sample.objects[1]
        length, width, height = variants_of(new)[0].size
        assert extents(after, new) == pytest.approx((length, height, width))
        assert after.camera.gravity_rotation == pytest.approx(edit.before.camera.gravity_rotation, abs=0.01)


def test_an_object_moves_by_exactly_the_amount(done):
    for edit, after in of(done, 20, 21, 22, 23):
        name = edit.question.sample.objects[0]
        old = place(edit.before, name)
        closer = -old * [1, 0, 1] / np.hypot(old[0], old[2])
        way = [closer, -closer, [-1, 0, 0], [1, 0, 0]][edit.template - 20]
        assert place(after, name) - old == pytest.approx(np.array(way), abs=0.03)
        assert turn(heading(after, name), heading(edit.before, name)) < 1.5
        stays(edit, after, edit.question.sample.bystanders)


def test_the_camera_moves_by_exactly_the_amount(done):
    for edit, after in of(done, 24, 25, 26, 27):
        way = [[0, 0, 1], [-1, 0, 0], [1, 0, 0], [0, 0, -1]][edit.template - 24]
        for name in edit.names:
            assert place(after, name) - place(edit.before, name) == pytest.approx(-np.array(way), abs=0.04)
            assert turn(heading(after, name), heading(edit.before, name)) < 1.5


def test_an_object_grows_where_it_stands(done):
    for edit, after in of(done, 28, 29, 30, 31):
        name = edit.question.sample.objects[0]
        ((quantity, amount),) = edit.question.sample.targets.items()
        length, width, height = resized(name, quantity, amount).size
        assert extents(after, name) == pytest.approx((length, height, width))
        old, new = place(edit.before, name), place(after, name)
        rise = (extents(after, name) - extents(edit.before, name))[1] / 2
        assert new == pytest.approx(old - [0, rise, 0], abs=0.01 * np.linalg.norm(old))
        assert turn(heading(after, name), heading(edit.before, name)) < 1.5
        stays(edit, after, edit.question.sample.bystanders)


def test_the_place_is_kept(edits):
    for edit in edits[::2]:
        seen = look(edit.image, edit.question.source.objects)
        assert ground_of(seen.setting) is ground_of(edit.plan.setting)
        assert seen.height == pytest.approx(edit.plan.height, rel=0.05)
        assert seen.pitch == pytest.approx(edit.plan.pitch, abs=0.02)


def reencoded(image, jpeg=None, size=None):
    if size:
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    if jpeg:
        data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1]
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(image)


@pytest.mark.parametrize(("jpeg", "size"), [(90, None), (None, 640), (85, 1100)])
def test_sources_may_have_been_compressed_or_scaled(edits, jpeg, size):
    """Of what is scaled down, only what was drawn large can still be read."""
    some = [edit for edit in edits[::7] if size != 640 or not 8 <= edit.template < 32]
    passed = 0
    for edit in some:
        source = reencoded(edit.image, jpeg, size)
        before = FIDUCIAL.reconstruct(source, edit.question.source.objects)
        image = edit.made_by("perfect", source)
        assert image.shape == source.shape
        after = FIDUCIAL.reconstruct(image, edit.names)
        verdict = score(
            load_table("spatial"), edit.question.sample, Evidence(scene=after, scene_before=before)
        )
        passed += verdict.passed
    assert passed >= 0.9 * len(some)


def test_only_the_pixels_count(edits, tmp_path):
    """Another process, which has drawn nothing and is told nothing but the picture's file, edits it alike."""
    edit = edits[40]
    path = tmp_path / "source.png"
    cv2.imwrite(str(path), edit.image[..., ::-1])
    code = (
        "import sys, cv2\n"
        "from genspace_adapter_blockworld.generator import build\n"
        "from genspace_adapter_blockworld.plugin import BlockworldConfig\n"
        "from genspace_core.interfaces import GenerationRequest\n"
        "source = cv2.imread(sys.argv[1])[..., ::-1].copy()\n"
        "request = GenerationRequest(task='edit', prompt=sys.argv[2], seed=int(sys.argv[3]), source=source)\n"
        "sys.stdout.buffer.write(build(BlockworldConfig()).generate(request).data)\n"
    )
    told = [sys.executable, "-c", code, str(path), edit.question.sample.prompt, str(edit.seed)]
    alone = subprocess.run(told, check=True, capture_output=True).stdout
    assert alone == build(BlockworldConfig()).generate(edit.request()).data


def ask(image, prompt, model="perfect"):
    return build(BlockworldConfig(model=model)).generate(
        GenerationRequest(task="edit", prompt=prompt, seed=1, source=image)
    )


TURN = (
    "Turn the dog on the spot so that, from the camera's point of view, "
    "the front of the dog points straight at the camera."
)


def blocks(*things, size=768):
    """A picture of blocks: (name, x, z, heading) on the ground of a lawn."""
    stand = [
        Block(
            variants_of(name)[variant], np.array([x, 1.2 - variants_of(name)[variant].size[2] / 2, z]), turned
        )
        for name, variant, x, z, turned in things
    ]
    return draw(Plan(tuple(stand), 1.2, 0.2, "on a lawn", size))


DOG, CHAIR = ("dog", 0, 0.0, 3.0, 1.0), ("chair", 0, 1.0, 3.2, -2.0)


@pytest.mark.parametrize(
    ("image", "prompt", "says"),
    [
        (None, TURN, "needs a source"),
        (blocks(DOG)[:700], TURN, "768 x 700"),
        (np.zeros((200, 200, 3), np.uint8), TURN, "200 x 200"),
        (np.full((512, 512, 3), 127, np.uint8), TURN, "no block can be read"),
        (blocks(CHAIR), TURN, "shows no dog; it shows chair"),
        (blocks(DOG, ("dog", 0, 1.2, 3.3, 0.3)), TURN, "more than one dog"),
        (blocks(DOG), "Make the dog nicer.", "Make the dog nicer"),
        (blocks(DOG), "Make the dog exactly 30 centimetres taller.", "no dog with height 0.3"),
        (
            blocks(("dog", 2, 0.0, 3.0, 1.0)),
            "Make the dog exactly 20 centimetres taller.",
            "this dog is taller",
        ),
        (blocks(DOG), "Turn the dog on the spot so that it faces the camera.", "it faces the camera"),
        (blocks(DOG), "Move the camera so that.", "which side"),
        (
            blocks(DOG, CHAIR),
            "Add one chair so that, from the camera's point of view, the chair is to the left of the dog.",
            "no second chair",
        ),
    ],
)
def test_what_cannot_be_edited_is_refused_in_one_line(image, prompt, says):
    with pytest.raises(InvalidRequest, match=says) as refusal:
        ask(image, prompt)
    assert "\n" not in str(refusal.value)


def test_what_nobody_names_stays_in_the_picture():
    third = ("backpack", 0, -1.2, 4.4, 0.2)
    image = blocks(DOG, CHAIR, third)
    plan = edit_plan(image, TURN, seed=2)
    assert {block.asset.name for block in plan.blocks} == {"dog", "chair", "backpack"}
    before = FIDUCIAL.reconstruct(image, ("dog", "chair", "backpack"))
    for name in ("chair", "backpack"):
        assert place(scene_of(plan), name) == pytest.approx(place(before, name), abs=0.02)
    assert one(scene_of(plan), "dog").name == "dog"


def test_a_camera_that_ends_among_the_objects_draws_what_it_sees():
    """Twice as far as asked may be past an object; that is no reason to stop."""
    image = blocks(DOG, CHAIR)
    step = "From the camera's point of view, move the camera exactly 1.5 metres forward."
    for model in ("perfect", "overdo"):
        assert ask(image, step, model).data.startswith(b"\x89PNG")

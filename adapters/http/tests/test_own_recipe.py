"""The made-up vendor of docs/apis.md: a recipe, and no code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.http.tests.talking import KEY, made, request
from adapters.http.tests.test_what_is_sent import form
from adapters.http.tests.vendors import encoded
from genspace_adapter_http.generator import HttpGenerator, build
from genspace_adapter_http.plugin import HTTP, HttpConfig
from genspace_core.errors import GenerationError, InvalidRequest, Refused
from genspace_core.interfaces import Job
from genspace_core.testing import Answer, Call, JobConformance, JobScript, Vendor
from genspace_core.testing.pictures import picture, smooth_picture

PAGE = Path(__file__).parents[3] / "docs" / "apis.md"


def recipe_of_the_docs() -> str:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return next(block for block in blocks if block.startswith("# easel.toml"))


class Easel(JobScript):
    paths = (r"/v1/models/easel-2-20260901/(pictures|edits)",)
    polls = ("/v1/jobs/9",)
    refusals: ClassVar = {
        code: Answer(400, {"error": {"code": code, "message": "not that"}}) for code in ("unsafe", "person")
    }
    refused_jobs: ClassVar = {"blocked": Answer(200, {"id": "9", "state": "blocked"})}
    gone = Answer(200, {"id": "9", "state": "unknown"})

    def submitted(self, server: str, address: str) -> Any:
        return Answer(202, {"id": "9", "state": "queued", "links": {"self": f"{server}/v1/jobs/9"}})

    def polled(self, call: Call, server: str, address: str | None) -> Any:
        if address is None:
            return {"id": "9", "state": "drawing"}
        result = {"pictures": [{"url": address}], "seed": 7, "usage": {"steps": 30}, "cents": 2.5}
        return {"id": "9", "state": "finished", "result": result}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return Answer(status, {"error": {"code": "no_credit" if kind == "quota" else kind, "message": words}})


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("easel") / "easel.toml"
    path.write_text(recipe_of_the_docs())
    return path


class TestEasel(JobConformance):
    spec = HTTP
    spec_module = "genspace_adapter_http.plugin"
    key_variable = "EASEL_API_KEY"
    script = Easel()
    base_path = "/v1"
    varies_with_seed = False

    @pytest.fixture(autouse=True)
    def _recipe(self, file: Path) -> None:
        type(self).config = {"recipe": str(file)}


def test_what_is_sent_and_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_API_KEY", KEY)
    script = Easel()

    def route(call: Call) -> Answer:
        server = f"http://{call.headers['host']}"
        if script.costs(call):
            return script.submitted(server, "")
        if script.is_poll(call):
            return Answer(200, script.polled(call, server, f"{server}/picture.png"))
        return Answer(200, picture(64, 64), {"Content-Type": "image/png"})

    with Vendor(route) as vendor:
        place = {"base_url": f"{vendor.address}/v1", "allow_hosts": ["127.0.0.1"]}
        plugin = build(HttpConfig.model_validate({"recipe": str(file), **place}))
        image = made(plugin, request())
        edit = made(plugin, request(smooth_picture(90, 150)))
    first, poll, fetch, second = vendor.calls[:4]
    assert first.json() == {"prompt": "A dog.", "size": "1024x1024", "options": {"seed": 7, "enhance": False}}
    assert first.headers["authorization"] == poll.headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in fetch.headers
    assert form(second) == {"prompt": "A dog.", "seed": "7"}
    assert image.cost == pytest.approx(0.025)
    assert dict(image.info) == {
        "model": "easel-2-20260901",
        "seed": 7,
        "rewriting": False,
        "vendor_id": "9",
        "usage": {"steps": 30},
        "size": "64x64",
    }
    assert "rewriting" not in edit.info


PLAIN = """
vendor = "Plain"
read = 2026-11-27
base_url = "https://plain.example"
[t2i]
path = "/draw?model={model}"
[t2i.json]
prompt = "{prompt}"
[answer]
as = "bytes"
[models.plain]
id = "plain/1 a"
seeds = false
"""
BY_ID = """
vendor = "Numbers"
read = 2026-11-27
base_url = "https://numbers.example"
[t2i]
path = "/draw"
[t2i.json]
prompt = "{prompt}"
seed = "{seed}"
[answer]
image = "picture"
as = "base64"
[job]
path = "/jobs/{id}"
status = "state"
done = ["1"]
working = ["0"]
[facts]
vendor_id = "number"
[models.numbers]
id = "n"
"""


def plugin_of(text: str, vendor: Vendor, folder: Path) -> HttpGenerator:
    file = folder / "recipe.toml"
    file.write_text(text)
    config = {"recipe": str(file), "base_url": vendor.address, "allow_hosts": ["127.0.0.1"]}
    return build(HttpConfig.model_validate(config))


def test_an_answer_that_is_the_picture_of_a_server_without_keys(tmp_path: Path) -> None:
    with Vendor(lambda _: Answer(200, picture(64, 64))) as vendor:
        image = made(plugin_of(PLAIN, vendor, tmp_path), request())
    assert image.data == picture(64, 64)
    assert image.answer is None
    (call,) = vendor.calls
    assert call.json() == {"prompt": "A dog."}
    assert call.query == {"model": "plain/1 a"}
    assert "seed" not in image.info


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(200, {"error": {"message": "cannot draw that"}}), Refused),
        (Answer(200, "<html>a page</html>"), GenerationError),
        (Answer(200, b"nothing to be seen"), GenerationError),
        (Answer(422, {"error": {"message": "cannot draw that"}}), InvalidRequest),
    ],
)
def test_an_answer_that_should_be_the_picture(answer: Answer, kind: type[Exception], tmp_path: Path) -> None:
    with Vendor(lambda _: answer) as vendor, pytest.raises(kind) as caught:
        plugin_of(PLAIN, vendor, tmp_path).submit(request())
    assert type(caught.value) is kind


def test_a_job_that_is_known_by_a_number(tmp_path: Path) -> None:
    """Which is no text, as its states are none."""
    states = iter([0, 0, 1])

    def route(call: Call) -> Answer:
        if call.method == "POST":
            return Answer(200, {"number": 12})
        assert call.path == "/jobs/12"
        return Answer(200, {"number": 12, "state": next(states), "picture": encoded(picture(64, 64))})

    with Vendor(route) as vendor:
        plugin = plugin_of(BY_ID, vendor, tmp_path)
        job = plugin.submit(request())
        assert isinstance(job, Job)
        assert [plugin.collect(job), plugin.collect(job)] == [None, None]
        image = plugin.collect(job)
    assert image is not None
    assert image.data == picture(64, 64)
    assert (image.info["vendor_id"], image.info["seed"]) == ("12", 7)

"""What is kept of a picture beside its bytes, and what is made of odd answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.http.tests import vendors
from adapters.http.tests.talking import RESULT, generator, made, request, well
from genspace_core.errors import (
    Fatal,
    GenerationError,
    JobFailed,
    QuotaSpent,
    RateLimited,
    Refused,
    ResultLost,
    Transient,
)
from genspace_core.images import decode_image
from genspace_core.interfaces import Job
from genspace_core.testing import Answer, Call, Vendor
from genspace_core.testing.pictures import picture, smooth_picture


def test_black_forest_labs() -> None:
    with Vendor(well(vendors.Bfl(), picture(96, 64))) as vendor, generator(vendor, "bfl") as plugin:
        image = made(plugin, request())
    assert image.cost == pytest.approx(0.03)
    assert dict(image.info) == {"model": "flux-2-pro", "seed": 42, "vendor_id": "7", "size": "96x64"}


def test_flux_3_has_no_seed_and_looks_nothing_up() -> None:
    with (
        Vendor(well(vendors.Bfl(), picture(64, 64))) as vendor,
        generator(vendor, "bfl", model="bfl-flux-3-image") as plugin,
    ):
        job = plugin.submit(request())
    assert isinstance(job, Job)
    assert job.data["info"] == {"model": "flux-3-image", "grounding": False, "vendor_id": "7"}


def test_seedream() -> None:
    with (
        Vendor(well(vendors.Seedream(), picture(64, 64))) as vendor,
        generator(vendor, "seedream", "/api/v3", model="seedream-5.0") as plugin,
    ):
        image = made(plugin, request())
    assert dict(image.info) == {
        "model": "seedream-5-0-260128",
        "watermark": False,
        "sequential": "disabled",
        "usage": {"generated_images": 1},
        "size": "64x64",
    }


def test_qwen_keeps_no_signature_but_in_its_job() -> None:
    with Vendor(well(vendors.Qwen(), picture(64, 64))) as vendor, generator(vendor, "qwen") as plugin:
        job = plugin.submit(request())
        assert isinstance(job, Job)
        assert job.first == 0
        image = plugin.collect(job)
    assert image is not None
    assert "sig-0123456789" not in json.dumps([dict(image.info), image.answer])
    assert image.info["rewriting"] is False
    assert image.info["watermark"] is False
    assert image.info["vendor_id"] == "r-1"


def test_ideogram_tells_the_prompt_that_it_drew() -> None:
    with Vendor(well(vendors.Ideogram(), picture(64, 64))) as vendor, generator(vendor, "ideogram") as plugin:
        assert made(plugin, request()).info["revised_prompt"] == "a dog"


def test_qwen_with_words_in_place_of_a_picture() -> None:
    with (
        Vendor(lambda _: vendors.Qwen.empty) as vendor,
        generator(vendor, "qwen") as plugin,
        pytest.raises(Refused, match="I cannot draw that") as caught,
    ):
        plugin.submit(request())
    assert caught.value.reason == "text"
    assert caught.value.charged


def test_what_a_refusal_costs_is_the_recipes_to_say() -> None:
    for script, recipe in ((vendors.Stability(), "stability"), (vendors.Ideogram(), "ideogram")):
        for reason, answer in script.refusals.items():
            with (
                Vendor(lambda _, told=answer: told) as vendor,
                generator(vendor, recipe) as plugin,
                pytest.raises(Refused) as caught,
            ):
                plugin.submit(request())
            assert caught.value.charged == (reason in {"CONTENT_FILTERED", "is_image_safe"})


def test_a_moderated_job_is_not_on_the_bill_and_says_why() -> None:
    moderated = vendors.Bfl.refused_jobs["Request Moderated"]

    def route(call: Call) -> Answer:
        script = vendors.Bfl()
        if script.costs(call):
            return Answer(200, script.submitted(f"http://{call.headers['host']}", ""))
        return moderated

    with Vendor(route) as vendor, generator(vendor, "bfl") as plugin:
        job = plugin.submit(request())
        assert isinstance(job, Job)
        with pytest.raises(Refused, match="Derivative Works") as caught:
            plugin.collect(job)
    assert (caught.value.charged, caught.value.cost) == (False, None)


@pytest.mark.parametrize(
    ("poll", "kind"),
    [
        (Answer(200, {"id": "7", "status": "Error", "details": "out of memory"}), JobFailed),
        (Answer(503, {"id": "7", "status": "Content Moderated"}), Refused),
        (Answer(200, {"id": "7"}), Transient),
        (Answer(200, "<html>a page</html>"), Transient),
        (Answer(404, {"detail": "no such task"}), ResultLost),
        (Answer(400, {"detail": "bad id"}), GenerationError),
        (Answer(402, {"detail": "no credits"}), QuotaSpent),
        (Answer(429, {"detail": "slowly"}), RateLimited),
        (Answer(200, {"status": "Ready", "result": {}}), Refused),
    ],
)
def test_what_may_become_of_a_job(poll: Answer, kind: type[Exception]) -> None:
    with Vendor(lambda _: poll) as vendor, generator(vendor, "bfl") as plugin:
        ask = f"{vendor.address}/v1/get_result?id=7"
        with pytest.raises(kind) as caught:
            plugin.collect(Job(data={"info": {}, "cost": 0.03, "answer": None, "ask": ask}))
    if kind is JobFailed:
        assert (caught.value.charged, caught.value.cost) == (True, 0.03)
    if kind is GenerationError:
        assert type(caught.value) is GenerationError
    if kind is ResultLost:
        assert (caught.value.charged, caught.value.cost) == (True, 0.03)
    if kind is Transient:
        assert not caught.value.charged


def test_a_word_that_no_recipe_knows_is_waited_for() -> None:
    with (
        Vendor(lambda _: Answer(200, {"status": "Warming up"})) as vendor,
        generator(vendor, "bfl") as plugin,
    ):
        data = {"info": {}, "cost": None, "answer": None, "ask": f"{vendor.address}/v1/get_result?id=7"}
        assert plugin.collect(Job(data=data)) is None


def test_an_order_that_says_nowhere_how_to_go_on() -> None:
    with (
        Vendor(lambda _: Answer(200, {"id": "7"})) as vendor,
        generator(vendor, "bfl") as plugin,
        pytest.raises(GenerationError, match="does not say where") as caught,
    ):
        plugin.submit(request())
    assert caught.value.charged


def test_an_expired_result_says_how_long_they_are_kept() -> None:
    with Vendor(lambda _: Answer(403)) as vendor, generator(vendor, "qwen") as plugin:
        data = {"info": {}, "cost": None, "answer": None, "address": vendor.address + RESULT}
        with pytest.raises(ResultLost, match="keeps results for 1440 minutes"):
            plugin.collect(Job(data=data))


def test_a_result_within_its_address() -> None:
    with Vendor(lambda _: Answer(500)) as vendor, generator(vendor, "replicate", "/v1") as plugin:
        address = f"data:image/png;base64,{vendors.encoded(picture(64, 64))}"
        image = plugin.collect(Job(data={"info": {}, "cost": None, "answer": None, "address": address}))
    assert image is not None
    assert image.data == picture(64, 64)


def test_replicate_gives_a_list_or_one_address() -> None:
    class Several(vendors.Replicate):
        def polled(self, call: Call, server: str, address: str | None) -> Any:
            return super().polled(call, server, address) | {"output": [address, "https://second.example/"]}

    with Vendor(well(Several(), picture(64, 64))) as vendor, generator(vendor, "replicate", "/v1") as plugin:
        assert made(plugin, request()).data == picture(64, 64)


def test_replicate_says_in_its_answer_how_long_to_wait() -> None:
    told = Answer(429, {"detail": "Request was throttled.", "retry_after": 9})
    with (
        Vendor(lambda _: told) as vendor,
        generator(vendor, "replicate", "/v1") as plugin,
        pytest.raises(RateLimited, match="throttled") as caught,
    ):
        plugin.submit(request())
    assert caught.value.retry_after == 9


@pytest.mark.parametrize("way", ["exif", "palette"])
def test_an_edit_comes_back_in_its_sources_size(way: str) -> None:
    """However the vendor packs it."""
    import io

    from PIL import Image

    image = Image.fromarray(smooth_picture(50, 80))
    buffer = io.BytesIO()
    if way == "exif":
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by a quarter
        image.transpose(Image.Transpose.ROTATE_90).save(buffer, "JPEG", exif=exif, quality=95)
    else:
        image.quantize(64).save(buffer, "PNG")
    source = smooth_picture(100, 160)
    with (
        Vendor(well(vendors.Stability(), buffer.getvalue())) as vendor,
        generator(vendor, "stability", model="stability-ultra") as plugin,
    ):
        result = decode_image(made(plugin, request(source)).data, "it")
    assert result.shape == source.shape
    whole = decode_image(buffer.getvalue(), "it")
    wide = Image.fromarray(whole).resize((160, 100), Image.Resampling.LANCZOS)
    assert abs(result.astype(int) - wide).mean() < 3


def test_an_order_for_a_task_that_the_model_has_not() -> None:
    with (
        Vendor(lambda _: Answer(500)) as vendor,
        generator(vendor, "stability", model="stability-core") as plugin,
        pytest.raises(GenerationError, match="core does not do edit"),
    ):
        plugin.submit(request(smooth_picture(64, 64)))
    assert vendor.calls == []


def test_a_model_that_is_not_there_stops_the_run() -> None:
    answer = Answer(404, {"detail": "Not Found"})
    with (
        Vendor(lambda _: answer) as vendor,
        generator(vendor, "bfl", model="flux-9") as plugin,
        pytest.raises(Fatal, match="Not Found"),
    ):
        plugin.submit(request())


def test_an_answer_that_is_packed_wrongly() -> None:
    broken = Answer(200, b"no gzip", {"Content-Encoding": "gzip"})
    with (
        Vendor(lambda _: broken) as vendor,
        generator(vendor, "seedream", "/api/v3") as plugin,
        pytest.raises(GenerationError, match="cannot be read") as caught,
    ):
        plugin.submit(request())
    assert caught.value.charged
    assert not isinstance(caught.value, Transient)


def test_an_answer_without_a_picture_says_what_it_says() -> None:
    told = Answer(200, {"data": [], "error": {"code": "Odd", "message": "nothing came of it"}})
    with (
        Vendor(lambda _: told) as vendor,
        generator(vendor, "seedream", "/api/v3") as plugin,
        pytest.raises(Refused, match="no picture: nothing came of it") as caught,
    ):
        plugin.submit(request())
    assert caught.value.reason == "no_image"

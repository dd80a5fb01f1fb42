"""What each vendor says, in its own form."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from genspace_core.testing import Answer, Call, JobScript, Script

MALFORMED = "!" * 400
CODES = {
    "auth": "AuthenticationError",
    "quota": "AccountOverdueError",
    "invalid": "InvalidParameter",
    "limited": "RateLimitExceeded",
    "server": "InternalServiceError",
}


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def detailed(status: int, words: str) -> Answer:
    return Answer(status, {"detail": words})


class Bfl(JobScript):
    paths = (r"/v1/flux-.*",)
    polls = ("/v1/get_result",)
    refused_jobs: ClassVar = {
        word: Answer(
            200, {"id": "7", "status": word, "details": {"Moderation Reasons": ["Derivative Works"]}}
        )
        for word in ("Request Moderated", "Content Moderated")
    }
    gone = Answer(404, {"id": "7", "status": "Task not found"})

    def submitted(self, server: str, address: str) -> Any:
        return {"id": "7", "polling_url": f"{server}/v1/get_result?id=7", "cost": 3.0, "output_mp": 1.0}

    def polled(self, call: Call, server: str, address: str | None) -> Any:
        assert call.query == {"id": "7"}
        if address is None:
            return {"id": "7", "status": "Pending", "result": None}
        return {"id": "7", "status": "Ready", "result": {"sample": address, "seed": 42, "prompt": "a dog"}}

    def error(self, status: int, kind: str, words: str) -> Answer:
        if kind == "invalid":
            return Answer(
                status, {"detail": [{"loc": ["body", "width"], "msg": words, "type": "multiple_of"}]}
            )
        return detailed(status, words)


class Seedream(Script):
    paths = ("/api/v3/images/generations",)
    refusals: ClassVar = {
        code: Answer(400, {"error": {"code": code, "message": "may contain sensitive information"}})
        for code in ("InputTextSensitiveContentDetected", "OutputImageSensitiveContentDetected")
    }
    empty = Answer(200, {"model": "seedream-5-0-260128", "data": [], "usage": {"generated_images": 0}})
    malformed_base64 = Answer(200, {"data": [{"b64_json": MALFORMED}]})
    quota_status = 403

    def answer(self, picture: bytes) -> Any:
        data = [{"b64_json": encoded(picture), "size": "2048x2048"}]
        return {"model": "seedream-5-0-260128", "created": 1, "data": data, "usage": {"generated_images": 1}}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return Answer(status, {"error": {"code": CODES[kind], "message": words, "type": "x"}})


class Qwen(JobScript):
    paths = ("/api/v1/services/aigc/multimodal-generation/generation",)
    refusals: ClassVar = {
        "DataInspectionFailed": Answer(
            400, {"code": "DataInspectionFailed", "message": "inappropriate content"}
        )
    }
    empty = Answer(
        200, {"output": {"choices": [{"message": {"content": [{"text": "I cannot draw that."}]}}]}}
    )
    quota_status = 400
    codes: ClassVar = {
        "auth": "InvalidApiKey",
        "quota": "Arrearage",
        "invalid": "InvalidParameter",
        "limited": "Throttling.RateQuota",
        "server": "InternalError",
    }

    def submitted(self, server: str, address: str) -> Any:
        content = [{"image": f"{address}?Expires=1&Signature=sig-0123456789"}]
        choices = [{"finish_reason": "stop", "message": {"role": "assistant", "content": content}}]
        return {"output": {"choices": choices}, "usage": {"image_count": 1}, "request_id": "r-1"}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return Answer(status, {"code": self.codes[kind], "message": words, "request_id": "r-1"})


class Stability(Script):
    paths = (r"/v2beta/stable-image/generate/\w+",)
    refusals: ClassVar = {
        "CONTENT_FILTERED": Answer(200, {"image": "AAAA", "finish_reason": "CONTENT_FILTERED", "seed": 1}),
        "content_moderation": Answer(
            403, {"id": "1", "name": "content_moderation", "errors": ["Your request was flagged"]}
        ),
    }
    empty = Answer(200, {"finish_reason": "SUCCESS", "seed": 1})
    malformed_base64 = Answer(200, {"image": MALFORMED, "finish_reason": "SUCCESS", "seed": 1})

    def answer(self, picture: bytes) -> Any:
        return {"image": encoded(picture), "finish_reason": "SUCCESS", "seed": 343940597}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return Answer(status, {"id": "1", "name": kind, "errors": [words]})


class Ideogram(JobScript):
    paths = (r"/v2/image/(generate|precise-edit)/ideogram-4-5",)
    refusals: ClassVar = {
        "is_image_safe": Answer(200, {"data": [{"url": None, "is_image_safe": False, "seed": 7}]}),
        "safety": Answer(422, {"error": "Prompt or provided image failed the safety checks"}),
    }
    empty = Answer(200, {"data": []})

    def submitted(self, server: str, address: str) -> Any:
        one = {"url": address, "is_image_safe": True, "seed": 7, "prompt": "a dog", "resolution": "2048x2048"}
        return {"generation_id": "g-1", "data": [one]}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return Answer(status, {"error": words})


class Fal(JobScript):
    paths = (r"/fal-ai/flux-(1/schnell|2-pro/edit)",)
    polls = (r"/fal-ai/flux-\d(-pro)?/requests/r-1(/status)?",)
    refused_jobs: ClassVar = {
        "has_nsfw_concepts": Answer(
            200,
            {
                "status": "COMPLETED",
                "images": [{"url": "https://v3.fal.media/a.png"}],
                "has_nsfw_concepts": [True],
            },
        ),
        "content_policy_violation": Answer(
            422,
            {"detail": [{"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}]},
        ),
    }
    gone = Answer(404, {"detail": "Request not found"})

    def submitted(self, server: str, address: str) -> Any:
        here = f"{server}/fal-ai/flux-1/requests/r-1"
        return {
            "request_id": "r-1",
            "status": "IN_QUEUE",
            "status_url": f"{here}/status",
            "response_url": here,
        }

    def polled(self, call: Call, server: str, address: str | None) -> Any:
        if call.path.endswith("/status"):
            word = "IN_PROGRESS" if address is None else "COMPLETED"
            return Answer(202 if address is None else 200, {"status": word, "request_id": "r-1"})
        return {"images": [{"url": address}], "seed": 42, "has_nsfw_concepts": [False], "prompt": "a dog"}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return detailed(status, words)


class Replicate(JobScript):
    paths = (r"/v1/models/[\w-]+/[\w-]+/predictions",)
    polls = ("/v1/predictions/p-1",)
    refused_jobs: ClassVar = {
        "flagged": Answer(
            200, {"id": "p-1", "status": "failed", "error": "The input was flagged as sensitive (E005)"}
        )
    }
    gone = Answer(404, {"detail": "Prediction not found", "status": 404})

    def submitted(self, server: str, address: str) -> Any:
        return Answer(
            201, {"id": "p-1", "status": "starting", "urls": {"get": f"{server}/v1/predictions/p-1"}}
        )

    def polled(self, call: Call, server: str, address: str | None) -> Any:
        status = "processing" if address is None else "succeeded"
        told = {"id": "p-1", "status": status, "output": address, "version": "abc", "error": None}
        return told | {"metrics": {"predict_time": 2.5}}

    def error(self, status: int, kind: str, words: str) -> Answer:
        return Answer(status, {"detail": words, "status": status, "title": kind})

"""What the server says, by its code rather than by its status."""

from __future__ import annotations

import pytest

from adapters.openai.tests.asking import ask_one
from adapters.openai.tests.vendor import MODERATED, error
from genspace_core.errors import AuthFailed, Fatal, GenerationError, InvalidRequest, QuotaSpent, Refused
from genspace_core.testing import Answer


def test_a_refusal_keeps_the_answer() -> None:
    failure = ask_one(MODERATED).asked.failure(Refused, "moderation_blocked: Your request was rejected")
    assert failure.answer["code"] == "moderation_blocked"
    assert not failure.charged


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"])
@pytest.mark.parametrize("status", [400, 403, 429])
def test_an_account_without_credit(code: str, status: int) -> None:
    said = error(status, "Billing hard limit has been reached", "invalid_request_error", code)
    ask_one(said).asked.failure(QuotaSpent, "Billing hard limit has been reached")


def test_a_model_that_is_not_there_is_named() -> None:
    said = error(404, "It does not exist.", "invalid_request_error", "model_not_found", "model")
    failure = ask_one(said, model="gpt-image-1").asked.failure(Fatal, "gpt-image-1: It does not exist.")
    assert not isinstance(failure, AuthFailed | QuotaSpent)


def test_a_setting_that_a_server_does_not_know_stops_the_run() -> None:
    said = error(
        400, "Unknown parameter: 'quality'.", "invalid_request_error", "unknown_parameter", "quality"
    )
    ask_one(said).asked.failure(Fatal, 'leave_out = ["quality"]')


def test_a_prompt_that_is_too_long_fails_alone() -> None:
    said = error(400, "Too long.", "invalid_request_error", "string_above_max_length", "prompt")
    ask_one(said).asked.failure(InvalidRequest, "Too long.")


def test_an_organisation_that_is_not_verified() -> None:
    said = error(403, "Your organization must be verified.", "invalid_request_error", None)
    ask_one(said).asked.failure(AuthFailed, "must be verified")


@pytest.mark.parametrize(
    "body", ["plain words", {"detail": "plain words"}, {"error": "plain words"}, {"message": "plain words"}]
)
def test_errors_of_other_servers(body: object) -> None:
    ask_one(Answer(422, body)).asked.failure(InvalidRequest, "plain words")


@pytest.mark.parametrize(
    "body",
    [[], "text", None, 7, {"data": 7}, {"data": [7]}, {"data": [{"b64_json": 7}]}, {"data": [{"url": []}]}],
)
def test_answers_of_another_form(body: object) -> None:
    failure = ask_one(Answer(200, body)).asked.error
    assert isinstance(failure, GenerationError)
    assert failure.charged


def test_an_error_that_comes_with_status_200() -> None:
    said = {"error": {"message": "no such picture", "code": "content_policy_violation"}}
    failure = ask_one(Answer(200, said)).asked.failure(Refused, "no such picture")
    assert isinstance(failure, Refused)
    assert failure.reason == "content_policy_violation"

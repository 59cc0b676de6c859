"""Every error is told in the protocol's form, with its own status, and never to be tried again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unillm import errors
from unillm._wire.serve.failed import failed, not_served
from unillm.errors import ProviderError, RateLimitError, RouteExhaustedError, UnillmError
from unillm.types.messages import AssistantMessage
from unillm.types.response import Attempt, ChatResponse


def family(kind: type[UnillmError]) -> list[type[UnillmError]]:
    return [kind, *(one for under in kind.__subclasses__() for one in family(under))]


ANSWER = ChatResponse(
    message=AssistantMessage("So far"), finish_reason="stop", provider="box", model="m"
)
MORE: dict[type[UnillmError], dict[str, Any]] = {
    errors.ToolArgumentsError: {"response": ANSWER},
    errors.OutputValidationError: {"response": ANSWER, "tries": ()},
    errors.RouteExhaustedError: {"errors": (RateLimitError("slow down", status=429),)},
}
KINDS = [kind for kind in family(UnillmError) if kind.__module__ == "unillm.errors"]


def made(kind: type[UnillmError], **more: Any) -> UnillmError:
    return kind("what happened", **MORE.get(kind, {}), **more)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_is_told(kind: type[UnillmError]) -> None:
    told = failed(made(kind))
    assert 400 <= told.status < 600
    assert told.headers["x-should-retry"] == "false"
    assert told.headers["x-unillm-error"] == kind.__name__
    assert "what happened" in told.body["error"]["message"]
    assert set(told.body["error"]) == {"message", "type", "param", "code"}
    assert told.body["unillm"]["error"] == kind.__name__
    assert json.loads(json.dumps(told.body)) == told.body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_is_told_in_anthropic_s_form(kind: type[UnillmError]) -> None:
    told = failed(made(kind), "messages")
    assert 400 <= told.status < 600
    assert told.headers["x-should-retry"] == "false"
    assert told.headers["x-unillm-error"] == told.body["unillm"]["error"] == kind.__name__
    assert "what happened" in told.body["error"]["message"]
    assert told.body["type"] == "error"
    assert told.body["error"].keys() - {"details"} == {"type", "message"}
    assert json.loads(json.dumps(told.body)) == told.body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidRequestError("x"), 400, "invalid_request"),
        (errors.UnsupportedFeatureError("x"), 400, "unsupported_feature"),
        (errors.NoTargetError("x"), 400, "no_target"),
        (errors.BudgetExceededError("x"), 402, "budget_exceeded"),
        (errors.BudgetUnavailableError("x"), 503, "budget_unavailable"),
        (errors.ContextLengthError("x", status=413, code="odd"), 413, "context_length_exceeded"),
        (errors.ContentPolicyError("x", code="odd"), 400, "content_filter"),
        (errors.ModelNotFoundError("x", status=400), 400, "model_not_found"),
        (errors.ServerError("x", code="cancelled"), 502, "cancelled"),
        (errors.ServerError("x", status=529), 529, None),
        (errors.ServerError("x", status=200), 502, None),
        (errors.FirstTokenTimeoutError("x"), 504, "timeout"),
        (errors.ConnectError("x"), 502, "connection_error"),
        (errors.MalformedResponseError("x"), 502, "malformed_response"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, UnillmError) else None,
)
def test_status_and_code_say_what_it_was(error: UnillmError, status: int, code: str | None) -> None:
    told = failed(error)
    assert (told.status, told.body["error"]["code"]) == (status, code)


def test_what_the_provider_said_stands() -> None:
    theirs = {"error": {"message": "theirs", "type": "odd", "param": "messages.1", "code": "c"}}
    told = failed(errors.BadRequestError("no", status=422, code="c", body=theirs, provider="box"))
    assert told.body["error"] == {**theirs["error"], "message": "no [box]"}


def test_delay_and_id_are_headers() -> None:
    error = RateLimitError("slow", status=429, retry_after=1.2, request_id="req_1")
    headers = failed(error).headers
    assert headers["retry-after"] == "2"
    assert headers["retry-after-ms"] == "1200"
    assert headers["x-request-id"] == "req_1"


def test_of_a_route_the_last_target_is_told_with_all_attempts() -> None:
    last = ProviderError("full", status=503)
    inner = RouteExhaustedError("inner", errors=(last,))
    error = RouteExhaustedError("all", errors=(RateLimitError("x", status=429), inner))
    error.attempts = (
        Attempt(number=1, provider="a", model="m", outcome="error", started_at=1.0, duration=0.5),
    )
    told = failed(error)
    assert told.status == 503
    assert told.headers["x-unillm-error"] == "RouteExhaustedError"
    assert [one["provider"] for one in told.body["unillm"]["attempts"]] == ["a"]
    assert told.body["unillm"]["cost"]["state"] == "unknown"


def test_of_a_route_without_errors_itself_is_told() -> None:
    assert failed(RouteExhaustedError("none", errors=())).status == 500


def test_a_path_without_anything_says_what_there_is() -> None:
    told = not_served("POST", "/v1/embeddings")
    assert told.status == 404
    assert "/chat/completions" in told.body["error"]["message"]

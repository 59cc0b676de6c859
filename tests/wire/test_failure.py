"""Every error answer becomes the one exception that says what to do about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.invariants import check_failure
from tests.wire.profile import examples
from unillm import (
    AuthenticationError,
    BadRequestError,
    ContentPolicyError,
    ContextLengthError,
    InsufficientBalanceError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from unillm._wire.failure import failure_from_status, failure_in_band, retry_after

KEY = "sk-proj-0123456789abcdefABCDEF"

STATUSES: dict[int, tuple[type[ProviderError], bool]] = {
    301: (ProviderError, False),
    304: (ProviderError, False),
    308: (ProviderError, False),
    400: (BadRequestError, False),
    401: (AuthenticationError, False),
    402: (InsufficientBalanceError, False),
    403: (PermissionDeniedError, False),
    404: (NotFoundError, False),
    405: (NotFoundError, False),
    407: (PermissionDeniedError, False),
    408: (ServerError, True),
    409: (ServerError, True),
    410: (NotFoundError, False),
    411: (BadRequestError, False),
    413: (BadRequestError, False),
    414: (BadRequestError, False),
    415: (BadRequestError, False),
    421: (BadRequestError, False),
    422: (BadRequestError, False),
    423: (OverloadedError, True),
    424: (ServerError, True),
    425: (OverloadedError, True),
    429: (RateLimitError, True),
    431: (BadRequestError, False),
    451: (PermissionDeniedError, False),
    498: (BadRequestError, False),
    499: (ServerError, True),
    500: (ServerError, True),
    501: (ServerError, False),
    502: (ServerError, True),
    503: (OverloadedError, True),
    504: (ServerError, True),
    505: (ServerError, False),
    507: (ServerError, True),
    520: (ServerError, True),
    524: (ServerError, True),
    529: (OverloadedError, True),
    599: (ServerError, True),
}


def said(status: int, body: Any = b"", **headers: str) -> ProviderError:
    """Return the exception for a status with this body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return failure_from_status(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, raw
    )


def openai(message: str = "No.", kind: str | None = None, code: Any = None) -> dict[str, Any]:
    """Return an error body in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize("status", STATUSES)
def test_status_has_its_class(status):
    error = said(status, openai())
    assert (type(error), error.retryable) == STATUSES[status]
    assert error.status == status
    assert f"answered {status}" in error.message
    assert "No." in error.message


@pytest.mark.parametrize("hundred", [1, 2, 3, 4, 5])
def test_every_status_has_a_class_and_a_message(hundred):
    for status in range(100 * hundred, 100 * hundred + 100):
        check_status(status)


def check_status(status: int) -> None:
    error = said(status)
    assert isinstance(error, ProviderError)
    assert error.status == status
    assert "no explanation" in error.message
    assert error.retryable <= (status >= 400)
    expected: type[ProviderError] = ProviderError
    if 400 <= status < 500:
        expected = STATUSES.get(status, (BadRequestError,))[0]
    elif status >= 500:
        expected = STATUSES.get(status, (ServerError,))[0]
    assert type(error) is expected


REFINED: list[tuple[int, dict[str, Any], type[ProviderError], bool]] = [
    # Quota: no waiting helps (OpenAI, quoted in pydantic-ai 2.68 _model_errors.py).
    (429, openai(code="insufficient_quota"), InsufficientBalanceError, False),
    (429, openai(kind="insufficient_quota"), InsufficientBalanceError, False),
    (429, openai(kind="insufficient_quota", code="429"), InsufficientBalanceError, False),
    (429, openai(code="billing_hard_limit_reached"), InsufficientBalanceError, False),
    (429, openai(code="credit_balance_exhausted"), InsufficientBalanceError, False),
    (429, openai(code="project_spend_limit_exceeded"), InsufficientBalanceError, False),
    (429, openai(code="rate_limit_exceeded"), RateLimitError, True),
    (429, openai("Rate limit reached for requests", "tokens", None), RateLimitError, True),
    (402, openai("Insufficient Balance"), InsufficientBalanceError, False),
    # 404: of a model, or of a path.
    (404, openai("No model `x`", code="model_not_found"), ModelNotFoundError, False),
    (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404},
     ModelNotFoundError, False),  # vLLM
    (404, {"error": "model 'x' not found"}, ModelNotFoundError, False),  # Ollama
    (404, openai("No deployment.", code="DeploymentNotFound"), ModelNotFoundError, False),  # Azure
    (404, {"detail": "Not Found"}, NotFoundError, False),  # FastAPI: the path
    (404, openai("Invalid URL (POST /v1/model/chat)"), NotFoundError, False),
    (404, openai("Unknown path /v2/models"), NotFoundError, False),
    (400, openai("Model Not Exist", "invalid_request_error", "invalid_request_error"),
     ModelNotFoundError, False),  # DeepSeek
    (400, openai("x/y is not a valid model ID"), ModelNotFoundError, False),  # OpenRouter
    (
        400,
        openai("/chat/completions: Invalid model name passed in model=m.", "None", "400"),
        ModelNotFoundError,
        False,
    ),  # the LiteLLM proxy
    (
        400,
        openai("The requested model 'a/m' is not supported by any provider you have enabled."),
        ModelNotFoundError,
        False,
    ),  # Hugging Face's router
    (
        404,
        {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}},
        ModelNotFoundError,
        False,
    ),  # Azure
    (403, openai("No access to it", code="model_not_found"), ModelNotFoundError, False),
    # The context window.
    (400, openai(code="context_length_exceeded"), ContextLengthError, False),
    (400, openai("This model's maximum context length is 8192 tokens."), ContextLengthError, False),
    (400, openai("the request exceeds the available context size", "exceed_context_size_error"),
     ContextLengthError, False),  # llama.cpp
    (400, openai(kind="exceed_context_size_error", code="400"), ContextLengthError, False),
    (422, {"detail": "Input exceeds the context window."}, ContextLengthError, False),
    (413, openai("prompt is too long: 210000 tokens > 200000"), ContextLengthError, False),
    # The content filter.
    (400, openai(code="content_filter"), ContentPolicyError, False),
    (400, openai("filtered by our content management policy"), ContentPolicyError, False),
    (400, openai("Content Exists Risk", "invalid_request_error"), ContentPolicyError, False),
    (403, {"error": {"code": 403, "message": "Flagged", "metadata": {"reasons": ["violence"]}}},
     ContentPolicyError, False),  # OpenRouter
    (403, {"error": {"code": 403, "message": "Flagged", "metadata": {"flagged_input": "x"}}},
     ContentPolicyError, False),
    (403, {"error": {"code": 403, "message": "No.", "metadata": {"provider_name": "x"}}},
     PermissionDeniedError, False),
    # What only sounds like it.
    (500, openai("The context window failed"), ServerError, True),
    (429, openai("maximum context length"), RateLimitError, True),
    (400, openai("Unknown parameter: 'path'"), BadRequestError, False),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "retryable"), REFINED)
def test_what_is_said_refines_the_status(status, body, kind, retryable):
    error = said(status, body)
    assert (type(error), error.retryable) == (kind, retryable)


def test_code_and_body_are_kept():
    body = openai("No.", "invalid_request_error", "unknown_parameter")
    error = said(400, body)
    assert error.code == "unknown_parameter"
    assert error.body == body
    assert said(400, openai(kind="some_type")).code == "some_type"
    assert said(400, openai()).code is None


BODIES: list[tuple[bytes, str, Any]] = [
    (b"", "no explanation", ""),
    (b"  \n", "no explanation", ""),
    (b"<!DOCTYPE html><title>502</title>", "an HTML page", "<!DOCTYPE html><title>502</title>"),
    (b"\n <html>", "an HTML page", "<html>"),
    (b"upstream connect error", "upstream connect error", "upstream connect error"),
    (b"\xff\xfe", "\ufffd\ufffd", "\ufffd\ufffd"),
    (b"{}", "no explanation", {}),
    (b"[]", "no explanation", []),
    (b"null", "no explanation", None),
    (b"7", "no explanation", 7),
    (b'"Too busy"', "Too busy", "Too busy"),
    (b'{"error": "It is a string"}', "It is a string", {"error": "It is a string"}),
    (b'{"error": {"message": "Nested"}}', "Nested", {"error": {"message": "Nested"}}),
    (b'{"error": {"error": {"message": "Deeper"}}}', "Deeper", ...),
    (b'[{"error": {"message": "In a list", "status": "INVALID"}}]', "In a list", ...),
    (b'{"detail": "Not Found"}', "Not Found", ...),
    (b'{"detail": {"message": "Quota of the key"}}', "Quota of the key", ...),
    (b'{"detail": [{"loc": ["body", "n"], "msg": "field required"}]}', "field required", ...),
    (b'{"message": "At the top"}', "At the top", ...),
    (b'{"msg": "In short", "code": 7}', "In short", ...),
    (b'{"errors": ["one", "two"]}', "one", ...),
    (b'{"error": null, "message": "Beside it"}', "Beside it", ...),
    (b'{"error": {"message": null, "code": null}}', "no explanation", ...),
    (b'{"error": {"message": ["x"]}}', "no explanation", ...),
    (b'{"error": {"mess', '{"error": {"mess', '{"error": {"mess'),
    (b'{"error": []}', "no explanation", ...),
]


@pytest.mark.parametrize(("raw", "message", "body"), BODIES, ids=lambda v: str(v)[:40])
@pytest.mark.parametrize("status", [400, 404, 429, 502])
def test_body_of_any_shape_is_read(status, raw, message, body):
    error = said(status, raw)
    assert message in error.message
    assert error.body == (json.loads(raw) if body is ... and raw[:1] == b"{" else error.body)
    if body is not ...:
        assert error.body == body


def test_a_long_body_is_cut():
    error = said(500, b"x" * 100_000)
    assert len(error.message) < 700
    assert len(error.body) == 2000
    error = said(500, openai("y" * 100_000))
    assert len(error.message) < 700


DATE = "Mon, 23 Nov 2026 10:00:00 GMT"
LATER = "Mon, 23 Nov 2026 10:00:07 GMT"
NOW = 1_795_428_000.0 - 3.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1.0),
        ({"retry-after": LATER, "date": DATE}, 7.0),
        ({"retry-after": DATE, "date": LATER}, 0.0),
        ({"retry-after": LATER}, 10.0),  # no date of its own: counted from the caller's clock
        ({"retry-after": LATER, "date": "yesterday"}, 10.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 99 Nov 99999 10:00:00 GMT"}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after(headers, NOW) == seconds


def test_retry_after_is_on_the_error_and_in_its_message():
    error = said(429, openai(), retry_after="20")
    assert error.retry_after == 20.0
    assert "20 s" in error.message
    assert said(503, retry_after_ms="5").retry_after == 0.005


def test_server_may_overrule_whether_to_try_again():
    assert said(500, x_should_retry="false").retryable is False
    assert said(400, x_should_retry="true").retryable is True
    assert said(400, x_should_retry="perhaps").retryable is False


@pytest.mark.parametrize(
    "name",
    [
        *("x-request-id", "request-id", "x-ds-trace-id", "apim-request-id"),
        *("x-litellm-call-id", "cf-ray"),
    ],
)
def test_request_id_is_kept(name):
    error = failure_from_status(500, {name: "r1"}, b"")
    assert error.request_id == "r1"
    assert "r1" in str(error)


def test_redirect_names_its_goal_without_its_query():
    error = said(307, location="https://else.example/v1?token=abc")
    assert "https://else.example/v1:" in error.message
    assert "abc" not in error.message


IN_BAND: list[tuple[Any, type[ProviderError], int | None, bool]] = [
    ("Internal server error", ServerError, None, True),
    ({"message": "Overloaded", "code": 502}, ServerError, 502, True),
    ({"message": "Slow down", "code": 429}, RateLimitError, 429, True),
    ({"message": "Slow down", "code": "429"}, RateLimitError, 429, True),
    ({"message": "No", "status": 401}, AuthenticationError, 401, False),
    ({"message": "No", "status_code": 503}, OverloadedError, 503, True),
    ({"message": "No", "code": 200}, ServerError, None, True),
    ({"message": "No", "code": True}, ServerError, None, True),
    ({"message": "No", "type": "invalid_request_error"}, BadRequestError, None, False),
    ({"message": "No", "type": "invalid_request_error", "code": "bad_thing"},
     BadRequestError, None, False),
    ({"message": "No", "type": "rate_limit_error"}, RateLimitError, None, True),
    ({"message": "No", "type": "overloaded_error"}, OverloadedError, None, True),
    ({"message": "No", "type": "server_error"}, ServerError, None, True),
    ({"message": "No", "code": "invalid_api_key"}, AuthenticationError, None, False),
    ({"message": "No", "code": "context_length_exceeded"}, ContextLengthError, None, False),
    ({"message": "No", "code": "context_length_exceeded", "type": "invalid_request_error"},
     ContextLengthError, None, False),
    ({"message": "No", "code": "insufficient_quota"}, InsufficientBalanceError, None, False),
    ({"message": "No", "code": "content_filter"}, ContentPolicyError, None, False),
    ({"message": "No", "code": "model_not_found"}, ModelNotFoundError, None, False),
    ({"message": "Flagged", "code": 403, "metadata": {"reasons": []}},
     ContentPolicyError, 403, False),
    ({"error": {"message": "Wrapped", "code": 400}}, ServerError, None, True),
    ({}, ServerError, None, True),
    ([], ServerError, None, True),
    (7, ServerError, None, True),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "status", "retryable"), IN_BAND)
def test_error_inside_an_answer(error, kind, status, retryable):
    failure = failure_in_band(error, {"x-request-id": "r1"})
    assert (type(failure), failure.status, failure.retryable) == (kind, status, retryable)
    assert failure.request_id == "r1"
    assert "inside its answer" in failure.message


ECHOES = [
    openai(f"Incorrect API key provided: {KEY}."),
    openai(kind=KEY, code=KEY),
    {"error": KEY},
    {"error": {"note": KEY}},
    {"error": [KEY]},
    {"detail": [{"msg": KEY}]},
    [[KEY]],
    {"error": {KEY: 1}},
    {"request": {"headers": [f"Bearer {KEY}"]}},
    KEY,
    f"<html>{KEY}",
    "authorization: bearer abcdef",
    "x" * 490 + " " + KEY,
]


@pytest.mark.parametrize("body", ECHOES, ids=lambda body: str(body)[:30])
def test_keys_are_never_repeated(body):
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    for error in (said(401, raw), said(500, raw), failure_in_band(body, {})):
        shown = f"{error} {error!r} {error.code} {error.body!r}"
        assert KEY not in shown
        assert KEY[8:] not in shown
        assert "abcdef" not in shown.replace(KEY, "")


words = st.sampled_from(["error", "message", "code", "type", "detail", "msg", "errors", "metadata"])
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
header_names = st.sampled_from(
    ["retry-after", "retry-after-ms", "date", "location", "x-should-retry"]
)


@examples(120)
@given(
    st.integers(100, 999),
    st.dictionaries(header_names, st.text(max_size=12) | st.just(DATE), max_size=3),
    bodies.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=60),
)
@example(400, {"retry-after": "Mon, 1 Jan 0001 00:00:00 +2359"}, b"")
@example(500, {}, b"[" * 300)
@example(500, {}, b'{"error":' * 150 + b"1" + b"}" * 150)
def test_any_answer_has_an_exception(status, headers, raw):
    error = failure_from_status(status, headers, raw, now=0.0)
    check_failure(error)


@examples(120)
@given(bodies)
def test_any_error_inside_an_answer_has_an_exception(error):
    failure = failure_in_band(error, {})
    check_failure(failure)
    assert len(failure.message) < 700

"""From an error answer to the exception that says what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from unillm import errors
from unillm._wire.redact import redacted
from unillm._wire.told import SHOWN, Told, told_by, told_in
from unillm.types.json import is_list, is_object

Headers: TypeAlias = Mapping[str, str]

_DECIMAL = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", re.ASCII)
_STATUS = re.compile("[45][0-9][0-9]")
_REQUEST_IDS = (
    *("x-request-id", "request-id", "x-ds-trace-id", "apim-request-id"),
    # https://zeabur.com/docs/en-US/ai-hub/usage-and-cost, of the LiteLLM proxy, read 2026-11-28.
    *("x-litellm-call-id", "cf-ray"),
)

_QUOTA = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "credit_balance_exhausted",
        "insufficient_balance",
        "quota_exceeded",
    }
)
"""Codes of a 429 that no waiting helps (pydantic-ai ``_model_errors.py``, read 2026-11-23)."""

_TOO_LONG = frozenset(
    {"context_length_exceeded", "string_above_max_length", "exceed_context_size_error"}
)
_FILTERED = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "content_policy",
        "moderation",
        # Codes of the Responses API (openai-python 3.57.0, types/responses/response_error.py, and
        # the message "your prompt was flagged" that comes with the last; read 2026-11-28).
        "bio_policy",
        "image_content_policy_violation",
        "misalignment_policy_violation",
        "invalid_prompt",
    }
)

_BY_STATUS: dict[int, tuple[type[errors.ProviderError], bool, str]] = {
    # status: exception, retryable, what to do
    400: (errors.BadRequestError, False, ""),
    401: (errors.AuthenticationError, False, "Check the key."),
    402: (errors.InsufficientBalanceError, False, "Top up the account."),
    403: (errors.PermissionDeniedError, False, "The key may not do this."),
    404: (errors.NotFoundError, False, "Check base_url: nothing answers at this path."),
    405: (errors.NotFoundError, False, "Check base_url: this path takes no POST."),
    407: (errors.PermissionDeniedError, False, "The proxy wants credentials."),
    408: (errors.ServerError, True, ""),
    409: (errors.ServerError, True, ""),
    410: (errors.NotFoundError, False, "It is gone for good."),
    413: (errors.BadRequestError, False, "The request is too large."),
    422: (errors.BadRequestError, False, ""),
    423: (errors.OverloadedError, True, ""),
    424: (errors.ServerError, True, ""),
    425: (errors.OverloadedError, True, ""),
    429: (errors.RateLimitError, True, ""),
    451: (errors.PermissionDeniedError, False, "Refused for legal reasons."),
    499: (errors.ServerError, True, ""),
    501: (errors.ServerError, False, ""),
    503: (errors.OverloadedError, True, ""),
    505: (errors.ServerError, False, ""),
    529: (errors.OverloadedError, True, ""),
}
_REDIRECT = (
    errors.ProviderError,
    False,
    "Redirects are not followed, because the key would go with them; set base_url to the target.",
)


def failure_from_status(
    status: int, headers: Headers, body: bytes, *, now: float | None = None
) -> errors.ProviderError:
    """Return the exception for an answer whose status is not 200.

    Args:
        status: The HTTP status.
        headers: Look-ups by lower-case names.
        body: What came of the body.
        now: Seconds since 1970, to count a ``Retry-After`` date from.
    """
    told = told_by(body)
    kind, retryable, advice = _row(status)
    kind, retryable = _refined(kind, status, told, retryable=retryable)
    should = headers.get("x-should-retry", "").strip().lower()
    if should in {"true", "false"}:
        retryable = should == "true"
    said = told.message or "no explanation"
    where = f" to {_shown_url(headers['location'])}" if "location" in headers else ""
    wait = retry_after(headers, now)
    asks = "" if wait is None else f" It asks to wait {round(wait, 2):.12g} s."
    hint = f" {advice}" if advice and kind is _row(status)[0] else ""
    return kind(
        f"the provider answered {status}{where}: {said}{_stop(said)}{hint}{asks}",
        status=status,
        code=told.code or None,
        body=told.body,
        retry_after=wait,
        request_id=request_id(headers),
        retryable=retryable,
    )


def failure_in_band(error: Any, headers: Headers) -> errors.ProviderError:
    """Return the exception for an error object inside a 200 answer or stream."""
    if is_list(error) and error:
        error = error[0]
    told = told_in({"error": error})
    status = _status_in(error)
    kind, retryable, _ = _row(status) if status else (errors.ServerError, True, "")
    if not status:
        known = next((word for word in told.words if word in _BY_WORD), "")
        kind, retryable = _BY_WORD.get(known, (kind, retryable))
    kind, retryable = _refined(kind, status, told, retryable=retryable)
    said = told.message or told.code or str(told.body["error"])[:SHOWN]
    return kind(
        f"the provider reported an error inside its answer: {said}",
        status=status,
        code=told.code or None,
        body=told.body,
        request_id=request_id(headers),
        retryable=retryable,
    )


_BY_WORD: dict[str, tuple[type[errors.ProviderError], bool]] = {
    "invalid_request_error": (errors.BadRequestError, False),
    "authentication_error": (errors.AuthenticationError, False),
    "invalid_api_key": (errors.AuthenticationError, False),
    "permission_error": (errors.PermissionDeniedError, False),
    "not_found_error": (errors.NotFoundError, False),
    "rate_limit_error": (errors.RateLimitError, True),
    "rate_limit_exceeded": (errors.RateLimitError, True),
    "overloaded_error": (errors.OverloadedError, True),
    # Codes of the Responses API: openai-python 3.57.0, types/responses/response_error.py, read
    # 2026-11-28.
    "data_residency_mismatch": (errors.BadRequestError, False),
    "failed_to_download_image": (errors.BadRequestError, False),
    "image_file_not_found": (errors.BadRequestError, False),
    "image_file_too_large": (errors.BadRequestError, False),
    "image_parse_error": (errors.BadRequestError, False),
    "image_too_large": (errors.BadRequestError, False),
    "image_too_small": (errors.BadRequestError, False),
    "empty_image_file": (errors.BadRequestError, False),
    "invalid_base64_image": (errors.BadRequestError, False),
    "invalid_image": (errors.BadRequestError, False),
    "invalid_image_format": (errors.BadRequestError, False),
    "invalid_image_mode": (errors.BadRequestError, False),
    "invalid_image_url": (errors.BadRequestError, False),
    "unsupported_image_media_type": (errors.BadRequestError, False),
}


def retry_after(headers: Headers, now: float | None = None) -> float | None:
    """Return the seconds a server asks to wait: ``retry-after-ms``, seconds, or a date.

    A date is counted from the answer's own ``date`` header, which the same clock wrote; without
    one from ``now``, seconds since 1970.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    until = _timestamp(value)
    since = _timestamp(headers.get("date")) or now
    if seconds is not None or until is None or since is None:
        return seconds
    return max(0.0, until - since)


def _timestamp(date: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(date or "")
        # A date without a zone, or with the unknown one, is of Greenwich (RFC 9110, 5.6.7).
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def request_id(headers: Headers) -> str | None:
    """Return the provider's id of an exchange."""
    return next((headers[name] for name in _REQUEST_IDS if name in headers), None)


def _row(status: int) -> tuple[type[errors.ProviderError], bool, str]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return errors.ServerError, True, ""
    if status >= 400:
        return errors.BadRequestError, False, ""
    if status >= 300:
        return _REDIRECT
    return errors.ProviderError, False, "unillm understands 200 only."


def _refined(
    kind: type[errors.ProviderError], status: int | None, told: Told, *, retryable: bool
) -> tuple[type[errors.ProviderError], bool]:
    """Look at what was said: one status covers causes that need different handling."""
    said, words = told.message.lower(), frozenset(told.words)
    if status in {402, 429, None} and (words & _QUOTA or "spend_limit" in told.code):
        return errors.InsufficientBalanceError, False
    missing = kind is errors.NotFoundError and _names_a_model(said, words)
    if missing or "model_not_found" in words:
        return errors.ModelNotFoundError, False
    if status is None or issubclass(kind, errors.BadRequestError | errors.PermissionDeniedError):
        cause = _cause(said, words, told.body)
        if cause is not None:
            return cause, False
    if "input is not supported" in said:
        # llama.cpp says so of images with status 500.
        return errors.BadRequestError, False
    return kind, retryable


def _cause(said: str, words: frozenset[str], body: Any) -> type[errors.ProviderError] | None:
    """Return what makes a request a bad one, if that can be told."""
    if _is_too_long(said, words):
        return errors.ContextLengthError
    if _is_filtered(said, words, body):
        return errors.ContentPolicyError
    if any(told in said for told in _NO_MODEL) or "model_not_supported" in words:
        return errors.ModelNotFoundError
    return None


_NO_MODEL = (
    "model not exist",
    "not a valid model",
    "invalid model name",
    "is not supported by any provider",
)
"""What DeepSeek, OpenRouter, the LiteLLM proxy (BerriAI/litellm#9663) and Hugging Face's router
(cline/cline#5098) say with status 400 of a model that they do not have; read 2026-11-28."""


def _names_a_model(said: str, words: frozenset[str]) -> bool:
    if "DeploymentNotFound" in words or any("model" in word for word in words):
        return True
    return "model" in said and not any(place in said for place in ("path", "route", "url"))


def _is_too_long(said: str, words: frozenset[str]) -> bool:
    return (
        bool(words & _TOO_LONG)
        or "maximum context length" in said
        or "context window" in said
        or "context size" in said
        or "prompt is too long" in said
    )


def _is_filtered(said: str, words: frozenset[str], body: Any) -> bool:
    if words & _FILTERED:
        return True
    error = body.get("error") if is_object(body) else None
    metadata = error.get("metadata") if is_object(error) else None
    if is_object(metadata) and ("reasons" in metadata or "flagged_input" in metadata):
        return True
    return "content management policy" in said or "content exists risk" in said


def _status_in(error: Any) -> int | None:
    if not is_object(error):
        return None
    for key in ("code", "status", "status_code"):
        value = error.get(key)
        number = int(value) if isinstance(value, str) and _STATUS.fullmatch(value) else value
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if type(number) is int and 400 <= number <= 599:
            return number
    return None


def _number(text: str | None) -> float | None:
    if text is not None and not _DECIMAL.fullmatch(text.strip()):
        return None
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < float("inf") else None


def _shown_url(url: str) -> str:
    scheme, slashes, rest = url.partition("?")[0].rpartition("//")
    return redacted(f"{scheme}{slashes}{rest.rpartition('@')[2]}"[:200])


def _stop(said: str) -> str:
    return "" if said.endswith((".", "!", "?")) else "."

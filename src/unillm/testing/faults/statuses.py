"""Statuses other than 200, each with the body and the headers that providers send with it."""

from __future__ import annotations

import re
import time
from email.utils import formatdate

from unillm.testing._error import error
from unillm.testing.faults.fault import Fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

__all__ = ["FAULTS", "reasoning_missing", "status"]

_COMMON = (
    *(300, 304, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 424, 425, 429, 498, 499),
    *(500, 501, 502, 503, 504, 520, 522, 524, 529, 599),
)
_CODES = {401: "invalid_api_key", 404: "not_found", 429: "rate_limit_exceeded"}
_MESSAGES = {
    402: "Insufficient Balance",
    429: "Rate limit reached for requests.",
    503: "The server is overloaded.",
}


def status(name: str) -> Fault | None:
    """Return the fault ``status-<n>`` for n from 300 to 599, or None for another name."""
    found = re.fullmatch(r"status-([345]\d\d)", name)
    if found is None:
        return None
    code = int(found[1])

    def make(_: Seen) -> Raw:
        if code == 304:
            return Raw(status=code)
        message = _MESSAGES.get(code, f"This is what status {code} looks like.")
        return error(message, status=code, code=_CODES.get(code))

    return Fault(name, f"Status {code} with an error object.", make)


FAULTS = tuple(made for made in (status(f"status-{code}") for code in _COMMON) if made is not None)


@fault
def status_429_quota(_: Seen) -> Raw:
    """Serve status 429, code insufficient_quota: no money, not worth a retry."""
    return error("You exceeded your current quota.", status=429, code="insufficient_quota")


@fault
def status_429_retry_after(_: Seen) -> Raw:
    """Serve status 429 with retry-after: 1."""
    return _limited({"retry-after": "1"})


@fault
def status_429_retry_after_date(_: Seen) -> Raw:
    """Serve status 429 with a retry-after that is a date, two seconds ahead."""
    return _limited({"retry-after": formatdate(time.time() + 2, usegmt=True)})


@fault
def status_429_retry_after_ms(_: Seen) -> Raw:
    """Serve status 429 with retry-after-ms: 50, and a coarser retry-after: 1."""
    return _limited({"retry-after-ms": "50", "retry-after": "1"})


@fault
def status_429_retry_after_long(_: Seen) -> Raw:
    """Serve status 429 with retry-after: 3600."""
    return _limited({"retry-after": "3600"})


@fault
def status_429_retry_after_nonsense(_: Seen) -> Raw:
    """Serve status 429 with retry-after: soon."""
    return _limited({"retry-after": "soon"})


@fault
def status_400_context_length(_: Seen) -> Raw:
    """Serve status 400, code context_length_exceeded."""
    message = (
        "This model's maximum context length is 8192 tokens. "
        "However, your messages resulted in 9000 tokens."
    )
    return error(message, status=400, code="context_length_exceeded", param="messages")


@fault
def status_400_content_filter(_: Seen) -> Raw:
    """Serve status 400, code content_filter, as Azure refuses a prompt."""
    return error(
        "The prompt was filtered by the content management policy.",
        status=400,
        code="content_filter",
        param="prompt",
    )


@fault
def status_400_reasoning_content(_: Seen) -> Raw:
    """Serve status 400, DeepSeek's demand to send reasoning_content back."""
    return reasoning_missing()


def reasoning_missing() -> Raw:
    """Return DeepSeek's refusal of a conversation whose reasoning was left out."""
    message = "The `reasoning_content` in the thinking mode must be passed back to the API."
    return error(message, status=400, code="invalid_request_error")


@fault
def status_400_tools_with_reasoning(_: Seen) -> Raw:
    """Serve status 400, OpenAI's refusal of tools with reasoning on Chat Completions."""
    message = (
        "Function tools with reasoning_effort are not supported for this model "
        "in /v1/chat/completions. "
        "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    )
    return error(message, status=400, param="reasoning_effort")


@fault
def status_404_model(seen: Seen) -> Raw:
    """Serve status 404, code model_not_found."""
    return error(
        f"The model `{seen.model}` does not exist.",
        status=404,
        code="model_not_found",
        param="model",
    )


@fault
def status_404_path(_: Seen) -> Raw:
    """Serve status 404 with an HTML page, as of a wrong base URL."""
    page = b"<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"
    return Raw(status=404, segments=[page], headers={"content-type": "text/html"}, framing="length")


@fault
def status_500_empty(_: Seen) -> Raw:
    """Serve status 500 with an empty body."""
    return Raw(status=500, framing="length")


@fault
def status_502_html(_: Seen) -> Raw:
    """Serve status 502 with an HTML page, as of a proxy."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    return Raw(status=502, segments=[page], headers={"content-type": "text/html"}, framing="length")


@fault
def status_500_cut(_: Seen) -> Raw:
    """Serve status 500 whose body is cut."""
    return Raw(status=500, segments=[b'{"error": {"mess'], framing="length", end="cut")


@fault
def status_500_stall(_: Seen) -> Raw:
    """Serve status 500 whose body begins and never ends."""
    return Raw(status=500, segments=[b'{"error": {"mess'], framing="length", end="stall")


@fault
def x_should_retry_false(_: Seen) -> Raw:
    """Serve status 500 with x-should-retry: false."""
    return error("Do not try again.", status=500, headers={"x-should-retry": "false"})


@fault
def x_should_retry_true(_: Seen) -> Raw:
    """Serve status 400 with x-should-retry: true."""
    return error("Try again.", status=400, headers={"x-should-retry": "true"})


def _limited(headers: dict[str, str]) -> Raw:
    return error(_MESSAGES[429], status=429, code="rate_limit_exceeded", headers=headers)

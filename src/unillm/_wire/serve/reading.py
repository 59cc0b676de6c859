"""The request somebody made over HTTP, read."""

from __future__ import annotations

from dataclasses import replace

from pydantic_core import from_json

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.chat_request import chat_asked
from unillm._wire.serve.responses_request import Earlier, responses_asked
from unillm.errors import InvalidRequestError
from unillm.types.facts import Api
from unillm.types.json import is_object

_PATHS: tuple[tuple[str, Api], ...] = (("/chat/completions", "chat"), ("/responses", "responses"))


def api_at(method: str, path: str) -> Api | None:
    """Return the interface at a path, whatever stands before it; None: there is none."""
    whole = path.rstrip("/")
    return next((api for end, api in _PATHS if method == "POST" and whole.endswith(end)), None)


def asked_in(api: Api, body: bytes, earlier: Earlier) -> Asked:
    """Read a request.

    Args:
        api: The interface.
        body: The body, as it came.
        earlier: Gives the conversation that ``previous_response_id`` names.

    Raises:
        InvalidRequestError: It is no JSON object, or something in it is not what the protocol has.
        UnsupportedFeatureError: It asks for what cannot be honoured.
    """
    try:
        given = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequestError(f"the body is no JSON: {error}") from None
    if not is_object(given):
        raise InvalidRequestError(f"the body must be a JSON object, not {type(given).__name__}")
    asked = chat_asked(given) if api == "chat" else responses_asked(given, earlier)
    return replace(asked, size=len(body))

"""The request somebody made over HTTP, read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pydantic_core import from_json

from unillm._wire.serve.asked import Asked, Face
from unillm._wire.serve.chat_request import chat_asked
from unillm._wire.serve.messages_request import messages_asked
from unillm._wire.serve.responses_request import Earlier, responses_asked
from unillm._wire.serve.sealed import OPEN, Seal
from unillm.errors import InvalidRequestError
from unillm.types.json import is_object

_PATHS: dict[Face, str] = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "messages": "/messages",
}


def face_at(method: str, path: str, faces: Collection[Face] = tuple(_PATHS)) -> Face | None:
    """Return the protocol at a path, whatever stands before it; None: there is none.

    Args:
        method: The HTTP method.
        path: The path; a query after it is not looked at.
        faces: The protocols that are served.
    """
    whole = path.partition("?")[0].rstrip("/")
    return next((f for f in faces if method == "POST" and whole.endswith(_PATHS[f])), None)


def asked_in(
    face: Face, body: bytes, earlier: Earlier, seal: Seal = OPEN, *, lenient: bool = False
) -> Asked:
    """Read a request.

    Args:
        face: The protocol.
        body: The body, as it came.
        earlier: Gives the conversation that ``previous_response_id`` names.
        seal: Whose thinking is read back.
        lenient: Whether what agents write is put right where that changes nothing in its meaning,
            and noted: fields and tools that only some provider knows are left out, and so that
            every provider takes the conversation it is mended. Messages are always read so.

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
    if face == "chat":
        asked = chat_asked(given, lenient=lenient)
    elif face == "responses":
        asked = responses_asked(given, earlier, seal, lenient=lenient)
    else:
        asked = messages_asked(given, seal)
    return replace(asked, size=len(body))

"""The request somebody made over HTTP, read."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from pydantic_core import from_json

from unillm._wire.serve.asked import Asked, Face
from unillm._wire.serve.chat_request import chat_asked
from unillm._wire.serve.messages_request import messages_asked
from unillm._wire.serve.responses_request import Earlier, responses_asked
from unillm._wire.serve.sealed import OPEN, Seal
from unillm.errors import InvalidRequestError
from unillm.types.edits import Note
from unillm.types.json import is_object

_PATHS: dict[Face, str] = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "messages": "/messages",
}
_ESCAPED = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""What is escaped in JSON: two halves of a character, a half alone (the group), or another one."""


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
            every provider takes the conversation it is mended. Usage that nobody reports is
            estimated. Messages are always read so.

    Raises:
        InvalidRequestError: It is no JSON object, or something in it is not what the protocol has.
        UnsupportedFeatureError: It asks for what cannot be honoured.
    """
    lenient = lenient or face == "messages"
    given, notes = _value_of(body, mends=lenient)
    if not is_object(given):
        raise InvalidRequestError(f"the body must be a JSON object, not {type(given).__name__}")
    if face == "chat":
        asked = chat_asked(given, lenient=lenient)
    elif face == "responses":
        asked = responses_asked(given, earlier, seal, lenient=lenient)
    else:
        asked = messages_asked(given, seal)
    return replace(asked, estimates=lenient, size=len(body), notes=(*notes, *asked.notes))


def _value_of(body: bytes, *, mends: bool) -> tuple[Any, tuple[Note, ...]]:
    """Return the value that a body holds, and what was changed in it.

    Programs in JavaScript that shorten a text may cut a character in two, and write the half that
    is left; they send it again with each turn (anthropics/claude-code#3277 of 2025, #65155 of 2026,
    read 2026-11-29). Half a character is no text that anybody could be sent; it becomes U+FFFD, as
    where such a text is written as UTF-8.

    Raises:
        InvalidRequestError: It is no JSON.
    """
    try:
        return from_json(body, allow_inf_nan=False), ()
    except ValueError as error:
        refused = InvalidRequestError(f"the body is no JSON: {error}")
    found = [match.start() for match in _ESCAPED.finditer(body) if match[1]] if mends else []
    if not found:
        raise refused
    whole = _ESCAPED.sub(lambda match: b"\\ufffd" if match[1] else match[0], body)
    try:
        value = from_json(whole, allow_inf_nan=False)
    except ValueError:
        raise refused from None
    said = f"{len(found)} half character(s) became U+FFFD: a text was cut within a character"
    return value, (Note("half_character", said),)

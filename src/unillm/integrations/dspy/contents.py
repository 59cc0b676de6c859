"""Parts of DSPy's messages, as content of unillm's."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import TypeAlias

from dspy import lm15

import unillm
from unillm.types.parts import Content, Part

_SOUNDS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}
_Media: TypeAlias = lm15.ImagePart | lm15.AudioPart | lm15.DocumentPart
_Unsent: TypeAlias = (
    lm15.VideoPart
    | lm15.BinaryPart
    | lm15.ToolCallPart
    | lm15.ToolResultPart
    | lm15.ThinkingPart
    | lm15.RefusalPart
    | lm15.CitationPart
)
AnyPart: TypeAlias = lm15.TextPart | lm15.DataPart | _Media | _Unsent
"""One part of a message of DSPy's."""


def content(parts: Sequence[AnyPart], where: str) -> Content:
    """Return parts as content; a text alone is a string.

    Raises:
        UnsupportedFeatureError: A part has no place in a request to a model.
    """
    made = tuple(_part(part, f"{where}.parts[{at}]") for at, part in enumerate(parts))
    alone = made[0] if len(made) == 1 else None
    return alone.text if isinstance(alone, unillm.TextPart) else made


def _part(part: AnyPart, where: str) -> Part:
    match part:
        case lm15.TextPart(text):
            return unillm.TextPart(text)
        case lm15.DataPart(value):
            return unillm.TextPart(json.dumps(value, ensure_ascii=False))
        case lm15.ImagePart() if part.file_id is None:
            return unillm.ImagePart(_url(part), detail=part.detail)
        case lm15.DocumentPart():
            url = None if part.file_id is not None else _url(part)
            return unillm.FilePart(url, file_id=part.file_id)
        case lm15.AudioPart() if part.media_type in _SOUNDS and part.url is part.file_id is None:
            sound = {"data": _data(part), "format": _SOUNDS[part.media_type]}
            return unillm.RawPart({"type": "input_audio", "input_audio": sound})
        case _:
            raise refused(where, f"a part of type {part.type!r} as it is addressed")


def refused(where: str, what: str) -> lm15.UnsupportedFeatureError:
    """Return the error that says what cannot be sent."""
    return lm15.UnsupportedFeatureError(
        f"unillm: {where} has {what}, which cannot be sent", provider="unillm", feature=where
    )


def _url(part: _Media) -> str:
    return part.url if part.url is not None else f"data:{part.media_type};base64,{_data(part)}"


def _data(part: _Media) -> str:
    return part.data if part.data is not None else base64.b64encode(part.bytes).decode("ascii")

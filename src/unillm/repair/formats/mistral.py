"""Mistral: ``[TOOL_CALLS]name[ARGS]{…}``, and before that ``[TOOL_CALLS] [{"name": …}]``.

Of the older form the last bracket may be missing. Source: mistral_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.json_calls import candidates
from unillm.repair.formats.source import NotACallError, Source, Steps

_MARKER = "[TOOL_CALLS]"


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    yield from source.expect(_MARKER)
    yield from source.spaces()
    if (yield from source.stands("{")):
        source.commit()
        yield candidates((yield from source.balanced()))
        return
    if (yield from source.one_of("[")):
        yield from _list(source)
        return
    while True:
        name = yield from source.word()
        yield from source.spaces()
        if (yield from source.one_of("[CALL_ID]")):
            yield from source.word()
            yield from source.spaces()
        if (yield from source.one_of("[ARGS]")):
            yield from source.spaces()
        if not (yield from source.stands("{")):
            raise NotACallError
        source.commit()
        yield [Candidate(name, (yield from source.balanced()))]
        if not (yield from source.follows(_MARKER)):
            return
        yield from source.spaces()


def _list(source: Source) -> Steps[None]:
    """Read a list whose opening bracket was read: its calls stand and fall together."""
    yield from source.spaces()
    if not (yield from source.stands("{")):
        raise NotACallError
    source.commit()
    parts: list[str] = []
    while True:
        parts.append((yield from source.balanced()))
        yield from source.spaces()
        if (yield from source.one_of("]")) or (yield from source.over()):
            break
        if not (yield from source.one_of(",", ";")):
            raise NotACallError
        yield from source.spaces()
    found = [candidates(part) for part in parts]
    yield [call for calls in found for call in calls] if all(found) else []


FORMAT = Format(name="mistral", read=_read, markers=(_MARKER,))

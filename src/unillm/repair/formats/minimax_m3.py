"""MiniMax M3: each tag after ``]<]minimax[>[``, and each parameter a tag of its own name.

Objects are tags within tags, lists are ``item`` tags. Source: minimax_m3.py of SGLang.
"""

from __future__ import annotations

import re
from typing import Any

from unillm.repair.formats.format import Candidate, Declared, Format, Parameter
from unillm.repair.formats.source import NotACallError, Source, Steps
from unillm.types.json import is_object

_MARK = "]<]minimax[>["
_INVOKE = re.compile(r'<invoke name="([^"<>]*)">')
_TAG = re.compile(r"<(/?)([^\s<>/]+)>")
_DEPTH = 32


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    yield from source.expect(_MARK + "<tool_call>")
    tag = yield from _tag(source)
    while tag != "</tool_call>":
        found = _INVOKE.fullmatch(tag)
        if found is None:
            raise NotACallError
        source.commit()
        value = yield from _inside(source, "invoke", 0)
        parameters = _parameters({} if isinstance(value, str) and not value.strip() else value)
        yield [] if parameters is None else [Candidate(found[1], parameters)]
        tag = yield from _tag(source)


def _tag(source: Source) -> Steps[str]:
    yield from source.spaces()
    yield from source.expect(_MARK)
    yield from source.spaces()
    return (yield from source.tag())


def _inside(source: Source, closing: str, depth: int) -> Steps[Any]:
    """Read what a tag holds, up to its end: text, or what the tags in it hold by their names."""
    members: dict[str, Any] = {}
    items: list[Any] = []
    text, _ = yield from source.until(_MARK)
    while True:
        yield from source.spaces()
        found = _TAG.fullmatch((yield from source.tag()))
        if found is None or depth > _DEPTH:
            raise NotACallError
        if found[1]:
            if found[2] != closing or (members and items):
                raise NotACallError
            if not members and not items:
                return text
            return items or members
        value = yield from _inside(source, found[2], depth + 1)
        if found[2] == "item":
            items.append(value)
        elif found[2] in members:
            raise NotACallError
        else:
            members[found[2]] = value
        between, _ = yield from source.until(_MARK)
        if text.strip() or between.strip():
            raise NotACallError


def _parameters(members: Any) -> tuple[Parameter, ...] | None:
    """Return what the tags of a call hold as parameters; None if they have no names."""
    if not is_object(members):
        return None
    found: list[Parameter] = []
    for name, value in members.items():
        if isinstance(value, str):
            found.append(Parameter(name, value))
        else:
            found.append(Parameter(name, "", "nested", value))
    return tuple(found)


FORMAT = Format(name="minimax_m3", read=_read, markers=(_MARK + "<tool_call>",))

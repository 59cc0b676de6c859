"""Kimi K3: ``<|open|>call tool="…" index="1"<|sep|>`` with arguments in channels of their own.

An argument of type string is written as it is, one of another type as JSON; quotes and
ampersands in attributes are entities. Source: kimik3_detector.py of SGLang.
"""

from __future__ import annotations

import re

from unillm.repair.formats.format import Candidate, Declared, Format, Parameter
from unillm.repair.formats.source import NotACallError, Source, Steps

_TOOLS, _CALL, _ARGUMENT, _SEP = (
    "<|open|>tools<|sep|>",
    "<|open|>call",
    "<|open|>argument",
    "<|sep|>",
)
_TOOLS_END, _CALL_END, _ARGUMENT_END = (
    f"<|close|>{word}<|sep|>" for word in ("tools", "call", "argument")
)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    if (yield from source.one_of(_TOOLS)):
        yield from source.spaces()
    yield from source.expect(_CALL)
    while True:
        attributes = yield from _attributes(source)
        if not attributes.get("tool"):
            raise NotACallError
        source.commit()
        found = yield from _arguments(source)
        yield [] if found is None else [Candidate(attributes["tool"], found)]
        if not (yield from source.follows(_CALL)):
            yield from source.follows(_TOOLS_END)
            yield from source.follows("<|close|>message<|sep|>")
            return


def _attributes(source: Source) -> Steps[dict[str, str]]:
    text, _ = yield from source.head(_SEP)
    return {
        key: value.replace("&quot;", '"').replace("&amp;", "&")
        for key, value in _ATTRIBUTE.findall(text)
    }


def _arguments(source: Source) -> Steps[tuple[Parameter, ...] | None]:
    found: dict[str, Parameter] = {}
    repeated = False
    while True:
        yield from source.spaces()
        if (yield from source.expect(_ARGUMENT, _CALL_END)) == _CALL_END:
            return None if repeated or "" in found else tuple(found.values())
        attributes = yield from _attributes(source)
        text, end = yield from source.until(_ARGUMENT_END, _CALL, _ARGUMENT, _CALL_END, _TOOLS)
        if end != _ARGUMENT_END:
            raise NotACallError
        key = attributes.get("key", "")
        is_string = attributes.get("type", "string") == "string"
        repeated = repeated or key in found
        found[key] = Parameter(key, text, "string" if is_string else "json")


FORMAT = Format(name="kimi_k3", read=_read, markers=(_TOOLS, _CALL + " "))

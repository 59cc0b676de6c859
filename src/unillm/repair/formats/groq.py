"""Groq's hosts of Llama: ``<function=name>{…}</function>`` and what is left of it.

The bracket may be missing or another sign, and so may all before the name: tashfeenahmed/
freellmapi#291, huggingface/smolagents#1119. Meta's prompt format for Llama 3.1 has the former.
"""

from __future__ import annotations

import re

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps

_HEADER = re.compile(r"(?:<function[=(/]\s?)?(?P<name>[\w.\-]+)\s?[=>),:(]{0,2}\s*")


_CLOSE = "</function>"


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    head, _ = yield from source.head("{")
    found = _HEADER.fullmatch(head)
    if found is None:
        raise NotACallError
    source.commit()
    source.at -= 1
    if head.startswith("<"):
        text, closer = yield from source.body((_CLOSE,), ("<function=", "<function("))
    else:  # so that what only looks like a call does not hold up the text after it
        text = yield from source.balanced()
        closer = yield from source.follows(_CLOSE)
    if not closer:
        raise NotACallError
    text = text.strip()
    yield [Candidate(found["name"], text[:-1] if text.endswith("})") else text)]


FORMAT = Format(name="groq", read=_read, markers=("<function=", "<function("), after_name=('{"',))

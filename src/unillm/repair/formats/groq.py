"""Groq's hosts of Llama: ``<function=name>{…}</function>`` and what is left of it.

The bracket may be missing or another sign, and so may all before the name: tashfeenahmed/
freellmapi#291, huggingface/smolagents#1119. Meta's prompt format for Llama 3.1 has the former.
"""

from __future__ import annotations

import re

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps

_HEADER = re.compile(r"(?:<function[=(/]\s?)?(?P<name>[\w.\-]+)\s?[=>),:(]{0,2}\s*")


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    head, _ = yield from source.head("{")
    found = _HEADER.fullmatch(head)
    if found is None:
        raise NotACallError
    source.commit()
    source.at -= 1
    text, closer = yield from source.body(("</function>",), ("<function=", "<function("))
    if not closer:
        raise NotACallError
    text = text.strip()
    yield [Candidate(found["name"], text[:-1] if text.endswith("})") else text)]


FORMAT = Format(name="groq", read=_read, markers=("<function=", "<function("), after_name=('{"',))

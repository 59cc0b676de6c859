"""Kimi K2: ``<|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{…}<|tool_call_end|>``.

Source: kimik2_detector.py of SGLang.
"""

from __future__ import annotations

import re

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps

_BEGIN, _END = "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"
_CALL, _CALLED = "<|tool_call_begin|>", "<|tool_call_end|>"
_ID = re.compile(r"(?:functions\.)?(?P<name>[^\s<]+?)(?::\d+)?")


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    if (yield from source.one_of(_BEGIN)):
        yield from source.spaces()
    yield from source.expect(_CALL)
    while True:
        head, _ = yield from source.head("<|tool_call_argument_begin|>")
        found = _ID.fullmatch(head.strip())
        if found is None:
            raise NotACallError
        source.commit()
        text, closer = yield from source.body((_CALLED,), (_CALL, _BEGIN))
        if not closer:
            raise NotACallError
        yield [Candidate(found["name"], text.strip())]
        if not (yield from source.follows(_CALL)):
            yield from source.follows(_END)
            return


FORMAT = Format(name="kimi_k2", read=_read, markers=(_BEGIN, _CALL))

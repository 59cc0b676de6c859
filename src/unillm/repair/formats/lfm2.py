"""LFM2: ``<|tool_call_start|>[name(key='value')]<|tool_call_end|>``.

The list may also be JSON. Source: lfm2_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.json_calls import candidates
from unillm.repair.formats.python_calls import python_calls
from unillm.repair.formats.source import NotACallError, Source, Steps

_OPEN, _CLOSE = "<|tool_call_start|>", "<|tool_call_end|>"


def _read(source: Source, declared: Declared) -> Steps[None]:
    yield from source.expect(_OPEN)
    yield from source.spaces()
    if not (yield from source.stands("[")):
        raise NotACallError
    source.commit()
    text, end = yield from source.until(_CLOSE, _OPEN)
    if end != _CLOSE:
        raise NotACallError
    is_json = text[1:].lstrip().startswith("{")
    yield candidates(text) if is_json else python_calls(text, declared)


FORMAT = Format(name="lfm2", read=_read, markers=(_OPEN,))

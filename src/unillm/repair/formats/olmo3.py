"""OLMo 3: ``<function_calls>name(key='value')</function_calls>``, a call a line.

Source: olmo3_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.python_calls import python_calls
from unillm.repair.formats.source import NotACallError, Source, Steps

_OPEN, _CLOSE = "<function_calls>", "</function_calls>"


def _read(source: Source, declared: Declared) -> Steps[None]:
    yield from source.expect(_OPEN)
    yield from source.spaces()
    listed = yield from source.one_of("[")
    name = yield from source.word()
    yield from source.expect("(")
    source.commit()
    text, end = yield from source.until(_CLOSE, _OPEN)
    if end != _CLOSE:
        raise NotACallError
    yield python_calls(f"{listed}{name}({text}", declared)


FORMAT = Format(name="olmo3", read=_read, markers=(_OPEN,))

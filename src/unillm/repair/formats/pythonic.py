"""Lists of calls in Python: ``[name(key='value'), …]``, as Llama 3.2 and 4 write them.

Llama 4 may put ``<|python_start|>`` before and ``<|python_end|>`` after. Without, an answer is
read only if it is nothing but such a list. Sources: pythonic_tool_parser.py and
llama4_pythonic_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.python_calls import python_calls
from unillm.repair.formats.source import NotACallError, Source, Steps

_OPEN, _CLOSE = "<|python_start|>", "<|python_end|>"


def _read(source: Source, declared: Declared) -> Steps[None]:
    marked = yield from source.one_of(_OPEN)
    yield from source.spaces()
    yield from source.expect("[")
    yield from source.spaces()
    name = yield from source.word()
    yield from source.expect("(")
    source.commit()
    rest = yield from source.balanced("\"'", depth=2)
    if marked:
        yield from source.follows(_CLOSE)
    elif not (yield from source.over()):
        raise NotACallError
    yield python_calls(f"[{name}({rest}", declared)


FORMAT = Format(name="pythonic", read=_read, markers=(_OPEN,), bare=("[",))

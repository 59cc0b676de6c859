"""dots: ``<dots_function_call>`` around invoke tags or JSON.

Source: dots_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.invoke_tags import invoke_tags
from unillm.repair.formats.json_calls import JsonBlock
from unillm.repair.formats.source import Source, Steps

_OPEN, _CLOSE = "<dots_function_call>", "</dots_function_call>"
_TAGS = invoke_tags("dots_function_call")
_JSON = JsonBlock(opens=(_OPEN,), closes=(_CLOSE,))


def _read(source: Source, declared: Declared) -> Steps[None]:
    yield from source.expect(_OPEN)
    yield from source.spaces()
    is_json = yield from source.stands("{", "[")
    source.rewind()
    source.begin()
    yield from (_JSON(source, declared) if is_json else _TAGS.calls(source, declared))


FORMAT = Format(name="dots", read=_read, markers=(_OPEN,))

"""Hunyuan V3: GLM's keys and values, with ``<tool_sep>`` after the name.

Source: hy_v3_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.keyed import Keyed
from unillm.repair.formats.source import Source, Steps

_KEYED = Keyed(separator="<tool_sep>")


def _read(source: Source, declared: Declared) -> Steps[None]:
    if (yield from source.one_of("<tool_calls>")):
        yield from source.spaces()
    yield from source.expect(_KEYED.opener)
    while True:
        yield (yield from _KEYED.call(source, declared))
        if not (yield from source.follows(_KEYED.opener)):
            yield from source.follows("</tool_calls>")
            return


FORMAT = Format(name="hy_v3", read=_read, markers=("<tool_calls>", _KEYED.opener))

"""Llama 3: ``<|python_tag|>{"name": …, "parameters": {…}}``, several after semicolons.

The tag may be missing: then an answer is read only if it is nothing but calls. Source:
llama_tool_parser.py of vLLM.
"""

from __future__ import annotations

from unillm.repair.formats.format import Declared, Format
from unillm.repair.formats.json_calls import JsonBlock, bare_json
from unillm.repair.formats.source import Source, Steps

_TAG = "<|python_tag|>"
_MARKED = JsonBlock(opens=(_TAG,), after=("<|eom_id|>", "<|eot_id|>"), several=True)
_BARE = bare_json()


def _read(source: Source, declared: Declared) -> Steps[None]:
    marked = yield from source.stands(_TAG)
    yield from (_MARKED if marked else _BARE)(source, declared)


FORMAT = Format(name="llama3_json", read=_read, markers=(_TAG,), bare=("{",))

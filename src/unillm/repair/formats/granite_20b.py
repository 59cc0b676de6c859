"""Granite 20B: ``<function_call> {"name": …, "arguments": {…}}``.

Source: granite_20b_fc_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="granite_20b",
    read=JsonBlock(opens=("<function_call>",), after=("</function_call>",)),
    markers=("<function_call>",),
)

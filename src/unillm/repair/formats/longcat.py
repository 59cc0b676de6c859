"""LongCat: ``<longcat_tool_call>{"name": …, "arguments": {…}}</longcat_tool_call>``.

Source: longcat_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="longcat",
    read=JsonBlock(opens=("<longcat_tool_call>",), closes=("</longcat_tool_call>",)),
    markers=("<longcat_tool_call>",),
)

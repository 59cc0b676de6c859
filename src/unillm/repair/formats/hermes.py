"""Hermes and Qwen 2.5 and 3: ``<tool_call>{"name": …, "arguments": {…}}</tool_call>``.

The last closing tag may be missing. ERNIE 4.5, Granite, xLAM and others write the same. Source:
hermes_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="hermes",
    read=JsonBlock(opens=("<tool_call>",), closes=("</tool_call>",)),
    markers=("<tool_call>",),
)

"""Hunyuan A13B and Jamba: ``<tool_calls>[{"name": …, "arguments": {…}}]</tool_calls>``.

Sources: hunyuan_a13b_tool_parser.py and jamba_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="hunyuan",
    read=JsonBlock(opens=("<tool_calls>",), closes=("</tool_calls>",)),
    markers=("<tool_calls>",),
)

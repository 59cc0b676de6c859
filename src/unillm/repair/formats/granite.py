"""Granite 3: ``<|tool_call|>[{"name": …, "arguments": {…}}]``; Phi-4 mini closes the tag.

Source: granite_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="granite",
    read=JsonBlock(opens=("<|tool_call|>",), after=("<|/tool_call|>",)),
    markers=("<|tool_call|>",),
)

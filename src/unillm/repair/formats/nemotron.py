"""Nemotron Nano: ``<TOOLCALL>[{"name": …, "arguments": {…}}]</TOOLCALL>``.

Source: nemotron_json_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="nemotron",
    read=JsonBlock(opens=("<TOOLCALL>",), closes=("</TOOLCALL>",)),
    markers=("<TOOLCALL>",),
)

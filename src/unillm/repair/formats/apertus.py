"""Apertus: ``<|tools_prefix|>[{"name": {arguments}}]<|tools_suffix|>``.

Source: apertus_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="apertus",
    read=JsonBlock(
        opens=("<|tools_prefix|>",), after=("<|tools_suffix|>",), keyed=True, brackets=("[",)
    ),
    markers=("<|tools_prefix|>",),
)

"""Cohere Command: ``<|START_ACTION|>[{"tool_name": …, "parameters": {…}}]<|END_ACTION|>``.

Source: cohere_command_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="cohere",
    read=JsonBlock(opens=("<|START_ACTION|>",), closes=("<|END_ACTION|>",)),
    markers=("<|START_ACTION|>",),
)

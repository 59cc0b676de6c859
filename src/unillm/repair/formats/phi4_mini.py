"""Phi-4 mini: ``functools[{"name": …, "arguments": {…}}]``, or between ``<|tool_call|>`` tags.

Source: phi4mini_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="phi4_mini",
    read=JsonBlock(opens=("functools",), brackets=("[",)),
    markers=("functools[",),
)

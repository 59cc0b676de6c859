"""Gemma 4: ``<|tool_call>call:name{key:<|"|>value<|"|>}<tool_call|>``.

Source: gemma4_tool_parser.py of vLLM.
"""

from unillm.repair.formats.braced import Braced
from unillm.repair.formats.format import Format

_OPEN = "<|tool_call>"

FORMAT = Format(name="gemma4", read=Braced(_OPEN, "<tool_call|>", '<|"|>'), markers=(_OPEN,))

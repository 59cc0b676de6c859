"""FunctionGemma: ``<start_function_call>call:name{key:<escape>value<escape>}<end_function_call>``.

Source: functiongemma_tool_parser.py of vLLM.
"""

from unillm.repair.formats.braced import Braced
from unillm.repair.formats.format import Format

_OPEN = "<start_function_call>"

FORMAT = Format(
    name="functiongemma",
    read=Braced(_OPEN, "<end_function_call>", "<escape>"),
    markers=(_OPEN,),
)

"""InternLM 2: ``<|action_start|><|plugin|>{"name": …, "parameters": {…}}<|action_end|>``.

Source: internlm2_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="internlm2",
    read=JsonBlock(opens=("<|action_start|><|plugin|>",), closes=("<|action_end|>",)),
    markers=("<|action_start|><|plugin|>",),
)

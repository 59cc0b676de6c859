"""GigaChat 3: ``<|function_call|>{"name": …, "arguments": {…}}``, and what stood there before.

Source: gigachat3_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import JsonBlock

FORMAT = Format(
    name="gigachat3",
    read=JsonBlock(
        opens=("<|function_call|>", "<|message_sep|>\n\nfunction call<|role_sep|>"),
        after=("</s>",),
    ),
    markers=("<|function_call|>", "<|message_sep|>\n\nfunction call<|role_sep|>"),
)

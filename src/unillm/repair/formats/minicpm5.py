"""MiniCPM 5: ``<function name="…"><param name="…">…</param></function>``.

The space may be lost, or be the sign that stands for it in the tokenizer. Source:
minicpm5xml_tool_parser.py of vLLM.
"""

import re

from unillm.repair.formats.format import Format
from unillm.repair.formats.tags import Tags

_TAGS = Tags(
    re.compile(r"<(?P<slash>/?)(?P<word>function|param)(?P<rest>[\sĠ]?(?:name=[^<>]*)?)>"),
    {"function": "call", "param": "parameter"},
    cdata=True,
)

FORMAT = Format(
    name="minicpm5",
    read=_TAGS.calls,
    markers=("<function name=", "<functionname=", "<functionĠname="),
)

"""Qwen3-Coder: ``<tool_call><function=…><parameter=…>…</parameter></function></tool_call>``.

MiMo and Step 3.5 write the same, and so does Seed-OSS with ``<seed:tool_call>``. The outer tags
may be missing (ollama/ollama#17742). Source: qwen3coder_tool_parser.py of vLLM.
"""

import re

from unillm.repair.formats.format import Format
from unillm.repair.formats.tags import Tags

TAGS = Tags(
    re.compile(r"<(?P<slash>/?)(?P<word>[\w:]+)(?:=(?P<name>[^<>=]*))?>"),
    {
        "tool_call": "section",
        "seed:tool_call": "section",
        "function": "call",
        "parameter": "parameter",
    },
    newline=True,
)

FORMAT = Format(
    name="qwen3_coder",
    read=TAGS.calls,
    markers=("<tool_call>", "<seed:tool_call>", "<function="),
)

"""MiniMax M2: ``<minimax:tool_call><invoke name="…"><parameter name="…">…``.

Values are written as they are, without entities: chat_template.jinja of MiniMax-M2.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.invoke_tags import invoke_tags

FORMAT = Format(
    name="minimax_m2",
    read=invoke_tags("minimax:tool_call").calls,
    markers=("<minimax:tool_call>",),
)

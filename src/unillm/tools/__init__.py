"""Tools: schemas from functions and models, and the check of what a model calls them with."""

from unillm.tools.arguments import finisher_for
from unillm.tools.schema import ToolLike, tool, tools_from

__all__ = ["ToolLike", "finisher_for", "tool", "tools_from"]

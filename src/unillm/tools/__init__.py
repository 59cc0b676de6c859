"""Tools: schemas from functions and models."""

from unillm.tools.schema import ToolLike, tool, tools_from

__all__ = ["ToolLike", "tool", "tools_from"]

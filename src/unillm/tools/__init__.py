"""Tools: schemas from functions and models, and what the provider runs itself."""

from unillm.tools.hosted import tools_and_hosted
from unillm.tools.schema import ToolLike, tool, tools_from

__all__ = ["ToolLike", "tool", "tools_and_hosted", "tools_from"]

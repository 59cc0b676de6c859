"""Tools: schemas from functions and models, their calls and results, what the provider runs."""

from unillm.tools.bind import Bound, MisfitError, bind, is_async
from unillm.tools.hosted import callables_in, tools_and_hosted
from unillm.tools.result import content_of, sendable
from unillm.tools.schema import ToolLike, function_of, tool, tools_from

__all__ = [
    "Bound",
    "MisfitError",
    "ToolLike",
    "bind",
    "callables_in",
    "content_of",
    "function_of",
    "is_async",
    "sendable",
    "tool",
    "tools_and_hosted",
    "tools_from",
]

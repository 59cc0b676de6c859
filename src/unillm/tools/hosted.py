"""The tools of a request: the caller's own functions, and those that the provider runs itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.tools.schema import ToolLike, function_of, tools_from
from unillm.types.json import JsonObject, is_iterable, is_mapping
from unillm.types.tools import Tool


def tools_and_hosted(
    given: Iterable[ToolLike] | None,
) -> tuple[tuple[Tool, ...], tuple[JsonObject, ...]]:
    """Return the tools to be called here, each name once, and the hosted ones as they are sent.

    A dict whose ``type`` is not ``function`` is a hosted tool.

    Raises:
        InvalidRequestError: One is not a tool, or two have the same name.
    """
    items: Any = given
    if items is None:
        return (), ()
    if not _is_list(items):
        return tools_from(items), ()
    own: list[Any] = []
    hosted: list[Any] = []
    for item in items:
        (hosted if _is_hosted(item) else own).append(item)
    return tools_from(own), tuple(map(_copied, hosted))


def callables_in(
    given: Iterable[ToolLike] | None,
) -> tuple[tuple[Tool, ...], tuple[JsonObject, ...], dict[str, Callable[..., Any] | None]]:
    """Return what `tools_and_hosted` does, and what is called for each tool, by its name.

    None: the tool is no function.

    Raises:
        InvalidRequestError: One is not a tool, or two have the same name.
    """
    items: Any = list(given) if given is not None and _is_list(given) else given
    tools, hosted = tools_and_hosted(items)
    own = [item for item in items or () if not _is_hosted(item)]
    functions = {made.name: function_of(item) for made, item in zip(tools, own, strict=True)}
    return tools, hosted, functions


def _is_list(given: Any) -> bool:
    return is_iterable(given) and not isinstance(given, Mapping | str)


def _is_hosted(item: Any) -> bool:
    kind: Any = item.get("type") if is_mapping(item) else None
    return isinstance(kind, str) and kind not in {"", "function"}


def _copied(tool: Mapping[str, Any]) -> JsonObject:
    """Return a tool as one of our own, which later changes do not reach."""
    try:
        copy: JsonObject = json.loads(json.dumps(dict(tool), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"the hosted tool {tool['type']!r} must be JSON: {error}"
        raise InvalidRequestError(message) from error
    return copy

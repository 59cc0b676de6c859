"""Looking for tool calls in the text of an answer, where they are known to leak into it."""

from __future__ import annotations

from collections.abc import Callable

from unillm._wire.assemble import Rescuer
from unillm.errors import InvalidRequestError
from unillm.repair import CallScanner, compile_schema, formats_named
from unillm.types.policy import RepairPolicy
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest
from unillm.types.tools import Tool


def rescuer_for(
    request: ChatRequest, profile: Profile, policy: RepairPolicy
) -> Callable[[], Rescuer] | None:
    """Return what makes the scanner of one answer; None if nothing in it may be a call.

    Raises:
        InvalidRequestError: The policy or the profile names a format that there is not.
    """
    leaks = profile.leaks
    wanted = request.tools and request.settings.get("tool_choice") != "none"
    if not (wanted and policy.rescue) or (leaks is None and not policy.formats):
        return None
    marked = () if leaks is None else formats_named(None)
    formats = formats_named([*marked, *(leaks or ()), *policy.formats])
    return lambda: CallScanner([t for t in request.tools if _is_usable(t)], formats)


def _is_usable(tool: Tool) -> bool:
    """Tell whether calls of a tool can be held against its schema; others are never offered."""
    try:
        compile_schema(tool.parameters)
    except InvalidRequestError:
        return False
    return True

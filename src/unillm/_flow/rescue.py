"""Looking for tool calls in the text of an answer, where they are known to leak into it."""

from __future__ import annotations

from collections.abc import Callable

from unillm._wire.assemble import Rescuer
from unillm.types.policy import RepairPolicy
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest


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
    from unillm.repair import CallScanner, formats_named

    marked = () if leaks is None else formats_named(["marked"])
    formats = formats_named([*marked, *(leaks or ()), *policy.formats])
    return lambda: CallScanner(
        request.tools,
        formats,
        level=policy.level,
        aliases=policy.aliases,
        rules=policy.rules,
    )

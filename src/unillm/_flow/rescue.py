"""Looking for tool calls in the text of an answer, where they are known to leak into it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from unillm._wire.assemble import Rescuer
from unillm.types.policy import RepairPolicy
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest

if TYPE_CHECKING:
    from unillm.repair import Format


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

    formats = _leaking(leaks)
    if policy.formats:
        formats = formats_named([*formats, *policy.formats])
    return lambda: CallScanner(
        request.tools,
        formats,
        level=policy.level,
        aliases=policy.aliases,
        rules=policy.rules,
    )


@lru_cache(maxsize=64)
def _leaking(leaks: tuple[str, ...] | None) -> tuple[Format, ...]:
    """Return the notations in which calls leak, by what a profile says of them."""
    from unillm.repair import formats_named

    return () if leaks is None else formats_named([*formats_named(["marked"]), *leaks])

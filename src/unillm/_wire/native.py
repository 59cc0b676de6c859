"""Answers in a provider's own form, and who may be sent them."""

from __future__ import annotations

from unillm.types.facts import Api
from unillm.types.messages import Message, Native
from unillm.types.target import Target


def native_of(message: Message, target: Target, api: Api) -> Native | None:
    """Return what goes back to a target in its own form; None: there is nothing.

    What is in it may be encrypted for, or secret between, a host and the caller: a provider of
    the same name at another host is another one.
    """
    native = message.native if message.role == "assistant" else None
    if native is None or (native.provider, native.api) != (target.provider, api):
        return None
    return native if native.origin == target.origin else None

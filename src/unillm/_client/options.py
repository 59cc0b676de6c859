"""The keyword arguments of clients and calls, as type checkers see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
from unillm.types.record import Observer
from unillm.types.settings import ChatSettings

OnInvalidToolCall: TypeAlias = Literal["raise", "return"]
"""What to do with calls that cannot be executed: raise `ToolArgumentsError`, or return them."""


class CallOptions(ChatSettings, total=False):
    """What one call may set beside its messages: settings, and overrides of the client's.

    Attributes:
        timeout: Time limits; a number is seconds for the whole operation.
        retry: When to try again, and how often.
        repair: How far broken tool calls are repaired.
        on_invalid_tool_call: ``raise`` a `ToolArgumentsError`, or ``return`` such calls as
            ``response.invalid_tool_calls``.
        rewrite: Settings to rewrite where a provider would refuse them, noted on the response,
            instead of raising: ``("tool_choice",)`` makes a call that is demanded of a model that
            cannot be made to call while it thinks one that it may choose to make.
        keep_raw: Keep the chunks of a stream as ``response.raw``.
        observers: Functions told of every operation when it is over; a call's are told instead of
            the client's, and ``()`` tells nobody.
    """

    timeout: Timeout | float
    retry: RetryPolicy
    repair: RepairPolicy
    on_invalid_tool_call: OnInvalidToolCall
    rewrite: Sequence[str]
    keep_raw: bool
    observers: Iterable[Observer]


class ClientOptions(CallOptions, total=False):
    """The defaults a client may be given.

    Attributes:
        model: ``provider:model``, or the bare id of a model its vendor serves.
        system: Instructions, for conversations that bring none of their own.
    """

    model: str
    system: str

"""The keyword arguments of clients and calls, as type checkers see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from unillm.pricing import PriceBook
from unillm.telemetry import Telemetry
from unillm.tools import ToolLike
from unillm.types.budget import Budget
from unillm.types.constraints import Constraints
from unillm.types.health import HealthStore
from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
from unillm.types.record import Observer
from unillm.types.route import OnMidstreamError, Route
from unillm.types.settings import ChatSettings
from unillm.types.tools import ToolCall

if TYPE_CHECKING:
    from unillm.ledger import Ledger
    from unillm.types.row import OnProgress
    from unillm.types.run import Approval

OnInvalidToolCall: TypeAlias = Literal["raise", "return"]
"""What to do with calls that cannot be executed: raise `ToolArgumentsError`, or return them."""


OnToolError: TypeAlias = Literal["tell", "raise"]
"""What to do with what a tool raises: tell the model, or raise it."""

Approve: TypeAlias = "Callable[[ToolCall], Approval | Awaitable[Approval]]"
"""Looks at a call before it is made, and says whether it may be; async with `AsyncClient` only."""


class CallOptions(ChatSettings, total=False):
    """What one call may set beside its messages: settings, and overrides of the client's.

    Attributes:
        timeout: Time limits; a number is seconds for the whole operation.
        retry: When to try again, and how often.
        repair: How far broken tool calls are repaired.
        on_invalid_tool_call: ``raise`` a `ToolArgumentsError`, or ``return`` such calls as
            ``response.invalid_tool_calls``.
        on_midstream_error: What to do when a stream breaks off after its first event: ``raise``,
            with what came; ``restart``, with a whole answer; or ``continue`` with the rest of it.
            A model that is named is asked again itself; of a route it takes the place of what the
            route says. If nothing is said: as the route says, else ``raise``.
        rewrite: Settings to rewrite where a provider would refuse them, noted on the response,
            instead of raising. ``tool_choice``: a call that is demanded of a model that cannot be
            made to call while it thinks becomes one that it may choose to make. ``max_tokens``:
            more than the model writes becomes the most that it does. ``response_format``: where
            the host holds no answer to a JSON schema, it is asked for JSON, and the model is told
            the schema.
        prefix: How the answer is to begin, at providers that go on from there. What comes back is
            what the model wrote after it: ``text`` does not repeat it.
        keep_raw: Keep the chunks of a stream as ``response.raw``.
        remember_reasoning: Whether the reasoning of answers with tool calls is remembered, and put
            back where a message comes back with the same calls and without it.
        prices: The price book that costs are reckoned with; that of unillm if nothing is said.
        telemetry: How calls are told to OpenTelemetry; False: they are not. Without it they are
            wherever the program has set a provider of OpenTelemetry's SDK.
        budget: What may be spent: one `Budget` or several, which hold together. A call's come on
            top of the client's.
        observers: Functions told of every operation when it is over; a call's are told instead of
            the client's, and ``()`` tells nobody.
        constraints: What must hold of whoever is sent anything. A call's come on top of the
            client's: all hold, and nothing takes one away.
    """

    timeout: Timeout | float
    retry: RetryPolicy
    repair: RepairPolicy
    on_invalid_tool_call: OnInvalidToolCall
    on_midstream_error: OnMidstreamError
    rewrite: Sequence[str]
    prefix: str
    keep_raw: bool
    remember_reasoning: bool
    observers: Iterable[Observer]
    prices: PriceBook
    telemetry: Telemetry | bool
    budget: Budget | Sequence[Budget]
    constraints: Constraints


class RunOptions(CallOptions, total=False):
    """What a run may set beside its messages and tools.

    ``timeout`` and ``retry`` hold for each turn. ``tool_choice`` that demands a call holds for the
    first one: a run in which each answer must call does not end. ``on_invalid_tool_call`` is
    ``raise`` only where it is said here; else the model is told what was wrong.

    Attributes:
        max_turns: How many answers of the model there may be; 8 if nothing is said.
        on_tool_error: ``tell`` the model class and message of what a tool raised (the default), or
            ``raise`` it, once the other calls of the same answer are over.
        approve: Asked before each call of a function, in order, before the first call of an answer
            is made. It is given the call, with its ``origin`` and ``repairs``, and returns True,
            False, a reason for the model why not, or the call with other arguments.
        parallel: Whether the calls of one answer are made at the same time, 64 at most; True if
            nothing is said.
        tool_timeout: Seconds that one call of a tool may take; None: as long as it likes. A
            function that is not async goes on in its thread, and what it gives is not used.
        retries: How often the model is asked again where its last answer does not fit ``output``;
            1 if nothing is said.
    """

    max_turns: int
    on_tool_error: OnToolError
    approve: Approve
    parallel: bool
    tool_timeout: float
    retries: int


class MapOptions(CallOptions, total=False):
    """What many calls may set beside their rows.

    Attributes:
        tools: As for ``chat``.
        output: What answers are made into, as for ``parse``.
        retries: How often the model is asked again where that fails; 1 if nothing is said.
        concurrency: How many calls are made at the same time; 64 if nothing is said.
        checkpoint: A file to which each answer is written as soon as it is there, one JSON value a
            line; what is in it already is not asked for again. Errors are.
        progress: Whether a bar shows how far it is, in a terminal or a notebook; or a function that
            is told, where the rows are read, with a `MapProgress`.
        batch: Whether the rows go to the provider's Batch API, which takes hours and half the
            price.
    """

    tools: Iterable[ToolLike]
    output: Any
    retries: int
    concurrency: int
    checkpoint: str | PathLike[str]
    progress: bool | OnProgress
    batch: bool


class ClientOptions(CallOptions, total=False):
    """The defaults a client may be given.

    Attributes:
        model: ``provider:model``, or the bare id of a model its vendor serves.
        system: Instructions, for conversations that bring none of their own.
        ledger: Where every operation is kept: a path or URL, which the client opens and closes, or
            a `Ledger`, which stays open. ``observers`` of a call do not take its place.
        health: Where it is kept how targets fare: in memory if nothing is said; ``redis`` (at
            ``REDIS_URL``, or on this machine), the URL of one, or a store of your own.
        routes: Policies that pick who answers, by name: ``{"fast": Route(…)}``, or a list of
            targets that are tried in order. ``model="fast"``, or ``model="route:fast"``, asks one.
    """

    model: str
    system: str
    ledger: str | PathLike[str] | Ledger
    health: str | HealthStore
    routes: Mapping[str, Route | Sequence[str | Route]]

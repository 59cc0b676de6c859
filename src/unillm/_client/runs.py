"""Runs, as clients start them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from unillm._client.config import Call, Config
from unillm._client.options import Approve, OnToolError
from unillm._client.outputs import OutputGiven
from unillm._client.planting import PREFIX
from unillm._client.routes import find_route
from unillm._client.scope import Around, around, inside
from unillm._flow.tree import nobody
from unillm._io import clock
from unillm.errors import InvalidRequestError
from unillm.telemetry.follow import traced_run
from unillm.tools import ToolLike, callables_in, is_async
from unillm.types.dataclass import dataclass
from unillm.types.inputs import Messages, messages_from
from unillm.types.json import JsonObject, is_iterable
from unillm.types.messages import Message
from unillm.types.policy import LONGEST
from unillm.types.response import ChatResponse
from unillm.types.run import RunResult, passed_over
from unillm.types.target import Target
from unillm.types.tools import Tool

if TYPE_CHECKING:
    from unillm._flow.effects import Flow
    from unillm._flow.progress import Progress
    from unillm._flow.run import Turn
    from unillm._flow.traced import TracedRun
    from unillm._io.driver import Driver
    from unillm._io.driver_async import AsyncDriver
    from unillm._io.ongoing import Means
    from unillm._io.run_driver import RunDriver
    from unillm._io.run_driver_async import AsyncRunDriver

D = TypeVar("D")

_FREE = frozenset({"auto", "none"})
"""What ``tool_choice`` may be without demanding a call."""


@dataclass(frozen=True, slots=True)
class RunAsked:
    """One run as the user wrote it."""

    messages: Messages
    tools: Iterable[ToolLike]
    model: str | None
    system: str | None
    output: Any
    options: Mapping[str, Any]


def run_driver(
    config: Config, driver: Callable[[Call], Driver[ChatResponse]], asked: RunAsked, *, stream: bool
) -> RunDriver:
    """Return what carries out a run by blocking.

    Raises:
        InvalidRequestError: The call as written cannot be sent.
    """
    from unillm._io.run_driver import RunDriver

    setup = _Setup.read(config, asked, stream=stream)
    setup.require_plain_functions()
    return RunDriver(*setup.begun(), setup.means(driver))


def run_driver_async(
    config: Config,
    driver: Callable[[Call], AsyncDriver[ChatResponse]],
    asked: RunAsked,
    *,
    stream: bool,
) -> AsyncRunDriver:
    """Return what carries out a run by awaiting.

    Raises:
        InvalidRequestError: The call as written cannot be sent.
    """
    from unillm._io.run_driver_async import AsyncRunDriver

    setup = _Setup.read(config, asked, stream=stream)
    return AsyncRunDriver(*setup.begun(), setup.means(driver))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """The options that are a run's own, checked."""

    max_turns: int = 8
    on_tool_error: OnToolError = "tell"
    approve: Approve | None = None
    parallel: bool = True
    tool_timeout: float | None = None
    retries: int = 1

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> _Own:
        turns: Any = given.get("max_turns", 8)
        if isinstance(turns, bool) or not isinstance(turns, int) or turns < 1:
            raise InvalidRequestError(f"max_turns must be a number from 1, not {turns!r}")
        on_error: Any = given.get("on_tool_error", "tell")
        if on_error not in get_args(OnToolError):
            raise InvalidRequestError(f"on_tool_error must be 'tell' or 'raise', not {on_error!r}")
        parallel: Any = given.get("parallel", True)
        if not isinstance(parallel, bool):
            raise InvalidRequestError(f"parallel must be True or False, not {parallel!r}")
        limit: Any = given.get("tool_timeout")
        if limit is not None and not _is_positive(limit):
            raise InvalidRequestError(
                f"tool_timeout must be a positive number of seconds, not {limit!r}"
            )
        return cls(
            max_turns=turns,
            on_tool_error=on_error,
            approve=_approve(given.get("approve")),
            parallel=parallel,
            tool_timeout=limit,
            retries=given.get("retries", 1),
        )


_NAMES = tuple(one.name for one in fields(_Own))


def _approve(value: Any) -> Approve | None:
    if value is not None and not callable(value):
        raise InvalidRequestError(f"approve must be a function of a ToolCall, not {value!r}")
    return cast("Approve | None", value)


def _is_positive(value: Any) -> bool:
    is_number = not isinstance(value, bool) and isinstance(value, int | float)
    return is_number and 0 < value <= LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """Everything of a run that is settled before its first turn.

    What is around the place where it is begun is around all its turns and its tools, wherever its
    events are read.
    """

    place: Around
    own: _Own
    output: OutputGiven | None
    messages: tuple[Message, ...]
    system: str | None
    tools: tuple[Tool, ...]
    hosted: tuple[JsonObject, ...]
    functions: Mapping[str, Callable[..., Any] | None]
    target: Target | None
    route: str | None
    options: Mapping[str, Any]
    later: Mapping[str, Any]
    stream: bool
    traced: TracedRun | None

    @classmethod
    def read(cls, config: Config, asked: RunAsked, *, stream: bool) -> _Setup:
        options = {
            # What can be read but once is read here: each turn is given it again.
            name: tuple(value) if is_iterable(value) and hasattr(value, "__next__") else value
            for name, value in asked.options.items()
            if value is not None
        }
        own = _Own.read({name: options.pop(name) for name in _NAMES if name in options})
        options.setdefault("on_invalid_tool_call", "return")
        config = config.changed(options)
        tools, hosted, functions = callables_in(asked.tools)
        choice: Any = config.settings.get("tool_choice", "auto")
        free = choice in _FREE if isinstance(choice, str) else choice.get("mode") in _FREE
        route = find_route(config, asked.model)
        target = config.target(asked.model) if route is None else nobody(route)
        place = Around(around().tasks, run=clock.unique())
        return cls(
            place=place,
            own=own,
            output=None if asked.output is None else OutputGiven(asked.output, own.retries),
            messages=_answered(messages_from(asked.messages)),
            system=asked.system,
            tools=tools,
            hosted=hosted,
            functions=functions,
            target=target if route is None else None,
            route=None if route is None else f"{PREFIX}{route}",
            options=options,
            later=options if free else {**options, "tool_choice": "auto"},
            stream=stream,
            traced=traced_run(config.telemetry, target, replace(config.scope(), run=place.run)),
        )

    def require_plain_functions(self) -> None:
        """Refuse what only an async client can call.

        Raises:
            InvalidRequestError: A tool is async.
        """
        for name, function in self.functions.items():
            if function is not None and is_async(function):
                message = f"the tool {name!r} is async: use unillm.AsyncClient, or a plain def"
                raise InvalidRequestError(message)

    def begun(self) -> tuple[Flow[RunResult[Any]], Progress]:
        """Return the flow of the run and its memory."""
        from unillm._flow.progress import Progress
        from unillm._flow.run import RunPolicy, run

        own = self.own
        progress = Progress(id=self.place.run, history=[*self.messages], tools=self.tools)
        policy = RunPolicy(
            functions=self.functions,
            max_turns=own.max_turns,
            on_tool_error=own.on_tool_error,
            approves=own.approve is not None,
            parallel=own.parallel,
        )
        return run(policy, progress), progress

    def means(self, driver: Callable[[Call], D]) -> Means[D]:
        """Return what the run is carried out with."""
        from unillm._io.ongoing import Means

        return Means(
            open=lambda turn: driver(self._call(turn)),
            approve=self.own.approve,
            tool_timeout=self.own.tool_timeout,
            streamed=self.stream,
            within=lambda: inside(self.place),
            traced=self.traced,
        )

    def _call(self, turn: Turn) -> Call:
        return Call(
            turn.messages,
            self.route,
            self.system,
            (*self.tools, *self.hosted),
            self.options if turn.number == 1 else self.later,
            stream=self.stream,
            output=self.output,
            target=self.target,
            around=replace(self.place, turn=turn.number),
        )


def _answered(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Refuse a history in which a call is passed over: no provider takes it.

    Raises:
        InvalidRequestError: One is; at the end of the history calls may be open.
    """
    call = passed_over(messages)
    if call is not None:
        raise InvalidRequestError(
            f"messages go on without a result of the call {call.id!r} of {call.name!r}: put "
            f"unillm.ToolMessage({call.id!r}, …) right behind the answer that made it"
        )
    return messages

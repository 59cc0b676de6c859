"""What calls are made inside of: tasks, and the run whose tool makes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from copy import copy
from dataclasses import replace
from functools import wraps
from types import MappingProxyType, TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from unillm._client.spent import Spent
from unillm.errors import InvalidRequestError, UnillmError
from unillm.tools import is_async
from unillm.types.dataclass import dataclass
from unillm.types.json import is_mapping
from unillm.types.looks import Looks
from unillm.types.record import Record
from unillm.types.usage import Cost, Usage

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a place in a program.

    Attributes:
        tasks: The tasks, the outermost first.
        run: The run that it belongs to; None: to none.
        turn: The turn of it that a call is; None: it is none.
    """

    tasks: tuple[Task, ...] = ()
    run: str | None = None
    turn: int | None = None


NOWHERE = Around()
"""Inside of nothing."""
_around: ContextVar[Around] = ContextVar("unillm_around", default=NOWHERE)


def around() -> Around:
    """Return what is around this place."""
    return _around.get()


@contextmanager
def inside(place: Around) -> Generator[None]:
    """Have what is called be at another place."""
    token = _around.set(place)
    try:
        yield
    finally:
        # A coroutine that is given up may be closed in another context, where nothing was set.
        with suppress(ValueError):
            _around.reset(token)


def task(
    name: str,
    *,
    user: str | None = None,
    session: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Task:
    """Make a task, for a ``with`` block: it adds up what the calls that are begun inside cost.

    Blocks may be nested; each call counts for every task around it.

    Args:
        name: What it is called where costs are listed.
        user: For whom calls are made. It reaches observers, never the provider.
        session: The id of the conversation, for calls that name none.
        tags: Labels of every call inside; those of an inner task and of the call itself go over
            them.

    Raises:
        InvalidRequestError: The name is empty, or something is no string.
    """
    return Task(name, user=user, session=session, tags=tags)


class Task(Looks):
    """What the calls of a part of a program used and cost, at any time and after its end.

    Made by `task`. As a context manager it counts what is begun in its block, as a decorator what
    is begun in each call of the function. It may be entered more than once, also at the same time:
    one task, one sum. Safe to share between threads.

    Calls count once they are over: of a stream that is being read nothing is in here yet. A call
    that was begun inside counts wherever it ends.

    Attributes:
        name: What it is called.
        user: For whom calls are made; None: not said.
        session: The id of the conversation; None: not said.
        tags: Labels of its calls.
    """

    __slots__ = ("_records", "_spent", "name", "session", "tags", "user")

    def __init__(
        self,
        name: str,
        *,
        user: str | None = None,
        session: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.name = _text("the name of a task", name)
        if not self.name.strip():
            raise InvalidRequestError("the name of a task is empty: say what it is for")
        self.user = None if user is None else _text("user", user)
        self.session = None if session is None else _text("session", session)
        self.tags: Mapping[str, str] = MappingProxyType(_texts(tags))
        # Nothing here is locked: a list takes an item at once, whatever thread, signal or finaliser
        # it comes from, and what was added up is replaced as a whole.
        self._records: list[Record] = []
        self._spent = Spent()

    @property
    def operations(self) -> tuple[Record, ...]:
        """Return a record of each call that is over, in the order of their ends.

        What was asked and answered is not kept: ``request`` and ``response`` are None, and an
        ``error`` has its class, message and numbers alone.
        """
        return tuple(self._records)

    @property
    def usage(self) -> Usage | None:
        """Return the tokens of all attempts of its calls; None: none were reported."""
        return self._added().whole.usage

    @property
    def cost(self) -> Cost:
        """Return what its calls cost together, as sure as the least sure of them.

        Before the first is over that is 0. If one is unknown, ``total`` is None, ``low`` is what is
        known, and ``reason`` says of how many it is not. Lines of the same kind and price are one.
        """
        return self._added().whole.cost()

    def bind(self, function: Callable[P, T]) -> Callable[P, T]:
        """Return the function as one that runs inside this task, in whatever thread it is called.

        For threads and pools of your own, which know nothing of the tasks around: as
        ``pool.map(t.bind(work), items)``. It runs in the context that was here when it was bound,
        other context variables included; each call in a copy of its own, so that it may be called
        many times, at the same time and after the task's end. An async function takes with it the
        tasks alone: the rest comes from where it is awaited.

        Raises:
            InvalidRequestError: It is no function, or a generator's, whose body does not run
                when it is called.
        """
        _require_function(function)
        here = around()
        place = here if self in here.tasks else replace(here, tasks=(*here.tasks, self))
        if is_async(function):
            return _async_at(place, function)
        context = copy_context()
        context.run(_around.set, place)

        @wraps(function)
        def bound(*args: P.args, **kwargs: P.kwargs) -> T:
            made = context.copy().run(function, *args, **kwargs)
            if inspect.iscoroutine(made):  # a lambda that calls what is async
                return cast("T", _awaited(place, made))
            return made

        return bound

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Decorate a function, plain or async: each call of it is inside of this task.

        Raises:
            InvalidRequestError: It is no function, or a generator's.
        """
        _require_function(function)
        if is_async(function):
            awaited = cast("Callable[P, Coroutine[Any, Any, Any]]", function)

            @wraps(function)
            async def whole(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await awaited(*args, **kwargs)

            return cast("Callable[P, T]", whole)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> T:
            with self:
                return function(*args, **kwargs)

        return called

    def __enter__(self) -> Self:
        """Count what is begun from here on."""
        here = _around.get()
        _around.set(replace(here, tasks=(*here.tasks, self)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Count no more; what was begun still counts when it ends.

        A generator may be entered in one context and left in another. There is no token to be given
        back to the first: the task is taken from those that are around here, if it is one.
        """
        here = _around.get()
        for at in range(len(here.tasks) - 1, -1, -1):
            if here.tasks[at] is self:
                tasks = (*here.tasks[:at], *here.tasks[at + 1 :])
                _around.set(replace(here, tasks=tasks))
                return

    def hear(self, record: Record) -> None:
        """Take note of a call that is over; what observers are."""
        light = replace(record, request=None, response=None, error=_light(record.error))
        self._records.append(light)

    def __repr__(self) -> str:
        """Show how many calls were made, and what they came to."""
        return f"Task({self.name!r}, {self._added().brief()})"

    def _repr_markdown_(self) -> str:
        return self._added().markdown(self.name)

    def _added(self) -> Spent:
        """Return the sums, with what has been told since they were last asked for."""
        spent = self._spent
        if spent.counted < len(self._records):
            self._spent = spent = spent.with_more(self._records)
        return spent


def _async_at(place: Around, function: Callable[P, T]) -> Callable[P, T]:
    awaited = cast("Callable[P, Coroutine[Any, Any, Any]]", function)

    @wraps(function)
    async def bound(*args: P.args, **kwargs: P.kwargs) -> Any:
        return await _awaited(place, awaited(*args, **kwargs))

    return cast("Callable[P, T]", bound)


async def _awaited(place: Around, coroutine: Coroutine[Any, Any, Any]) -> Any:
    with inside(place):
        return await coroutine


_KEPT = frozenset(
    {
        *("message", "provider", "model", "request_id", "attempts", "retryable"),
        *("status", "code", "retry_after", "rate_limits"),
    }
)
"""What is kept of an error."""


def _light(error: UnillmError | None) -> UnillmError | None:
    """Return an error without the frames, answers and conversations that it holds on to."""
    if error is None:
        return None
    light = copy(error)
    for name, value in vars(error).items():
        if name not in _KEPT:
            setattr(light, name, () if isinstance(value, tuple | list) else None)
    return light


def _require_function(function: Any) -> None:
    if not callable(function):
        raise InvalidRequestError(f"a task wraps functions, not {type(function).__name__}")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        name = getattr(function, "__qualname__", "it")
        raise InvalidRequestError(
            f"{name} is a generator function: what it does is done where it is read. Wrap the "
            "function that reads it"
        )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} must be a string, not {type(value).__name__}")
    return value


def _texts(tags: Any) -> dict[str, str]:
    if tags is None:
        return {}
    if not is_mapping(tags):
        raise InvalidRequestError(
            f"tags must be a dict such as {{'team': 'blue'}}, not {type(tags).__name__}"
        )
    for name, value in tags.items():
        _text("a tag", name)
        _text(f"the tag {name!r}", value)
    return dict(tags)

"""What follows operations and runs from beginning to end, where somebody wants to know of them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from unillm._flow.operation import Operation
    from unillm.types.record import Record
    from unillm.types.run import RunResult
    from unillm.types.tools import ToolCall


class Traced(Protocol):
    """Follows one operation. Nothing it does reaches the caller: it raises nothing.

    Attributes:
        times_chunks: Whether it wants to know how long each piece of a stream took.
    """

    @property
    def times_chunks(self) -> bool: ...

    def begin(self, operation: Operation) -> None:
        """Take note that it begins, in the context of whoever makes the call."""
        ...

    def enter(self, operation: Operation) -> object:
        """Take note that its running attempt is sent; what is done until `leave` is part of it."""
        ...

    def leave(self, entered: object) -> None:
        """Put the context back as it was before `enter`, which gave ``entered``."""
        ...

    def conclude(self, operation: Operation, record: Record) -> None:
        """Take note that it is over."""
        ...


class TracedRun(Protocol):
    """Follows one run. Nothing it does reaches the caller: it raises nothing."""

    def step(self) -> AbstractContextManager[None]:
        """Make what is done inside part of the run, which begins with the first of these."""
        ...

    def tool(self, call: ToolCall) -> AbstractContextManager[TracedTool]:
        """Follow a call of a tool, where it is made."""
        ...

    def conclude(self, result: RunResult[Any], error: BaseException | None, *, whole: bool) -> None:
        """Take note that it is over, what came of it, and what ended it before its end."""
        ...


class TracedTool(Protocol):
    """Is told what came of a call.

    Attributes:
        got: What the tool gave, or what it raised; None: it was cut short.
    """

    got: object

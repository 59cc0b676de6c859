"""What is kept of an operation until it is written: little, and nothing of what was said."""

from __future__ import annotations

from typing import Any, NamedTuple

from unillm.ledger.needs import needs_of
from unillm.types.decision import Decision
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage, Message
from unillm.types.record import Record
from unillm.types.response import Attempt, Outcome


class Held(NamedTuple):
    """An operation in the queue. It is made on the caller's path, so it is made of references.

    Attributes:
        operation: Its id.
        at: When it began, in seconds since 1970.
        duration: How many seconds it took.
        outcome: How it ended.
        error: The class of what was raised; None: nothing was.
        provider: Who was asked last.
        model: What was asked last.
        streamed: Whether it was a stream.
        attempts: Its attempts.
        tags: Its labels, as they were then.
        session: The caller's id of the conversation.
        user: The caller's name of his user.
        tasks: The tasks around it.
        run: The id of its run.
        turn: Its place in that.
        decision: How the route chose; None: nobody chose.
        needs: What it needs of whoever answers; None: it was no chat.
        asked: The messages sent; None: not to be kept, or it was no chat.
        answered: The message that came; None: not to be kept, or none came.
        keeps: Whether content is kept: then messages of errors are too.
    """

    operation: str
    at: float
    duration: float
    outcome: Outcome
    error: str | None
    provider: str
    model: str
    streamed: bool
    attempts: tuple[Attempt, ...]
    tags: tuple[tuple[Any, Any], ...]
    session: str | None
    user: str | None
    tasks: tuple[str, ...]
    run: str | None
    turn: int | None
    decision: Decision | None
    needs: JsonObject | None
    asked: tuple[Message, ...] | None = None
    answered: AssistantMessage | None = None
    keeps: bool = False


def held(record: Record, *, content: bool) -> Held:
    """Return what is kept of a record: with content, also what was asked and answered."""
    scope, error, request = record.scope, record.error, record.request
    asked, answered = (request, record.response) if content else (None, None)
    return Held(
        record.operation,
        record.started_at,
        record.duration,
        record.outcome,
        None if error is None else type(error).__name__,
        record.provider,
        record.model,
        record.streamed,
        record.attempts,
        tuple(scope.tags.items()) if scope.tags else (),
        scope.session,
        scope.user,
        scope.tasks,
        scope.run,
        scope.turn,
        record.decision,
        None if request is None else needs_of(request),
        None if asked is None else asked.messages,
        None if answered is None else answered.message,
        content,
    )

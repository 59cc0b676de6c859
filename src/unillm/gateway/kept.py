"""The last operations, as they are told to whoever has their ids: no content, no keys."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from pydantic_core import from_json

from unillm._wire.serve.figures import cost_told
from unillm._wire.written import written_texts
from unillm.types.json import JsonObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unillm.ledger.entries import Entry, EntryAttempt
    from unillm.types.record import Record
    from unillm.types.response import Attempt, ChatResponse
    from unillm.types.usage import Usage

MOST = 4_096
"""Operations that are remembered; of older ones the ledger knows, if there is one."""
AGENT = "agent"
"""The tag that names the program that asked."""


class Kept:
    """Remembers operations. Safe between threads; `Kept.observe` is an observer."""

    def __init__(self, look_up: Callable[[str], Entry | None] | None = None) -> None:
        """Begin with none.

        Args:
            look_up: Who knows of older ones, such as a ledger's ``operation``; it may block.
        """
        self._look_up = look_up
        # As text they take a third of the room, and few are ever asked for.
        self._told: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, operation: str, *, session: str, agent: str) -> None:
        """Take note that an operation is under way.

        Args:
            operation: Its id.
            session: The conversation it belongs to.
            agent: The program that asked.
        """
        pending: JsonObject = {
            "object": "unillm.operation",
            "id": operation,
            "outcome": "pending",
            "session": session,
            "agent": agent,
        }
        if operation not in self._told:  # it may be over already
            self._put(operation, pending)

    def observe(self, record: Record) -> None:
        """Take note of an operation that is over."""
        self._put(record.operation, told(record))

    def get(self, operation: str) -> JsonObject | None:
        """Return an operation that is remembered; None: it is not, or there was none."""
        text = self._told.get(operation)
        return None if text is None else from_json(text)

    def find(self, operation: str) -> JsonObject | None:
        """Return an operation, of the ledger's if it is not remembered; None: there was none.

        That reads a database: call it beside an event loop.
        """
        found = self.get(operation)
        if found is not None or self._look_up is None:
            return found
        entry = self._look_up(operation)
        return None if entry is None else told_of(entry)

    def _put(self, operation: str, told: JsonObject) -> None:
        text = written_texts(told)
        with self._lock:
            self._told[operation] = text
            self._told.move_to_end(operation)
            if len(self._told) > MOST:
                self._told.popitem(last=False)


def told(record: Record) -> JsonObject:
    """Return what is told of an operation.

    Messages of errors and notes may quote what was sent: of errors the class is told, of notes
    the code. Amounts are decimal texts in US dollars.
    """
    response = record.response
    return {
        "object": "unillm.operation",
        "id": record.operation,
        "outcome": record.outcome,
        "error": None if record.error is None else type(record.error).__name__,
        "model": record.model,
        "provider": record.provider,
        "route": None if record.decision is None else record.decision.route,
        "streamed": record.streamed,
        "usage": _usage(record.usage),
        "cost": cost_told(record.cost),
        "attempts": [_attempt(attempt) for attempt in record.attempts],
        "notes": [] if response is None else _in_order(note.code for note in response.notes),
        "repairs": None if response is None else _repairs(response),
        "session": record.session,
        "agent": record.tags.get(AGENT),
        "started_at": record.started_at,
        "duration": record.duration,
    }


def told_of(entry: Entry) -> JsonObject:
    """Return the same of an operation of the ledger's, which knows nothing of notes and repairs."""
    return {
        "object": "unillm.operation",
        "id": entry.operation,
        "outcome": entry.outcome,
        "error": entry.error,
        "model": entry.model,
        "provider": entry.provider,
        "route": entry.route,
        "streamed": entry.streamed,
        "usage": _usage(entry.usage),
        "cost": cost_told(entry.cost),
        "attempts": [_attempt(attempt) for attempt in entry.attempts],
        "notes": None,
        "repairs": None,
        "session": entry.session,
        "agent": entry.tags.get(AGENT),
        "started_at": entry.started_at,
        "duration": entry.duration,
    }


def _usage(usage: Usage | None) -> JsonObject | None:
    return None if usage is None else usage.to_dict()


def _attempt(attempt: Attempt | EntryAttempt) -> JsonObject:
    """Return an exchange. What its error said is left out: it may quote what was sent."""
    return {
        "number": attempt.number,
        "provider": attempt.provider,
        "model": attempt.model,
        "role": attempt.role,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": None if attempt.error is None else attempt.error.partition(":")[0],
        "usage": _usage(attempt.usage),
        "cost": cost_told(attempt.cost),
        "started_at": attempt.started_at,
        "duration": attempt.duration,
        "first_token": attempt.first_token,
    }


def _repairs(response: ChatResponse) -> JsonObject:
    """Return how many edits there were, by the rule that made them, and of how many calls."""
    calls = response.tool_calls
    rules = Counter(edit.rule for call in calls for edit in call.repairs)
    return {
        "edits": rules.total(),
        "by_rule": dict(sorted(rules.items())),
        "calls": sum(bool(call.repairs) for call in calls),
        "rescued": sum(call.origin == "rescued" for call in calls),
        "refused": len(response.invalid_tool_calls),
    }


def _in_order(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))

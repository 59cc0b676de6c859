"""A guard against agents that go round in a circle: what would be paid for without end."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from unillm._io import clock
from unillm.errors import (
    BadRequestError,
    InvalidRequestError,
    RouteExhaustedError,
    ToolArgumentsError,
)
from unillm.types.brief import shown
from unillm.types.dataclass import dataclass
from unillm.types.messages import AssistantMessage, Message

if TYPE_CHECKING:
    from unillm.errors import UnillmError
    from unillm.types.tools import InvalidToolCall
    from unillm.types.usage import Cost

REFUSALS = 3
"""How often one call is refused before the conversation is."""
REPEATS = 10
"""How many turns that make the same calls, and are told the same, make a circle."""
MOST = 4_096
"""Sessions and refused conversations that are remembered; the eldest are forgotten first."""
_OF_ONE = 32
"""Calls that are remembered of one session."""
KEPT = 3_600.0
"""Seconds for which a refusal is remembered."""
_TAIL = 4
"""Messages at the end by which a conversation is known again, with how many there are."""


class LoopError(BadRequestError):
    """Raised before anything is sent: the conversation goes round in a circle.

    It is told as 400, which neither the libraries of OpenAI and Anthropic nor most agents try again
    (openai-python 3.57.0 and anthropic 2.14.0, _base_client.py, read 2026-11-29: 408, 409, 429 and
    from 500 on); of agents that do, each try is answered without asking anybody.

    Attributes:
        times: How often it has come round.
    """

    def __init__(self, message: str, *, code: str, times: int, **context: Any) -> None:
        """Keep how often it has come round."""
        super().__init__(message, status=400, code=code, **context)
        self.times = times


@dataclass(slots=True, kw_only=True)
class _Refusals:
    """What is known of one call that was refused.

    Attributes:
        name: The tool that was called.
        times: How often it was refused.
        length: How many messages the conversation had then.
        at: When that was, in seconds of the monotonic clock.
    """

    name: str
    times: int
    length: int
    at: float


class LoopGuard:
    """Sees that an agent makes no progress. Safe between threads.

    A model that gets a call wrong is often asked again by its agent with nothing changed, for as
    long as anybody pays. So what was refused three times is refused at once from then on, as long
    as the conversation is the same; one more message, or another model, and it is asked again. And
    a conversation whose last ten turns all made the same calls and were told the same is refused,
    whatever it is that is called.
    """

    def __init__(self, *, refusals: int = REFUSALS, repeats: int = REPEATS) -> None:
        """Begin with nothing remembered.

        Args:
            refusals: How often one call may be refused; 0: any number of times.
            repeats: How many turns may be the same; 0: any number.

        Raises:
            InvalidRequestError: One of them is no whole number from 0, or 1 turn is to be many.
        """
        for name, given in (("refusals", refusals), ("repeats", repeats)):
            value: Any = given
            if type(value) is not int or value < 0:
                raise InvalidRequestError(f"{name} must be a whole number from 0, not {value!r}")
        if repeats == 1:
            raise InvalidRequestError("repeats must be 0 or 2 and more: one turn repeats nothing")
        self._refusals = refusals
        self._repeats = repeats
        self._sessions: OrderedDict[str, OrderedDict[bytes, _Refusals]] = OrderedDict()
        self._blocked: OrderedDict[bytes, _Refusals] = OrderedDict()
        self._lock = threading.Lock()

    def check(
        self, session: str, model: str, messages: Sequence[Message], spent: Cost | None = None
    ) -> None:
        """Let a request pass, or refuse it before anything is sent.

        Args:
            session: The name of the conversation.
            model: The model that is asked.
            messages: The conversation.
            spent: What the session has cost so far; None: not known.

        Raises:
            LoopError: It goes round in a circle: ``repeated_invalid_tool_call`` or
                ``repeated_tool_call``.
        """
        blocked = self._blocking(_head(session, model, messages)) if self._blocked else None
        if blocked is not None:
            raise _invalid(blocked.name, blocked.times, spent)
        times = self._repeats
        turns = _same_turns(messages, times) if times else None
        if turns is not None:
            names = ", ".join(dict.fromkeys(shown(call.name) for call in turns.tool_calls))
            raise LoopError(
                f"the last {times} turns all made the same calls ({names}) and were told the same; "
                f"the next would cost as much again. {_so_far(spent)}Say what to do instead",
                code="repeated_tool_call",
                times=times,
            )

    def refused(
        self,
        session: str,
        model: str,
        messages: Sequence[Message],
        error: UnillmError,
        spent: Cost | None = None,
    ) -> LoopError | None:
        """Take note that calls were refused; return what is to be told instead, once it is enough.

        Args:
            session: The name of the conversation.
            model: The model that was asked.
            messages: The conversation that was answered so.
            error: What was raised; nothing is noted of what is no refusal of calls.
            spent: What the session has cost so far, this answer included; None: not known.
        """
        calls = {_digest(call.name, call.raw): call.name for call in _refused_in(error)}
        if not self._refusals or not calls:
            return None
        with self._lock:
            known = self._sessions.setdefault(session, OrderedDict())
            self._sessions.move_to_end(session)
            if len(self._sessions) > MOST:
                self._sessions.popitem(last=False)
            counted = [_count(known, key, calls[key], len(messages)) for key in calls]
            worst = max(counted, key=lambda one: one.times)
            if worst.times < self._refusals:
                return None
            _put(self._blocked, _head(session, model, messages), worst, MOST)
            told = _invalid(worst.name, worst.times, spent)
            told.attempts = error.attempts
            return told

    def answered(self, session: str, messages: Sequence[Message]) -> None:
        """Take note that a conversation got an answer: what was refused before is forgiven.

        Only where it is as long as it was then: agents ask for titles beside it, in a few messages.

        Args:
            session: The name of the conversation.
            messages: The conversation that was answered.
        """
        if session not in self._sessions:
            return
        with self._lock:
            known = self._sessions.get(session, OrderedDict())
            for key in [key for key, one in known.items() if one.length <= len(messages)]:
                del known[key]
            if not known:
                self._sessions.pop(session, None)

    def _blocking(self, head: bytes) -> _Refusals | None:
        """Return why a conversation is refused; None: it is not."""
        with self._lock:
            known = self._blocked.get(head)
            if known is not None and clock.monotonic() - known.at > KEPT:
                del self._blocked[head]
                return None
            return known


def _refused_in(error: UnillmError) -> Iterator[InvalidToolCall]:
    """Give the calls that were refused, whichever targets of a route made them."""
    for one in error.errors if isinstance(error, RouteExhaustedError) else (error,):
        if isinstance(one, ToolArgumentsError):
            yield from one.response.invalid_tool_calls


def _count(among: OrderedDict[bytes, _Refusals], key: bytes, name: str, length: int) -> _Refusals:
    """Count one more refusal of a call."""
    now = clock.monotonic()
    known = among.get(key)
    times = 0 if known is None or now - known.at > KEPT else known.times
    counted = _Refusals(name=name, times=times + 1, length=length, at=now)
    _put(among, key, counted, _OF_ONE)
    return counted


def _put(among: OrderedDict[bytes, _Refusals], key: bytes, known: _Refusals, most: int) -> None:
    among[key] = known
    among.move_to_end(key)
    if len(among) > most:
        among.popitem(last=False)


def _invalid(name: str, times: int, spent: Cost | None) -> LoopError:
    return LoopError(
        f"the model called {shown(name)} {times} times in a way that cannot be executed, always "
        f"the same, and nothing has changed since. {_so_far(spent)}Go on with another message, or "
        "ask another model",
        code="repeated_invalid_tool_call",
        times=times,
    )


def _so_far(spent: Cost | None) -> str:
    if spent is None or (spent.total is None and spent.high is None and not spent.low):
        return ""
    return f"This session has cost {spent.brief} so far. "


def _head(session: str, model: str, messages: Sequence[Message]) -> bytes:
    """Return what tells a conversation from others of its session: its length and its end."""
    tail = (piece for message in messages[-_TAIL:] for piece in _pieces(message))
    return _digest(session, model, str(len(messages)), *tail)


def _pieces(message: Message) -> Iterator[str]:
    """Give what a message says; ids are left out, which an agent may make anew."""
    yield message.role
    yield message.content if isinstance(message.content, str) else repr(message.content)
    if isinstance(message, AssistantMessage):
        for call in message.tool_calls:
            yield call.name
            yield repr(call.arguments)


def _digest(*texts: str) -> bytes:
    made = blake2b(digest_size=16)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8))
        made.update(data)
    return made.digest()


def _same_turns(messages: Sequence[Message], times: int) -> AssistantMessage | None:
    """Return the last turn if so many at the end are the same; None: they are not.

    A turn is an answer with calls, and all that follows it up to the next answer: the results, and
    what the agent or its user puts in between. What the answer says beside its calls does not
    matter. Mostly the last two are different already, and nothing else is looked at.
    """
    end = len(messages)
    last: AssistantMessage | None = None
    after: Sequence[Message] = ()
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if not isinstance(message, AssistantMessage):
            continue
        told = messages[place + 1 : end]
        if last is None:
            last, after = message, told
        elif not (_same_calls(last, message) and _same_told(after, told)):
            return None
        if not message.tool_calls or not told:
            return None
        end, times = place, times - 1
        if times == 0:
            return last
    return None


def _same_calls(one: AssistantMessage, other: AssistantMessage) -> bool:
    calls, others = one.tool_calls, other.tool_calls
    return len(calls) == len(others) and all(
        a.name == b.name and a.arguments == b.arguments for a, b in zip(calls, others, strict=True)
    )


def _same_told(some: Sequence[Message], others: Sequence[Message]) -> bool:
    return len(some) == len(others) and all(
        a.role == b.role and a.content == b.content for a, b in zip(some, others, strict=True)
    )

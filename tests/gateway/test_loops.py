"""Agents that go round in a circle."""

from __future__ import annotations

import threading
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from unillm._wire.serve.failed import failed
from unillm.errors import InvalidRequestError, RouteExhaustedError, ToolArgumentsError
from unillm.gateway import loops
from unillm.gateway.loops import LoopError, LoopGuard
from unillm.types.messages import AssistantMessage, Message, ToolMessage, UserMessage
from unillm.types.response import ChatResponse
from unillm.types.tools import InvalidToolCall, ToolCall
from unillm.types.usage import Cost

MODEL = "deepseek-v4-pro"
HI: tuple[Message, ...] = (UserMessage("Write the file"),)
SPENT = Cost(total=Decimal("1.25"), state="exact")


def refusal(*raws: str, name: str = "write") -> ToolArgumentsError:
    calls = tuple(
        InvalidToolCall(f"call_{n}", name, raw=raw, reason="no JSON") for n, raw in enumerate(raws)
    )
    response = ChatResponse(
        message=AssistantMessage(None),
        finish_reason="tool_calls",
        provider="deepseek",
        model=MODEL,
        invalid_tool_calls=calls,
    )
    return ToolArgumentsError("cannot be executed", response=response)


def turn(result: str, *, n: int = 0, **arguments: Any) -> list[Message]:
    call = ToolCall(f"id-{n}", "run", arguments)
    return [
        AssistantMessage(f"Let me see ({n})", tool_calls=(call,)),
        ToolMessage(f"id-{n}", result),
    ]


def circle(times: int, *between: Message) -> list[Message]:
    return [*HI, *(m for n in range(times) for m in [*turn("failed", n=n, cmd="make"), *between])]


# ------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (None, ""),
        (Cost(state="unknown", reason="no price is known"), ""),
        (SPENT, "has cost $1.25 so far"),
        (Cost(low=Decimal(0), high=Decimal("0.5"), state="bounded"), "has cost $0\u20130.500"),
        (Cost(low=Decimal("0.5"), state="unknown"), "has cost at least $0.5"),
    ],
)
def test_what_it_has_cost_is_told_where_something_is_known_of_it(
    spent: Cost | None, said: str
) -> None:
    guard = LoopGuard(refusals=1)
    told = guard.refused("s", MODEL, HI, refusal("{'a': 1"), spent)
    assert told is not None
    assert said in told.message
    assert ("This session" in told.message) == bool(said)
    assert "unknown so far" not in told.message


def test_the_third_refusal_of_one_call_ends_it_and_later_requests_ask_nobody() -> None:
    guard = LoopGuard()
    for _ in range(2):
        guard.check("s", MODEL, HI)
        assert guard.refused("s", MODEL, HI, refusal("{'a': 1")) is None
    guard.check("s", MODEL, HI)
    error = refusal("{'a': 1")
    told = guard.refused("s", MODEL, HI, error, SPENT)
    assert told is not None
    assert (told.code, told.times) == ("repeated_invalid_tool_call", 3)
    assert "$1.25" in told.message
    assert "3 times" in told.message
    for _ in range(4):
        with pytest.raises(LoopError) as again:
            guard.check("s", MODEL, HI, SPENT)
        assert again.value.code == "repeated_invalid_tool_call"


def test_what_is_told_is_no_error_that_is_tried_again() -> None:
    guard = LoopGuard(refusals=1)
    told = guard.refused("s", MODEL, HI, refusal("{"))
    assert told is not None
    reply = failed(told)
    assert reply.status == 400
    assert reply.headers["x-should-retry"] == "false"
    assert reply.body["error"]["code"] == "repeated_invalid_tool_call"
    assert not told.retryable


@pytest.mark.parametrize(
    ("session", "model", "messages"),
    [
        ("other", MODEL, HI),
        ("s", "gpt-5.5", HI),
        ("s", MODEL, (*HI, UserMessage("Try it in two files"))),
        ("s", MODEL, (UserMessage("Write another file"),)),
    ],
)
def test_whatever_has_changed_is_asked(
    session: str, model: str, messages: tuple[Message, ...]
) -> None:
    guard = LoopGuard(refusals=1)
    assert guard.refused("s", MODEL, HI, refusal("{")) is not None
    guard.check(session, model, messages)
    with pytest.raises(LoopError):
        guard.check("s", MODEL, HI)


def test_a_longer_conversation_does_not_begin_to_count_anew() -> None:
    guard = LoopGuard()
    longer: list[Message] = [*HI]
    for _ in range(2):
        assert guard.refused("s", MODEL, longer, refusal("{")) is None
        longer.append(UserMessage("That was no JSON"))
    assert guard.refused("s", MODEL, longer, refusal("{")) is not None


def test_other_calls_and_other_sessions_are_counted_by_themselves() -> None:
    guard = LoopGuard(refusals=2)
    assert guard.refused("s", MODEL, HI, refusal("{")) is None
    assert guard.refused("s", MODEL, HI, refusal("[")) is None
    assert guard.refused("s", MODEL, HI, refusal("{", name="read")) is None
    assert guard.refused("t", MODEL, HI, refusal("{")) is None
    assert guard.refused("s", MODEL, HI, refusal("{")) is not None


def test_one_answer_that_repeats_a_call_refuses_it_once() -> None:
    guard = LoopGuard(refusals=2)
    assert guard.refused("s", MODEL, HI, refusal("{", "{", "{")) is None


def test_an_answer_forgives_unless_it_is_beside_the_conversation() -> None:
    guard = LoopGuard(refusals=2)
    long = [*HI, *turn("ok", cmd="ls")]
    assert guard.refused("s", MODEL, long, refusal("{")) is None
    guard.answered("s", HI)  # a title, say
    assert guard.refused("s", MODEL, long, refusal("{")) is not None
    guard = LoopGuard(refusals=2)
    assert guard.refused("s", MODEL, long, refusal("{")) is None
    guard.answered("s", long)
    guard.answered("never heard of", long)
    assert guard.refused("s", MODEL, long, refusal("{")) is None


def test_refusals_are_found_behind_a_route() -> None:
    guard = LoopGuard(refusals=1)
    both = RouteExhaustedError(
        "all failed", errors=[unillm.ServerError("down", status=500), refusal("{")]
    )
    assert guard.refused("s", MODEL, HI, both) is not None
    assert guard.refused("s", MODEL, HI, unillm.ServerError("down", status=500)) is None


def test_a_refusal_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("unillm._io.clock.monotonic", lambda: now)
    guard = LoopGuard(refusals=2)
    assert guard.refused("s", MODEL, HI, refusal("{")) is None
    now += loops.KEPT + 1
    assert guard.refused("s", MODEL, HI, refusal("{")) is None
    assert guard.refused("s", MODEL, HI, refusal("{")) is not None
    with pytest.raises(LoopError):
        guard.check("s", MODEL, HI)
    now += loops.KEPT + 1
    guard.check("s", MODEL, HI)


def test_little_is_remembered_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST", 8)
    monkeypatch.setattr(loops, "_OF_ONE", 4)
    guard = LoopGuard(refusals=1)
    for n in range(100):
        assert guard.refused(f"s{n}", MODEL, HI, refusal("{")) is not None
        assert guard.refused("one", MODEL, HI, refusal(f"{n}")) is not None
    kept = guard._sessions
    assert len(kept) <= 8
    assert all(len(calls) <= 4 for calls in kept.values())
    assert len(guard._blocked) <= 8


def test_it_can_be_switched_off() -> None:
    guard = LoopGuard(refusals=0, repeats=0)
    for _ in range(10):
        assert guard.refused("s", MODEL, HI, refusal("{")) is None
    guard.check("s", MODEL, circle(50))


@pytest.mark.parametrize(
    "given", [{"refusals": -1}, {"repeats": 1}, {"repeats": 2.5}, {"refusals": True}]
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError):
        LoopGuard(**given)


# ------------------------------------------------------------ repeated


def test_ten_turns_that_are_the_same_are_a_circle() -> None:
    guard = LoopGuard()
    guard.check("s", MODEL, circle(9))
    with pytest.raises(LoopError) as caught:
        guard.check("s", MODEL, circle(10), SPENT)
    assert caught.value.code == "repeated_tool_call"
    assert caught.value.times == 10
    assert "'run'" in caught.value.message
    assert "$1.25" in caught.value.message
    assert failed(caught.value).status == 400


def test_reminders_between_the_turns_do_not_hide_a_circle() -> None:
    reminder = UserMessage("<system-reminder>Todos: none</system-reminder>")
    with pytest.raises(LoopError):
        LoopGuard().check("s", MODEL, circle(10, reminder))


@pytest.mark.parametrize(
    "after",
    [
        [UserMessage("Stop that, and use cargo")],
        [AssistantMessage("I give up"), UserMessage("Stop")],
        turn("passed", cmd="make"),
        turn("failed", cmd="make test"),
    ],
)
def test_whatever_is_different_at_the_end_breaks_a_circle(after: list[Message]) -> None:
    LoopGuard().check("s", MODEL, [*circle(20), *after])


def test_a_turn_that_differs_in_the_middle_breaks_a_circle() -> None:
    for place in range(9):
        turns = [turn("failed", n=n, cmd="make") for n in range(10)]
        turns[place] = turn(f"failed {place}", cmd="make")
        LoopGuard().check("s", MODEL, [*HI, *(m for one in turns for m in one)])


def test_calls_made_together_are_compared_together() -> None:
    calls = tuple(ToolCall(f"c{n}", "read", {"path": f"{n}.py"}) for n in range(2))
    results = [ToolMessage("c0", "zero"), ToolMessage("c1", "one")]
    one: list[Message] = [AssistantMessage(None, tool_calls=calls), *results]
    half: list[Message] = [AssistantMessage(None, tool_calls=calls[:1]), results[0]]
    guard = LoopGuard(repeats=3)
    with pytest.raises(LoopError):
        guard.check("s", MODEL, [*HI, *one, *one, *one])
    guard.check("s", MODEL, [*HI, *one, *half, *one])


def test_answers_without_calls_are_no_circle() -> None:
    said: list[Message] = [AssistantMessage("Yes"), UserMessage("Again")]
    LoopGuard(repeats=2).check("s", MODEL, [*HI, *said * 20])


def test_only_the_end_of_a_conversation_is_looked_at() -> None:
    class Counted(list[Message]):
        looked = 0

        def __getitem__(self, place: Any) -> Any:
            Counted.looked += 1
            return super().__getitem__(place)

    looks: list[int] = []
    for length in (100, 10_000):
        Counted.looked = 0
        turns = (m for n in range(length) for m in turn(f"{n}", n=n, cmd="make"))
        LoopGuard().check("s", MODEL, Counted([*HI, *turns]))
        looks.append(Counted.looked)
    assert all(one == other for one, other in pairwise(looks))


STEPS = st.lists(
    st.sampled_from(
        [
            (UserMessage("go"),),
            (AssistantMessage("well"),),
            tuple(turn("failed", cmd="make")),
            tuple(turn("passed", cmd="make")),
            tuple(turn("failed", cmd="test")),
            (AssistantMessage(None, tool_calls=(ToolCall("x", "run", {"cmd": "make"}),)),),
        ]
    ),
    max_size=14,
)


@given(STEPS, st.integers(2, 5))
def test_a_circle_is_what_a_slow_look_finds(steps: list[tuple[Message, ...]], repeats: int) -> None:
    history = [*HI, *(message for step in steps for message in step)]
    turns: list[list[Message]] = []
    for message in history:
        if isinstance(message, AssistantMessage):
            turns.append([])
        if turns:
            turns[-1].append(message)
    tail = [
        (
            [(call.name, call.arguments) for call in one[0].tool_calls],
            [(message.role, message.content) for message in one[1:]],
        )
        for one in turns[-repeats:]
        if isinstance(one[0], AssistantMessage)
    ]
    same = len(tail) == repeats and all(one == tail[0] for one in tail)
    expected = same and bool(tail[0][0]) and bool(tail[0][1])
    try:
        LoopGuard(repeats=repeats).check("s", MODEL, history)
        found = False
    except LoopError:
        found = True
    assert found == expected


def test_threads_count_together() -> None:
    guard = LoopGuard(refusals=200)
    told: list[LoopError] = []

    def refuse() -> None:
        for _ in range(50):
            found = guard.refused("s", MODEL, HI, refusal("{"))
            if found is not None:
                told.append(found)
            guard.check("other", MODEL, HI)

    threads = [threading.Thread(target=refuse) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [one.times for one in told] == [200]

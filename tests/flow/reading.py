"""Reading a flow's effects by hand: no network, no clock, no event loop."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from unillm._flow.attempt import Exchanged
from unillm._flow.calls import finisher_for
from unillm._flow.chat import chat
from unillm._flow.course import Course
from unillm._flow.effects import Backoff, Draw, Effect, Emit, Flow, Head, Instant, Now, Read, Send
from unillm._flow.operation import Operation
from unillm._wire.assemble import Rescuer
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.providers import profile_named
from unillm.types.messages import UserMessage
from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
from unillm.types.request import ChatRequest
from unillm.types.response import ChatResponse
from unillm.types.target import Target

TARGET = Target(
    provider="deepseek",
    model="deepseek-v4-pro",
    base_url="http://127.0.0.1:1/v1",
    profile=profile_named("deepseek"),
)


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    """Give one event of a stream."""
    from pydantic_core import to_json

    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + to_json({"id": "r1", "choices": [choice]}) + b"\n\n"


def flow_of(
    *,
    stream: bool = True,
    timeout: Timeout | None = None,
    policy: RetryPolicy | None = None,
    repair: RepairPolicy | None = None,
    rescuer: Callable[[], Rescuer] | None = None,
    stops: tuple[str, ...] = (),
    **settings: Any,
) -> tuple[Flow[ChatResponse], Operation]:
    """Give a flow for a small request."""
    request = ChatRequest(messages=(UserMessage("Hi"),), stream=stream, settings=settings)
    planned = replace(plan(request, TARGET), stops=stops)
    what = Exchanged(
        plan=planned,
        wire=encode(planned),
        finish_call=finisher_for([]),
        repair=repair or RepairPolicy(),
        rescuer=rescuer,
        keep_raw=False,
    )
    limits = timeout or Timeout(connect=5, first_token=10, idle=2, total=60)
    operation = Operation(id="op", target=TARGET, streamed=stream, timeout=limits)
    flow = chat(Course.direct(what), operation, policy or RetryPolicy(), return_invalid_calls=False)
    return flow, operation


class World:
    """Answers effects from a script and remembers them. Time passes only when it says so."""

    def __init__(self, flow: Flow[ChatResponse], *script: Any, chance: float = 0.5) -> None:
        self.flow = flow
        self.script = list(script)
        self.seen: list[Effect[Any]] = []
        self.time = 100.0
        self.chance = chance
        self.decide: Callable[[Backoff], float | None] = lambda asked: asked.drawn

    def run(self) -> ChatResponse:
        """Run to the end and give the result, or raise what the flow raises."""
        effect = next(self.flow)
        while True:
            self.seen.append(effect)
            try:
                answer = self.answer(effect)
            except Exception as error:  # noqa: BLE001 - as a driver does
                step, given = self.flow.throw, error
            else:
                step, given = self.flow.send, answer
            try:
                effect = step(given)
            except StopIteration as stop:
                return stop.value

    def answer(self, effect: Effect[Any]) -> Any:
        match effect:
            case Now():
                return Instant(self.time, self.time + 1e9)
            case Draw():
                return self.chance
            case Backoff():
                return self.decide(effect)
            case Send() | Read():
                return self.scripted(effect)
            case _:
                self.time += getattr(effect, "seconds", 0.0)
        return None

    def scripted(self, effect: Effect[Any]) -> Any:
        after, value = 0.0, self.script.pop(0)
        if isinstance(value, tuple):
            after, value = value
        self.time += after
        if isinstance(value, Exception):
            raise value
        if isinstance(effect, Send):
            status, headers = value if isinstance(value, tuple) else (value, {})
            return Head(status, headers, Instant(self.time, self.time + 1e9))
        return value, self.time

    def of(self, kind: type[Any]) -> list[Any]:
        """Give the effects of one kind, in order."""
        return [effect for effect in self.seen if isinstance(effect, kind)]

    @property
    def events(self) -> list[Any]:
        return [event for effect in self.of(Emit) for event in effect.events]

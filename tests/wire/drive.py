"""Running the decoder, or the whole flow of one call, over bytes given in any pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unillm import (
    ChatResponse,
    Event,
    RepairPolicy,
    RetryPolicy,
    Timeout,
    Tool,
    ToolArgumentsError,
    UnillmError,
)
from unillm._flow.attempt import Exchanged
from unillm._flow.calls import finisher_for
from unillm._flow.chat import chat
from unillm._flow.course import Course
from unillm._flow.effects import Draw, Emit, Head, Instant, Now, Read, Send
from unillm._flow.operation import Operation
from unillm._wire.assemble import AnswerOf
from unillm._wire.chat_completions.reading import ChatReading
from unillm._wire.decoder import Decoder, ReadingOf
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.responses.reading import ResponsesReading
from unillm.errors import TransportError
from unillm.providers import profile_named
from unillm.repair import CallScanner
from unillm.tools import tools_from
from unillm.types.facts import Api
from unillm.types.inputs import messages_from
from unillm.types.profile import StreamEnd
from unillm.types.request import ChatRequest
from unillm.types.target import Target

WEATHER = Tool(
    "get_weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
)
READINGS: dict[Api, ReadingOf] = {"chat": ChatReading, "responses": ResponsesReading}
START = Instant(0.0, 1_795_000_000.0)


@dataclass(frozen=True)
class Told:
    """All that came of some bytes.

    Attributes:
        events: The events, in order.
        response: The response, if there is one.
        error: The exception, if there is one.
        partial: What had arrived when it ended, either way.
    """

    events: tuple[Event, ...]
    response: ChatResponse | None
    error: UnillmError | None
    partial: ChatResponse

    @property
    def outcome(self) -> tuple[object, ...]:
        """Return what can be compared: exceptions are not equal to each other."""
        if self.error is None:
            return self.events, self.response
        return self.events, type(self.error), self.error.message, self.partial


def decoder_for(
    tools: Sequence[Tool] = (),
    *,
    stream_end: StreamEnd = "finish_reason",
    rescues: bool = False,
    api: Api = "chat",
    stops: tuple[str, ...] = (),
) -> Decoder:
    """Return a decoder for an answer to a request with these tools."""
    of = AnswerOf(
        provider="box",
        model="some-model",
        origin=TARGET.origin,
        request_id=None,
        tool_names=frozenset(tool.name for tool in tools),
        seed="1",
        finish_call=finisher_for(tools),
        mends_names=rescues,
        rescuer=(lambda: CallScanner(tools)) if rescues else None,
        api=api,
        stops=stops,
    )
    return Decoder(of, {}, READINGS[api], stream_end=stream_end)


def decode(
    chunks: Iterable[bytes],
    tools: Sequence[Tool] = (),
    *,
    stream_end: StreamEnd = "finish_reason",
    cut: bool = False,
    rescues: bool = False,
    api: Api = "chat",
    stops: tuple[str, ...] = (),
) -> Told:
    """Decode pieces of a body as an attempt does, without the flow around it.

    Args:
        chunks: The body.
        tools: The tools offered.
        stream_end: What proves that a stream is complete.
        cut: Whether the connection breaks after the last piece.
        rescues: Whether calls are looked for in the text.
        api: The interface it comes over.
        stops: Texts before which it is cut.
    """
    decoder = decoder_for(tools, stream_end=stream_end, rescues=rescues, api=api, stops=stops)
    events: list[Event] = []
    try:
        try:
            for chunk in chunks:
                events += decoder.feed(chunk)
                if decoder.done:
                    break
            if not (decoder.done or cut):
                events += decoder.close()
        except UnillmError as error:
            if not decoder.outlives(error):
                raise
        response = decoder.complete()
    except UnillmError as error:
        events += decoder.give_up()
        # Without its frames: thousands of these are kept at a time.
        partial = error.partial or decoder.partial
        return Told(tuple(events), None, error.with_traceback(None), partial)
    events += decoder.take_events()
    if response.invalid_tool_calls:
        refused = ToolArgumentsError("a call was refused", response=response)
        return Told(tuple(events), None, refused, response)
    return Told(tuple(events), response, None, decoder.partial)


def run(
    chunks: Sequence[bytes],
    tools: Sequence[Tool] = (),
    *,
    streamed: bool = True,
    cut: bool = False,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    repair: RepairPolicy | None = None,
    api: Api = "chat",
) -> Told:
    """Run the flow of one call, one attempt, that is answered with these bytes."""
    operation = _operation(streamed=streamed)
    flow = _flow(operation, tools, repair or RepairPolicy(), streamed=streamed, api=api)
    bodies = iter(chunks)
    events: list[Event] = []
    answer: Any = None
    failure: Exception | None = None
    try:
        while True:
            effect = flow.throw(failure) if failure else flow.send(answer)
            answer, failure = None, None
            match effect:
                case Send():
                    answer = Head(status, headers or {}, START)
                case Read():
                    data = next(bodies, b"")
                    answer = (data, 0.0)
                    failure = TransportError("it broke.") if cut and not data else None
                case Now():
                    answer = START
                case Draw():
                    answer = 0.5
                case Emit():
                    events += effect.events
                case _:
                    pass
    except StopIteration as stop:
        return Told(tuple(events), stop.value, None, operation.partial or stop.value)
    except UnillmError as error:
        partial = error.partial or operation.partial
        assert partial is not None or status != 200
        return Told(tuple(events), None, error, partial)  # pyright: ignore[reportArgumentType]


def _operation(*, streamed: bool) -> Operation:
    return Operation(id="one", target=TARGET, streamed=streamed, timeout=Timeout())


def _flow(
    operation: Operation,
    tools: Sequence[Tool],
    repair: RepairPolicy,
    *,
    streamed: bool,
    api: Api,
) -> Any:
    request = ChatRequest(
        messages=messages_from("What is the weather?"), tools=tools_from(tools), stream=streamed
    )
    planned = plan(request, replace(TARGET, api=api))
    what = Exchanged(
        plan=planned,
        wire=encode(planned),
        finish_call=finisher_for(tools, repair),
        repair=repair,
        keep_raw=False,
    )
    return chat(
        Course.direct(what), operation, RetryPolicy(max_attempts=1), return_invalid_calls=False
    )


TARGET = Target(
    provider="box",
    model="some-model",
    base_url="http://box.example/v1",
    profile=profile_named("openai"),
)

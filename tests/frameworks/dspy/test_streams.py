"""Answers while they come: whole, left early, cancelled, cut."""

import asyncio
from typing import Any

import dspy
import pytest
from dspy import lm15
from dspy.streaming import StreamListener, StreamResponse
from dspy.utils import exceptions as theirs

import unillm
from tests.frameworks.dspy.answers import answer, fields
from unillm.integrations.dspy import AsyncUnillmEngine, UnillmEngine, UnillmLM
from unillm.testing import Answer, FakeCall, FakeProvider, faults

ASK = "question -> answer"
REQUEST = lm15.Request(model="unillm/deepseek:deepseek-v4-pro", messages=(lm15.Message.user("Hi"),))
SLOW = Answer("one two three four five six", reasoning="Think.", pace=0.2)


def listening(**more: Any) -> Any:
    listeners = [StreamListener(signature_field_name="answer")]
    return dspy.streamify(dspy.Predict(ASK), stream_listeners=listeners, **more)


async def drained(stream: Any) -> tuple[str, list[Any]]:
    found = [item async for item in stream]
    text = "".join(one.chunk for one in found if isinstance(one, StreamResponse))
    return text, [one for one in found if isinstance(one, dspy.Prediction)]


@pytest.mark.parametrize("awaited", [False, True])
def test_fields_are_shown_while_they_come(
    awaited: bool, configured: UnillmLM, fake: FakeProvider
) -> None:
    fake.enqueue(answer(answer="It is Paris."))
    program = listening(is_async_program=awaited)
    text, (found,) = asyncio.run(drained(program(question="Where?")))
    assert text == found.answer == "It is Paris."
    assert [seen.wants_stream for seen in fake.requests] == [True]
    entry = configured.history[-1]
    assert entry["cost"] > 0
    assert entry["outputs"][0]["reasoning_content"] == "Think."


def test_a_stream_tells_of_itself_in_order(client: unillm.Client, fake: FakeProvider) -> None:
    fake.enqueue(Answer("Hi", tool_calls=[FakeCall("f", {"a": 1})], reasoning="Think."))
    request = lm15.Request(REQUEST.model, REQUEST.messages, tools=(lm15.FunctionTool("f"),))
    events = list(UnillmEngine(client).stream(request))
    assert events[0] == lm15.StreamStartEvent("chatcmpl-fake-1", "deepseek-v4-pro")
    kinds = [event.delta.type for event in events if event.type == "delta"]
    assert list(dict.fromkeys(kinds)) == ["thinking", "text", "tool_call", "continuation"]
    assert (kinds.count("tool_call"), events[-1].type) == (1, "end")


def test_what_was_left_is_closed(client: unillm.Client, fake: FakeProvider) -> None:
    fake.enqueue(SLOW)
    events = UnillmEngine(client).stream(REQUEST)
    next(events)
    events.close()
    assert fake.wait(in_flight=0)
    assert fake.served[-1].left_early


def test_what_was_cancelled_is_closed(async_client: unillm.AsyncClient, fake: FakeProvider) -> None:
    fake.enqueue(SLOW)

    async def cancelled() -> None:
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in AsyncUnillmEngine(async_client).stream(REQUEST):
                begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert fake.wait(in_flight=0)
    assert fake.served[-1].left_early


@pytest.mark.parametrize("awaited", [False, True])
def test_a_program_that_was_left_is_closed(
    awaited: bool, configured: UnillmLM, fake: FakeProvider
) -> None:
    fake.enqueue(Answer(fields(answer="one two three four five six seven"), pace=0.1))

    async def left() -> None:
        stream = listening(is_async_program=awaited)(question="Where?")
        async for _ in stream:
            break
        await stream.aclose()

    asyncio.run(left())
    assert fake.wait(in_flight=0)
    assert fake.served[-1].left_early


@pytest.mark.parametrize("fault", ["cut-in-text", "eof-in-text", "reset-in-text"])
def test_a_cut_is_no_answer(fault: str, configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(faults.get(fault))
    with pytest.raises(theirs.LMStreamAssemblyError) as caught:
        asyncio.run(drained(listening()(question="?")))
    # `streamify` raises it "from None": what is known of the cut is on the partial response.
    partial: Any = caught.value.partial
    assert partial.text
    assert [one["outcome"] for one in partial.provider_data["unillm"]["attempts"]] == ["error"]
    assert len(fake.requests) == 1


def test_a_cut_has_its_cause(client: unillm.Client, fake: FakeProvider) -> None:
    fake.enqueue(faults.get("cut-in-text"))
    with pytest.raises(lm15.StreamAssemblyError) as caught:
        list(UnillmEngine(client).stream(REQUEST))
    assert isinstance(caught.value.__cause__, unillm.IncompleteStreamError)


def test_what_is_void_is_not_left_standing(deepseek: unillm.Provider, fake: FakeProvider) -> None:
    fake.enqueue(faults.get("cut-in-text"), "Anew.")
    targets = ["deepseek:deepseek-v4-pro", "deepseek:deepseek-flash"]
    route = unillm.Route(targets, on_midstream_error="restart")
    with unillm.Client(providers=[deepseek], routes={"work": route}) as client:
        request = lm15.Request("unillm/route:work", REQUEST.messages)
        with pytest.raises(lm15.StreamAssemblyError, match="began anew"):
            list(UnillmEngine(client).stream(request))
        fake.enqueue(faults.get("cut-in-body"), "Anew.")
        assert UnillmEngine(client).complete(request).text


def test_what_is_gone_on_with_is_one_answer(fake: FakeProvider, deepseek: unillm.Provider) -> None:
    fake.enqueue(faults.get("cut-in-text"), " and so on.")
    targets = ["deepseek:deepseek-v4-pro", "deepseek:deepseek-flash"]
    route = unillm.Route(targets, on_midstream_error="continue")
    config = lm15.Config(reasoning=lm15.Reasoning("off"))
    request = lm15.Request("unillm/route:work", REQUEST.messages, config=config)
    with unillm.Client(providers=[deepseek], routes={"work": route}) as client:
        events = UnillmEngine(client).stream(request)
        response = lm15.materialize_response(events, request)
    told: Any = response.provider_data
    assert len(told["unillm"]["attempts"]) == len(fake.requests) == 2
    assert (response.text or "").endswith(" and so on.")

"""Events while they come, leaving early, and answers that begin anew."""

import asyncio
import json

import pytest
from pydantic_ai import Agent
from pydantic_ai import exceptions as theirs
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelRequest,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)

import unillm
from tests.frameworks.conftest import MODEL
from tests.frameworks.pydantic_ai.test_answers import CALL, agent, streamed
from unillm.integrations.pydantic_ai import UnillmModel
from unillm.testing import Answer, Raw, faults

SLOW = Answer("one two three four five six", reasoning="Count.", pace=0.02)
HELLO = [ModelRequest.user_text_prompt("Hi")]


def test_text_comes_in_pieces(model, fake):
    fake.enqueue(Answer("one two three", reasoning="Count."))

    async def main():
        async with Agent(model).run_stream("Hi") as stream:
            pieces = [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]
            return pieces, await stream.get_output(), stream.usage

    pieces, output, usage = asyncio.run(main())
    assert len(pieces) > 1
    assert "".join(pieces) == output == "one two three"
    assert usage.cost > 0


def test_the_events_of_a_call(model, fake):
    fake.enqueue(CALL, Answer("Sunny.", reasoning="Done."))
    _, seen = asyncio.run(streamed(agent(model), "Weather?"))
    starts = [event.part for event in seen if isinstance(event, PartStartEvent)]
    assert [type(p) for p in starts[:2]] == [ThinkingPart, ToolCallPart]
    assert starts[1].tool_name == "weather"
    fragments = [
        event.delta.args_delta
        for event in seen
        if isinstance(event, PartDeltaEvent) and hasattr(event.delta, "args_delta")
    ]
    assert "".join(fragments) == '{"city": "Paris"}'


def test_leaving_early_closes_upstream(model, fake):
    fake.enqueue(SLOW)

    async def main():
        async with model_request_stream(model, HELLO) as stream:
            async for event in stream:
                if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                    break
        return stream.get()

    partial = asyncio.run(main())
    assert partial.state == "incomplete"
    assert fake.wait(in_flight=0)
    assert [served.end for served in fake.served] == ["left"]


def test_cancelling_a_stream(model, fake, records):
    fake.enqueue(SLOW)

    async def main():
        async with model_request_stream(model, HELLO) as stream:
            async for _ in stream:
                await stream.cancel()
            return stream.get()

    response = asyncio.run(main())
    assert response.state == "interrupted"
    assert fake.wait(in_flight=0)
    assert [served.end for served in fake.served] == ["left"]
    assert [record.outcome for record in records] == ["cancelled"]


def test_cancelling_while_another_task_reads(model, fake):
    fake.enqueue(SLOW)

    async def main():
        async with model_request_stream(model, HELLO) as stream:
            begun = asyncio.Event()

            async def read():
                async for _ in stream:
                    begun.set()

            reading = asyncio.create_task(read())
            await begun.wait()
            await stream.cancel()
            await asyncio.wait_for(reading, 5)
            return stream.get()

    assert asyncio.run(main()).state == "interrupted"
    assert fake.wait(in_flight=0)


@pytest.mark.parametrize("stream", [False, True])
def test_cancelling_the_task(model, fake, records, stream):
    fake.enqueue(faults.get("stall-in-text" if stream else "stall-in-body"))

    async def main():
        one = Agent(model)
        task = asyncio.create_task(streamed(one, "Hi") if stream else one.run("Hi"))
        assert await asyncio.to_thread(fake.wait, in_flight=1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert fake.wait(in_flight=0)
    assert [served.end for served in fake.served] == ["left"]
    assert [record.outcome for record in records] == ["cancelled"]


def test_a_stream_that_nobody_reads(model, fake):
    fake.enqueue(SLOW)

    async def main():
        async with model_request_stream(model, HELLO) as stream:
            pass
        return stream.get()

    response = asyncio.run(main())
    assert (response.parts, response.state) == ([], "incomplete")
    assert fake.wait(in_flight=0)


def test_what_had_come_of_a_cut_stream(model, fake):
    fake.enqueue(*[faults.get("cut-in-text")] * 2)

    async def main():
        async with model_request_stream(model, HELLO) as stream:
            with pytest.raises(theirs.ModelConnectionError) as caught:
                async for _ in stream:
                    pass
            return stream.get(), caught.value

    partial, error = asyncio.run(main())
    assert partial.state == "incomplete"
    assert partial.parts[-1].content == error.__cause__.partial.text


def restarting(asker):
    return UnillmModel(
        "r",
        client=asker.with_options(
            routes={
                "r": unillm.Route([MODEL, "deepseek:deepseek-flash"], on_midstream_error="restart")
            }
        ),
    )


def test_an_answer_that_begins_anew_after_text_is_an_error(asker, fake):
    fake.enqueue(faults.get("cut-in-text"), Answer("Again."))
    with pytest.raises(theirs.ModelAPIError, match="begins anew") as caught:
        asyncio.run(streamed(Agent(restarting(asker)), "Hi"))
    assert caught.value.in_stream
    assert fake.wait(in_flight=0)


def test_without_a_stream_it_begins_anew(asker, fake):
    fake.enqueue(faults.get("cut-in-body"), Answer("Again."))
    assert asyncio.run(Agent(restarting(asker)).run("Hi")).output == "Again."


def test_a_continued_answer(asker, fake):
    route = unillm.Route([MODEL, "deepseek:deepseek-flash"], on_midstream_error="continue")
    model = UnillmModel("r", client=asker.with_options(routes={"r": route}))
    fake.enqueue(faults.get("cut-in-text"), Answer("and so on."))
    result, _ = asyncio.run(streamed(Agent(model), "Hi"))
    assert result.output.endswith("and so on.")
    assert len(result.response.failed_attempts) == 1


def test_a_thought_may_begin_anew(asker, fake):
    """Reasoning that was shown in vain is left out of the message."""
    delta = {"index": 0, "delta": {"reasoning_content": "Wrong."}, "finish_reason": None}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    line = f"data: {json.dumps(chunk | {'choices': [delta]})}\n\n".encode()
    fake.enqueue(Raw(segments=[line], end="cut"), Answer("Again.", reasoning="Right."))
    result, seen = asyncio.run(streamed(Agent(restarting(asker)), "Hi"))
    assert [part.content for part in result.response.parts] == ["Right.", "Again."]
    starts = [event.part for event in seen if isinstance(event, PartStartEvent)]
    assert [part.content for part in starts][:2] == ["Wrong.", "Right."]

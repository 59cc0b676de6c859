"""A run is a span; its operations and the calls of its tools are beneath it."""

# pyright: reportOptionalMemberAccess=false

import threading

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

import unillm
from tests.client.ways import KEY, ONCE
from tests.telemetry.listener import is_under
from unillm.testing import Answer, FakeCall, faults


def options_of(fake, heard, **options):
    server = unillm.Provider("deepseek", base_url=fake.base_url, api_key=KEY)
    known = {"providers": [server], "model": "deepseek:deepseek-v4-pro", "retry": ONCE}
    return {**known, "telemetry": heard.telemetry(), **options}


def two_calls(*names):
    return Answer(tool_calls=[FakeCall(name, {"n": at}) for at, name in enumerate(names)])


async def test_turns_and_tools_are_beneath_the_run(way, fake, heard):
    current = []

    def look(n: int) -> str:
        """Look at something."""
        current.append((threading.current_thread(), trace.get_current_span()))
        return f"saw {n}"

    fake.enqueue(two_calls("look", "look"), Answer("Done"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        with heard.tracer.start_as_current_span("caller") as caller:
            result = await client.run("Go", tools=[look], session="s1")
            assert trace.get_current_span() is caller
    assert result.text == "Done"
    (run,) = heard.spans("invoke_agent")
    turns = heard.spans("chat ")
    tools = heard.spans("execute_tool ")
    assert is_under(run, heard.spans("caller")[0])
    assert (len(turns), len(tools)) == (2, 2)
    assert all(is_under(one, run) for one in turns + tools)
    assert run.kind is SpanKind.INTERNAL
    assert run.name == "invoke_agent"
    assert run.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert run.attributes["gen_ai.conversation.id"] == "s1"
    assert run.attributes["unillm.run.turns"] == 2
    assert run.attributes["unillm.outcome"] == "ok"
    assert {s.name for s in tools} == {"execute_tool look"}
    assert {s.attributes["gen_ai.tool.name"] for s in tools} == {"look"}
    assert {s.attributes["gen_ai.tool.type"] for s in tools} == {"function"}
    assert len({s.attributes["gen_ai.tool.call.id"] for s in tools}) == 2
    assert all("gen_ai.tool.call.arguments" not in s.attributes for s in tools)
    # In its thread each is what is current.
    assert {span.get_span_context().span_id for _, span in current} == {
        s.context.span_id for s in tools
    }
    assert threading.main_thread() not in {thread for thread, _ in current}


async def test_async_tools_at_the_same_time_are_each_in_their_own_span(way, fake, heard):
    current = {}

    def saw(n: int) -> str:
        """Look at something."""
        current[n] = trace.get_current_span().get_span_context().span_id
        return "saw"

    async def awaited(n: int) -> str:
        """Look at something."""
        await anyio.sleep(0.01)
        return saw(n)

    look = unillm.tool(saw if way.is_sync else awaited, name="look")
    fake.enqueue(two_calls("look", "look", "look"), Answer("Done"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        before = trace.get_current_span()
        await client.run("Go", tools=[look])
        assert trace.get_current_span() is before
    tools = heard.spans("execute_tool ")
    assert sorted(current) == [0, 1, 2]
    assert set(current.values()) == {s.context.span_id for s in tools}
    assert len(tools) == 3


async def test_a_run_whose_tool_is_cancelled_has_ended_spans(way, fake, heard):
    def look(n: int) -> str:
        """Look at something."""
        raise KeyboardInterrupt

    fake.enqueue(two_calls("look"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        with pytest.raises(KeyboardInterrupt):
            await client.run("Go", tools=[look])
    (tool,) = heard.spans("execute_tool ")
    (run,) = heard.spans("invoke_agent")
    assert tool.attributes["unillm.outcome"] == run.attributes["unillm.outcome"] == "cancelled"
    assert run.status.status_code is StatusCode.UNSET


async def test_a_call_made_by_a_tool_is_beneath_the_tool(way, fake, heard):
    with unillm.Client(**options_of(fake, heard)) as inner:

        def ask(n: int) -> str:
            """Ask somebody else."""
            return inner.chat("Inner").text

        fake.enqueue(two_calls("ask"), Answer("Inside"), Answer("Done"))
        async with way.client(fake, **options_of(fake, heard)) as client:
            await client.run("Go", tools=[ask])
    (tool,) = heard.spans("execute_tool ")
    (run,) = heard.spans("invoke_agent")
    first, inside, last = heard.spans("chat ")
    assert is_under(inside, tool)
    assert is_under(first, run)
    assert is_under(last, run)


async def test_a_tool_that_fails_is_an_error_without_its_words(way, fake, heard):
    def look(n: int) -> str:
        """Look at something."""
        raise ValueError("a-secret-that-stays-in")

    fake.enqueue(two_calls("look"), Answer("Done"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.run("Go", tools=[look])
    (tool,) = heard.spans("execute_tool ")
    assert tool.attributes["error.type"] == "ValueError"
    assert (tool.status.status_code, tool.status.description) == (StatusCode.ERROR, "ValueError")
    everything = str([(dict(s.attributes), s.events, s.status.description) for s in heard.spans()])
    assert "a-secret-that-stays-in" not in everything
    assert heard.spans("invoke_agent")[0].status.status_code is StatusCode.UNSET


async def test_a_tool_that_takes_too_long_is_an_error(way, fake, heard):
    gate = threading.Event()

    def look(n: int) -> str:
        """Look at something."""
        gate.wait(5)
        return "late"

    fake.enqueue(two_calls("look"), Answer("Done"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        result = await client.run("Go", tools=[look], tool_timeout=0.05)
        gate.set()
        await way.until(lambda: heard.spans("execute_tool "))
    assert [note.code for note in result.notes] == ["tool_timed_out"]
    (tool,) = heard.spans("execute_tool ")
    # A thread goes on to its end: its span is as long as the tool was at work.
    assert tool.attributes["unillm.outcome"] == ("ok" if way.is_sync else "error")
    assert tool.attributes.get("error.type") == (None if way.is_sync else "TimeoutError")


async def test_arguments_and_results_are_content(way, fake, heard):
    def look(n: int) -> str:
        """Look at something."""
        return f"saw {n}"

    fake.enqueue(two_calls("look"), Answer("Done"))
    telemetry = heard.telemetry(content="span")
    async with way.client(fake, **options_of(fake, heard, telemetry=telemetry)) as client:
        await client.run("Go", tools=[look])
    (tool,) = heard.spans("execute_tool ")
    assert tool.attributes["gen_ai.tool.call.arguments"] == '{"n":0}'
    assert tool.attributes["gen_ai.tool.call.result"] == '"saw 0"'


async def test_between_the_events_of_a_run_nothing_of_it_is_current(way, fake, heard):
    def look(n: int) -> str:
        """Look at something."""
        return "saw"

    fake.enqueue(two_calls("look"), Answer("One two three"))
    seen = []
    async with way.client(fake, **options_of(fake, heard)) as client:
        with heard.tracer.start_as_current_span("caller") as caller:
            async with client.run_stream("Go", tools=[look]) as stream:
                seen.append(trace.get_current_span())
                seen += [trace.get_current_span() async for _ in stream]
            seen.append(trace.get_current_span())
    assert set(seen) == {caller}
    (run,) = heard.spans("invoke_agent")
    assert len(heard.spans("chat ")) == 2
    assert all(is_under(one, run) for one in heard.spans("chat "))


async def test_a_run_left_early_is_cancelled(way, fake, heard):
    fake.enqueue(Answer("One two three four"))
    async with (
        way.client(fake, **options_of(fake, heard)) as client,
        client.run_stream("Go", tools=[]) as stream,
    ):
        await anext(stream)
    (run,) = heard.spans("invoke_agent")
    (turn,) = heard.spans("chat ")
    assert run.attributes["unillm.outcome"] == turn.attributes["unillm.outcome"] == "cancelled"
    assert run.status.status_code is StatusCode.UNSET


async def test_a_run_that_fails_is_an_error(way, fake, heard):
    fake.enqueue(faults.get("status-401"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        with pytest.raises(unillm.AuthenticationError):
            await client.run("Go", tools=[])
    (run,) = heard.spans("invoke_agent")
    assert run.status.status_code is StatusCode.ERROR
    assert run.attributes["error.type"] == "AuthenticationError"

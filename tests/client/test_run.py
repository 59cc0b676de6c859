"""Runs over sockets, against a host as strict as DeepSeek's."""

# pyright: reportOptionalMemberAccess=false

import math
import pickle

import anyio
import pytest
from pydantic import BaseModel

import unillm
from tests.client.histories import require_valid, results
from tests.client.ways import ONCE, read_all
from unillm.testing import Answer, FakeCall, FakeProvider, faults

MODEL = "deepseek:deepseek-v4-pro"


@pytest.fixture
def host():
    with FakeProvider(rules="deepseek", strict=True) as fake:
        yield fake


def at(host, **options):
    provider = unillm.Provider("deepseek", base_url=host.base_url, api_key="k")
    return {"providers": [provider], "model": MODEL, "retry": ONCE, **options}


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city, in English.
    """
    return f"Sunny in {city}."


async def get_time(city: str) -> dict[str, str]:
    """Look up the time."""
    await anyio.sleep(0.001)
    return {"city": city, "time": "12:00"}


def boom(city: str) -> str:
    raise LookupError(city)


def calls(*cities, name="get_weather", text=None):
    made = [FakeCall(name, {"city": city}) for city in cities]
    return Answer(text, reasoning="I look it up.", tool_calls=made)


async def test_a_run_goes_on_until_the_model_answers(way, host):
    host.enqueue(calls("Paris", "Rome"), calls("Oslo"), Answer("Sunny.", reasoning="All there."))
    records = []
    async with way.client(host, **at(host, observers=[records.append])) as client:
        run = await client.run(
            "Weather?", tools=[get_weather], system="Be brief.", tags={"a": "b"}, session="s"
        )
    assert (run.text, run.output, run.pending, run.notes) == ("Sunny.", None, (), ())
    assert results(run.messages) == ["Sunny in Paris.", "Sunny in Rome.", "Sunny in Oslo."]
    require_valid(run.messages)
    assert [turn.finish_reason for turn in run.turns] == ["tool_calls", "tool_calls", "stop"]
    assert run.usage == unillm.Usage(
        **{
            name: sum(getattr(turn.usage, name) for turn in run.turns)
            for name in ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens")
        }
    )
    assert [a.outcome for a in run.attempts] == ["ok"] * 3
    assert run.cost.state == "exact"
    assert run.cost.total == sum(turn.cost.total for turn in run.turns) > 0
    assert [(r.outcome, r.streamed, r.tags, r.session) for r in records] == [
        ("ok", False, {"a": "b"}, "s")
    ] * 3
    # The reasoning goes back in the loop, and the instructions stand once.
    last = host.requests[-1].messages
    assert [m["role"] for m in last].count("system") == 1
    assert [m.get("reasoning_content") for m in last if m["role"] == "assistant"] == [
        "I look it up."
    ] * 2
    assert not any(isinstance(m, unillm.SystemMessage) for m in run.messages)


async def test_the_events_of_all_turns_come_as_they_come(way, host):
    host.enqueue(calls("Paris", "Rome", text="Wait."), Answer("Sunny.", reasoning="So."))
    async with way.client(host, **at(host)) as client:
        async with client.run_stream("Weather?", tools=[get_weather]) as stream:
            events = await read_all(stream)
        names = [type(event).__name__ for event in events]
        steps = list(dict.fromkeys(names))
        assert steps[:6] == [
            "ReasoningDelta",
            "TextDelta",
            "ToolCallStarted",
            "ToolCallDelta",
            "ToolCallReady",
            "Finished",
        ]
        at_end = names.index("Finished")
        assert names[at_end : at_end + 3] == ["Finished", "ToolFinished", "ToolFinished"]
        assert names[-2:] == ["Finished", "RunFinished"]
        first, second = (e for e in events if isinstance(e, unillm.ToolFinished))
        assert (first.call.arguments, first.content) == ({"city": "Paris"}, "Sunny in Paris.")
        assert (second.content, second.outcome) == ("Sunny in Rome.", "ok")
        assert events[-1].result == stream.result
        assert stream.messages == stream.result.messages
        assert repr(stream).endswith("RunStream(whole, turns=2, messages=5)")
        host.enqueue(calls("Paris", "Rome", text="Wait."), Answer("Sunny.", reasoning="So."))
        whole = await client.run("Weather?", tools=[get_weather])
    assert whole.text == stream.result.text
    assert results(whole.messages) == results(stream.messages)


async def test_a_stream_is_not_held_back(way, fake):
    """The first events are there while the turn is still being spoken."""
    fake.enqueue(faults.get("endless-stream"))
    async with way.client(fake) as client, client.run_stream("Hi") as stream:
        first = await anext(stream)
        assert isinstance(first, unillm.TextDelta)
        assert stream.result.turns == ()
    assert stream.messages == (unillm.UserMessage("Hi"),)
    assert [a.outcome for a in stream.result.attempts] == ["cancelled"]
    await way.settles(fake, connections=0)


@pytest.mark.parametrize("end", ["at the answer", "at the result"])
async def test_a_stream_left_early_leaves_a_valid_history(way, host, end):
    kind = unillm.Finished if end == "at the answer" else unillm.ToolFinished
    host.enqueue(calls("Paris", "Rome"))
    async with way.client(host, **at(host)) as client:
        async with client.run_stream("Hi", tools=[get_weather]) as stream:
            async for event in stream:
                if isinstance(event, kind):
                    break
        require_valid(stream.messages)
        told = results(stream.messages)
        made = told == ["Sunny in Paris.", "Sunny in Rome."]
        assert made is (end == "at the result")
        assert made or all("was not executed" in text for text in told)
        with pytest.raises(unillm.InvalidRequestError, match="the run is over"):
            await read_all(stream)
        host.enqueue(Answer("Sunny.", reasoning="."))
        assert (await client.run(stream.messages, tools=[get_weather])).text == "Sunny."


async def test_another_run_goes_on_from_the_messages_and_from_a_file(way, host):
    async with way.client(host, **at(host)) as client:
        host.enqueue(calls("Paris"), Answer("Sunny.", reasoning="."))
        first = await client.run("Weather?", tools=[get_weather])
        saved = first.to_json(indent=1)
        again = unillm.RunResult.from_json(saved)
        assert again == first
        host.enqueue(calls("Oslo"), Answer("Cold.", reasoning="."))
        second = await client.run([*again.messages, "And Oslo?"], tools=[get_weather])
    assert second.messages[: len(first.messages)] == first.messages
    assert (second.text, len(second.turns)) == ("Cold.", 2)


async def test_the_turns_that_were_not_enough_can_be_gone_on_from(way, host):
    host.enqueue(calls("Paris"), calls("Rome"))
    async with way.client(host, **at(host)) as client:
        with pytest.raises(unillm.MaxTurnsError, match="get_weather") as caught:
            await client.run("Weather?", tools=[get_weather], max_turns=2)
        run = caught.value.run
        require_valid(run.messages)
        assert results(run.messages)[0] == "Sunny in Paris."
        assert "no turns left" in results(run.messages)[1]
        host.enqueue(Answer("Sunny in Paris.", reasoning="."))
        assert (await client.run(run.messages, tools=[get_weather])).text == "Sunny in Paris."


async def test_calls_that_are_left_to_the_caller_end_the_run(way, host):
    ask = unillm.Tool("ask", parameters={"type": "object", "properties": {"q": {}}})
    both = [FakeCall("get_weather", {"city": "Paris"}), FakeCall("ask", {"q": "Why?"})]
    host.enqueue(Answer(reasoning=".", tool_calls=both))
    async with way.client(host, **at(host)) as client:
        run = await client.run("Hi", tools=[get_weather, ask])
        (left,) = run.pending
        assert (left.name, left.arguments) == ("ask", {"q": "Why?"})
        assert "pending=['ask']" in repr(run)
        asked = len(host.requests)
        for tail in (["Go on."], ["Go on.", unillm.ToolMessage(left.id, "Too late.")]):
            with pytest.raises(unillm.InvalidRequestError, match=f"{left.id}.*'ask'"):
                await client.run([*run.messages, *tail], tools=[get_weather, ask])
        assert len(host.requests) == asked
        host.enqueue(Answer("I see.", reasoning="."))
        answer = unillm.ToolMessage(left.id, "Because.")
        done = await client.run([*run.messages, answer], tools=[get_weather, ask])
    require_valid(done.messages)
    assert results(done.messages) == ["Sunny in Paris.", "Because."]


async def test_open_calls_are_made_before_the_model_is_asked(way, host):
    call = unillm.ToolCall("c1", "get_weather", {"city": "Paris"})
    said = unillm.AssistantMessage(reasoning=".", tool_calls=(call,))
    host.enqueue(Answer("Sunny.", reasoning="."))
    async with (
        way.client(host, **at(host)) as client,
        client.run_stream(["Hi", said], tools=[get_weather]) as stream,
    ):
        events = await read_all(stream)
    assert isinstance(events[0], unillm.ToolFinished)
    assert results(stream.messages) == ["Sunny in Paris."]


async def test_a_refused_call_is_told_and_the_good_one_beside_it_made(way, host):
    good, bad = FakeCall("get_weather", {"city": "Paris"}), FakeCall("get_weather", '{"town": 3}')
    host.enqueue(Answer(reasoning=".", tool_calls=[good, bad]), Answer("Sunny.", reasoning="."))
    async with way.client(host, **at(host)) as client:
        run = await client.run("Hi", tools=[get_weather])
        assert results(run.messages)[0] == "Sunny in Paris."
        assert "do not fit the schema" in results(run.messages)[1]
        require_valid(run.messages)
        host.enqueue(Answer(reasoning=".", tool_calls=[good, bad]))
        with pytest.raises(unillm.ToolArgumentsError) as caught:
            await client.run("Hi", tools=[get_weather], on_invalid_tool_call="raise")
    assert caught.value.run.messages == (unillm.UserMessage("Hi"),)
    assert [a.outcome for a in caught.value.run.attempts] == ["ok"]


async def test_a_server_that_dies_leaves_what_was_done(way, host):
    host.enqueue(calls("Paris"), faults.get("cut-in-text"))
    async with way.client(host, **at(host)) as client:
        stream = client.run_stream("Hi", tools=[get_weather])
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            await read_all(stream)
        assert caught.value.run == stream.result
        assert caught.value.partial
        require_valid(stream.messages)
        assert results(stream.messages) == ["Sunny in Paris."]
        assert [a.outcome for a in stream.result.attempts] == ["ok", "error"]
        host.enqueue(Answer("Sunny.", reasoning="."))
        assert (await client.run(stream.messages, tools=[get_weather])).text == "Sunny."


async def test_a_server_that_is_gone_before_the_next_turn(way):
    def stop(city: str) -> str:
        fake.stop()
        return city

    fake = FakeProvider().start()
    fake.enqueue(calls("a", name="stop"))
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(unillm.TransportError) as caught:
            await client.run("Hi", tools=[stop])
    assert results(caught.value.run.messages) == ["a"]
    assert [a.outcome for a in caught.value.run.attempts] == ["ok", "error"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.run == caught.value.run


async def test_over_the_responses_api_the_encrypted_reasoning_goes_back(way):
    with FakeProvider(rules="openai", strict=True) as host:
        provider = unillm.Provider("openai", base_url=host.base_url, api_key="k", api="responses")
        host.enqueue(calls("Paris", "Rome"), Answer("Sunny.", reasoning="So."))
        options = {"providers": [provider], "model": "openai:gpt-5.5"}
        async with way.client(host, **options) as client:
            run = await client.run("Weather?", tools=[get_weather], reasoning_effort="low")
        assert run.text == "Sunny."
        kinds = [item.get("type") for item in host.requests[-1].items]
    assert [run.turns[0].api, kinds.count("reasoning")] == ["responses", 1]
    assert kinds.count("function_call_output") == 2
    assert unillm.RunResult.from_json(run.to_json()) == run


async def test_what_can_be_read_but_once_is_there_in_each_turn(way, fake):
    records = []
    fake.enqueue(calls("Paris"), Answer("Sunny."))
    async with way.client(fake) as client:
        tools, observers = iter([get_weather]), iter([records.append])
        await client.run(iter(["Hi"]), tools=tools, observers=observers)
    assert len(records) == 2
    assert all(len(request.tools) == 1 for request in fake.requests)


async def test_a_refusal_of_the_first_request_comes_on_entering(way, fake):
    fake.enqueue(faults.get("status-400"))
    async with way.client(fake) as client:
        stream = client.run_stream("Hi")
        with pytest.raises(unillm.BadRequestError) as caught:
            await stream.__aenter__()
    assert caught.value.run.turns == ()
    assert "ended" in repr(stream)


async def test_the_target_is_looked_up_once(way, host, monkeypatch):
    from unillm._client import config

    looked = []
    resolve = config.resolve
    monkeypatch.setattr(config, "resolve", lambda *a, **k: looked.append(a) or resolve(*a, **k))
    host.enqueue(calls("Paris"), calls("Rome"), Answer("Sunny.", reasoning="."))
    async with way.client(host, **at(host)) as client:
        await client.run("Hi", tools=[get_weather])
    assert len(looked) == 1


async def test_a_call_that_is_demanded_is_demanded_once(way, fake):
    fake.enqueue(calls("Paris"), Answer("Sunny."))
    async with way.client(fake, tool_choice="required") as client:
        await client.run("Hi", tools=[get_weather])
    assert [r.fields.get("tool_choice") for r in fake.requests] == ["required", "auto"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"max_turns": 0}, "max_turns"),
        ({"max_turns": True}, "max_turns"),
        ({"max_turns": "8"}, "max_turns"),
        ({"on_tool_error": "ignore"}, "'tell' or 'raise'"),
        ({"approve": True}, "approve must be a function"),
        ({"parallel": 4}, "parallel"),
        ({"tool_timeout": 0}, "tool_timeout"),
        ({"tool_timeout": "1"}, "tool_timeout"),
        ({"tool_timeout": math.inf}, "tool_timeout"),
        ({"tool_timeout": math.nan}, "tool_timeout"),
        ({"tool_timeout": 1e10}, "tool_timeout"),
        ({"tools": "get_weather"}, "tools must be a list"),
        ({"tools": [unillm.Tool("a")] * 2}, "two tools are named"),
        ({"temprature": 1}, "temprature"),
        ({"model": "openai:gpt-5.5"}, "openai"),
        ({"messages": []}, "empty"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["run", "run_stream"])
async def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    way, fake, kind, options, match
):
    given = {"tools": [get_weather], **options}
    messages = given.pop("messages", "Hi")
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match=match):
            await begun(getattr(client, kind)(messages, **given))
    assert fake.requests == []


async def begun(made):
    return await made if hasattr(made, "__await__") else await read_all(made)


async def test_two_readers_of_one_run_are_refused(way, fake):
    fake.enqueue(calls("a", name="look"), Answer("."))

    def look(city: str) -> str:
        return next(stream.inner)

    async def look_later(city: str) -> str:
        return await anext(stream)

    tool = unillm.tool(look if way.is_sync else look_later, name="look")
    async with way.client(fake) as client, client.run_stream("Hi", tools=[tool]) as stream:
        await read_all(stream)
    assert "another task or thread is reading this run" in results(stream.messages)[0]


def shown(stream):
    return getattr(stream, "inner", stream)._repr_markdown_()


class City(BaseModel):
    name: str


async def test_the_last_answer_is_made_into_a_type(way, fake):
    def told():
        fake.enqueue(calls("Paris"), Answer("{}"), Answer('{"name": "Paris"}'))

    async with way.client(fake) as client:
        told()
        run = await client.run("Hi", tools=[get_weather], output=City)
        assert (run.output, run.text) == (City(name="Paris"), '{"name": "Paris"}')
        assert [a.outcome for a in run.attempts] == ["ok", "error", "ok"]
        require_valid(run.messages)
        assert unillm.RunResult.from_json(run.to_json()).output == {"name": "Paris"}
        told()
        async with client.run_stream("Hi", tools=[get_weather], output=City) as stream:
            events = await read_all(stream)
        assert stream.result.output == City(name="Paris")
        assert any(isinstance(event, unillm.OutputDelta) for event in events)
        told()
        with pytest.raises(unillm.OutputValidationError) as caught:
            await client.run("Hi", tools=[get_weather], output=City, retries=0)
    assert results(caught.value.run.messages) == ["Sunny in Paris."]
    assert len(caught.value.run.messages) == 3


async def test_a_stream_is_shown_in_a_notebook_at_any_time(way, fake):
    fake.enqueue(calls("Paris"), Answer("Sunny."))
    async with way.client(fake) as client:
        stream = client.run_stream("Hi", tools=[get_weather])
        assert "RunStream(open, turns=0, messages=1)" in shown(stream)
        await read_all(stream)
    assert "get_weather gave" in shown(stream)


async def test_a_run_is_shown_in_a_notebook(way, fake):
    fake.enqueue(calls("<b>", name="boom"), Answer("Sorry."))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[boom])
    shown = run._repr_markdown_()
    assert 'boom(city="<b>")' in shown
    assert "LookupError: &lt;b&gt;" in shown
    assert "2 turns · " in shown
    assert repr(run).startswith("RunResult('Sorry.', turns=2, messages=4, notes=1, usage=")


async def test_secrets_in_arguments_stay_out_of_the_log(way, fake, caplog):
    caplog.set_level("DEBUG", logger="unillm")
    fake.enqueue(calls("hunter2"), calls("hunter2", name="boom"), Answer("."))
    async with way.client(fake) as client:
        await client.run("Hi", tools=[get_weather, boom], tool_timeout=60)
    assert caplog.records
    assert "hunter2" not in caplog.text


async def test_two_hundred_turns(way, fake):
    async with way.client(fake) as client:
        fake.enqueue(*[calls("a")] * 199, Answer("Done."))
        run = await client.run("Hi", tools=[get_weather], max_turns=200)
    assert (run.text, len(run.turns), len(fake.requests)) == ("Done.", 200, 200)
    require_valid(run.messages)

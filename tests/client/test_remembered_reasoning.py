"""Histories that come back without reasoning, to fakes that refuse them without it."""

# pyright: reportOptionalMemberAccess=false, reportPrivateUsage=false

import json

import pytest

import unillm
from tests.client.ways import ONCE, read_all, server
from tests.wire.drive import WEATHER
from unillm._client import recalling
from unillm._client.recalling import ReasoningMemory
from unillm.testing import Answer, FakeCall, FakeProvider

THOUGHT = "The user named a city."
PARIS = FakeCall("get_weather", {"city": "Paris"}, "call_00_IlCtS2kfpiIHQvYm1ZmWTfmp")
ROME = FakeCall("get_weather", {"city": "Rome"}, "call_01_x7Jq2mNw9sVbT4cKd8LpRz01")
ASKED = {"role": "user", "content": "Weather?"}


@pytest.fixture
def deepseek():
    with FakeProvider(rules="deepseek") as fake:
        yield fake


def asking(way, fake, **options):
    providers = [unillm.Provider("deepseek", base_url=fake.base_url, api_key="k")]
    defaults = {"providers": providers, "model": "deepseek:deepseek-v4-pro", "retry": ONCE}
    return way.client(fake, **{**defaults, **options})


def framework(*calls, content=""):
    """Give an answer with calls as a framework keeps it: as a dict, the arguments written anew."""
    listed = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments, indent=1)},
        }
        for call in calls
    ]
    return {"role": "assistant", "content": content, "tool_calls": listed}


def results(*calls):
    return [{"role": "tool", "tool_call_id": call.id, "content": "21"} for call in calls]


def thoughts(fake):
    """Give the reasoning of each of the assistant's messages, as it was sent last."""
    sent = json.loads(fake.requests[-1].body)["messages"]
    return [one.get("reasoning_content") for one in sent if one["role"] == "assistant"]


def codes(response):
    return [note.code for note in response.notes]


async def first(client, fake, *calls, **options):
    fake.enqueue(Answer(reasoning=THOUGHT, tool_calls=calls or [PARIS]))
    return await client.chat([ASKED], tools=[WEATHER], **options)


async def again(client, *history, **options):
    return await client.chat([ASKED, *history], tools=[WEATHER], **options)


async def test_what_a_framework_dropped_is_put_back(way, deepseek):
    async with asking(way, deepseek) as client:
        asked = await first(client, deepseek)
        assert codes(asked) == []
        history = [framework(*asked.tool_calls), *results(PARIS)]
        answered = await again(client, *history)
        assert thoughts(deepseek) == [THOUGHT]
        assert codes(answered) == ["reasoning_recalled"]
        assert "1 turn(s) with tool calls" in answered.notes[0].message
        history += [{"role": "assistant", "content": answered.text}, ASKED]
        after = await again(client, *history)
    assert thoughts(deepseek)[0] == THOUGHT
    # Of text alone nothing is remembered: the line in its place will do.
    assert set(codes(after)) == {"reasoning_placeholder", "reasoning_recalled"}


async def test_without_it_there_is_a_line_in_its_place(way, deepseek):
    async with asking(way, deepseek) as client:
        await first(client, deepseek, remember_reasoning=False)
        answered = await again(client, framework(PARIS), *results(PARIS))
    assert codes(answered) == ["reasoning_placeholder"]
    assert thoughts(deepseek) != [THOUGHT]


async def test_it_is_refused_where_nothing_stands_for_it(way, deepseek):
    """What a host does that is known by no dialect: the memory alone answers its demand."""
    providers = [server(deepseek)]
    options = {"providers": providers, "model": "fake:deepseek-v4-pro"}
    async with asking(way, deepseek, **options) as client:
        await first(client, deepseek)
        history = [framework(PARIS), *results(PARIS)]
        with pytest.raises(unillm.BadRequestError, match="must be passed back"):
            await again(client, *history, remember_reasoning=False)
        assert codes(await again(client, *history)) == ["reasoning_recalled"]
    assert thoughts(deepseek) == [THOUGHT]


async def test_of_a_stream_too(way, deepseek):
    deepseek.enqueue(Answer(reasoning=THOUGHT, tool_calls=[PARIS]))
    async with asking(way, deepseek) as client:
        async with client.stream([ASKED], tools=[WEATHER]) as stream:
            await read_all(stream)
        history = [ASKED, framework(PARIS), *results(PARIS)]
        async with client.stream(history, tools=[WEATHER]) as stream:
            await read_all(stream)
    assert thoughts(deepseek) == [THOUGHT]
    assert codes(stream.response) == ["reasoning_recalled"]


async def test_whoever_stops_reading_at_the_end_has_it_remembered(way, deepseek):
    deepseek.enqueue(Answer(reasoning=THOUGHT, tool_calls=[PARIS]))
    async with asking(way, deepseek) as client:
        async with client.stream([ASKED], tools=[WEATHER]) as stream:
            async for event in stream:
                if isinstance(event, unillm.Finished):
                    break
        answered = await again(client, framework(PARIS), *results(PARIS))
    assert codes(answered) == ["reasoning_recalled"]


async def test_of_an_answer_that_was_left_nothing_is_remembered(way, deepseek):
    deepseek.enqueue(Answer(reasoning=THOUGHT, tool_calls=[PARIS]))
    async with asking(way, deepseek) as client:
        async with client.stream([ASKED], tools=[WEATHER]) as stream:
            async for event in stream:
                if isinstance(event, unillm.ReasoningDelta):
                    break
        answered = await again(client, framework(PARIS), *results(PARIS))
    assert codes(answered) == ["reasoning_placeholder"]


CUT = FakeCall(PARIS.name, '{"city": "Par', PARIS.id)


@pytest.mark.parametrize(
    ("calls", "finish", "error"),
    [
        ([PARIS], "aborted", unillm.ServerError),
        ([PARIS, FakeCall("get_weather", '{"ci', ROME.id)], "length", unillm.ToolArgumentsError),
        ([CUT], "length", unillm.ToolArgumentsError),
    ],
    ids=["given up", "one cut", "cut"],
)
async def test_of_an_answer_that_broke_off_nothing_is_remembered(
    way, deepseek, calls, finish, error
):
    deepseek.enqueue(Answer(reasoning=THOUGHT, tool_calls=calls, finish_reason=finish))
    async with asking(way, deepseek) as client:
        with pytest.raises(error):
            async with client.stream([ASKED], tools=[WEATHER]) as stream:
                await read_all(stream)
        answered = await again(client, framework(PARIS), *results(PARIS))
        assert codes(answered) == ["reasoning_placeholder"]
        assert len(getattr(client, "inner", client)._config.thoughts) == 0


async def test_a_changed_call_gets_nothing(way, deepseek):
    async with asking(way, deepseek) as client:
        await first(client, deepseek)
        oslo = FakeCall("get_weather", {"city": "Oslo"}, PARIS.id)
        answered = await again(client, framework(oslo), *results(oslo))
    assert codes(answered) == ["reasoning_placeholder"]


async def test_copies_of_a_client_share_it_and_others_do_not(way, deepseek):
    history = [framework(PARIS), *results(PARIS)]
    async with asking(way, deepseek) as client, asking(way, deepseek) as other:
        copy = client.with_options(temperature=0.5)
        await first(copy, deepseek)
        assert codes(await again(client, *history)) == ["reasoning_recalled"]
        assert "reasoning_recalled" in codes(await again(copy, *history))
        assert codes(await again(other, *history)) == ["reasoning_placeholder"]
        off = client.with_options(remember_reasoning=False)
        assert codes(await again(off, *history)) == ["reasoning_placeholder"]
        assert codes(await again(client, *history)) == ["reasoning_recalled"]


async def test_a_client_may_be_made_without(way, deepseek):
    async with asking(way, deepseek, remember_reasoning=False) as client:
        await first(client, deepseek)
        answered = await again(client, framework(PARIS), *results(PARIS))
    assert codes(answered) == ["reasoning_placeholder"]


async def test_the_oldest_are_forgotten(way, deepseek, monkeypatch):
    monkeypatch.setattr(
        ReasoningMemory.__init__, "__kwdefaults__", {"calls": 1, "size": recalling.SIZE}
    )
    async with asking(way, deepseek) as client:
        await first(client, deepseek)
        await first(client, deepseek, ROME)
        assert codes(await again(client, framework(PARIS), *results(PARIS))) == [
            "reasoning_placeholder"
        ]
        assert codes(await again(client, framework(ROME), *results(ROME))) == ["reasoning_recalled"]


async def test_calls_that_were_put_into_messages_of_their_own(way, deepseek):
    async with asking(way, deepseek) as client:
        await first(client, deepseek, PARIS, ROME)
        whole = await again(client, framework(ROME, PARIS), *results(PARIS, ROME))
        assert (codes(whole), thoughts(deepseek)) == (["reasoning_recalled"], [THOUGHT])
        split = [framework(PARIS), *results(PARIS), framework(ROME), *results(ROME)]
        answered = await again(client, *split)
    # It was thought once; DeepSeek wants something of every turn.
    assert codes(answered) == ["reasoning_placeholder", "reasoning_recalled"]
    one, other = thoughts(deepseek)
    assert one == THOUGHT
    assert "Rome" in other


async def test_a_message_with_reasoning_stays_as_it_is(way, deepseek):
    async with asking(way, deepseek) as client:
        asked = await first(client, deepseek)
        answered = await again(client, asked.message, *results(PARIS))
        assert (codes(answered), thoughts(deepseek)) == ([], [THOUGHT])
        own = {**framework(PARIS), "reasoning_content": "Another thought."}
        answered = await again(client, own, *results(PARIS))
    assert (codes(answered), thoughts(deepseek)) == ([], ["Another thought."])


async def test_a_repaired_call_is_known_as_it_was_handed_out(way, deepseek):
    broken = FakeCall("get_weather", "{'city': 'Paris',}", PARIS.id)
    async with asking(way, deepseek) as client:
        asked = await first(client, deepseek, broken)
        assert asked.tool_calls[0].repairs
        answered = await again(client, framework(*asked.tool_calls), *results(PARIS))
    assert (codes(answered), thoughts(deepseek)) == (["reasoning_recalled"], [THOUGHT])


LEAKED = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'


async def test_a_call_that_was_found_in_the_text_is_known_by_the_id_it_was_given(way):
    with FakeProvider(dialect="vllm") as fake:
        fake.enqueue(Answer(LEAKED, reasoning=THOUGHT))
        providers = [unillm.Provider("vllm", base_url=fake.base_url)]
        async with asking(way, fake, providers=providers, model="vllm:m") as client:
            asked = await client.chat([ASKED], tools=[WEATHER])
            (call,) = asked.tool_calls
            assert call.origin == "rescued"
            answered = await again(client, framework(call), *results(call))
        assert codes(answered) == ["reasoning_recalled"]
        sent = json.loads(fake.requests[-1].body)["messages"][1]
    assert sent["reasoning"] == THOUGHT


async def test_a_run_goes_on_from_a_history_that_has_lost_it(way, deepseek):
    def get_weather(city: str) -> str:
        """Look up the weather."""
        return f"{city}: sunny"

    async with asking(way, deepseek) as client:
        await first(client, deepseek)
        deepseek.enqueue(Answer(reasoning="Now Rome.", tool_calls=[ROME]), Answer("Both sunny."))
        history = [ASKED, framework(PARIS), *results(PARIS)]
        result = await client.run(history, tools=[get_weather])
    assert result.text == "Both sunny."
    assert thoughts(deepseek) == [THOUGHT, "Now Rome."]


async def test_many_calls_have_it_too(way, deepseek):
    async with asking(way, deepseek) as client:
        await first(client, deepseek)
        rows = [[ASKED, framework(PARIS), *results(PARIS)]] * 2
        found = await client.map(rows, tools=[WEATHER]).collect()
    assert [codes(row.response) for row in found] == [["reasoning_recalled"]] * 2


async def test_parse_has_it_too(way, deepseek):
    async with asking(way, deepseek) as client:
        await first(client, deepseek)
        deepseek.enqueue(Answer('{"celsius": 21}'))
        history = [ASKED, framework(PARIS), *results(PARIS), ASKED]
        schema = {
            "type": "object",
            "properties": {"celsius": {"type": "integer"}},
            "required": ["celsius"],
            "additionalProperties": False,
        }
        found = await client.parse(history, output=schema)
    assert found.output == {"celsius": 21}
    assert "reasoning_recalled" in codes(found)


async def test_it_is_noted_once_however_often_the_model_is_asked(way, deepseek):
    bad = FakeCall("get_weather", {"days": 3}, "call_02_b4Kd8LpRz01x7Jq2mNw9")
    async with asking(way, deepseek, repair=unillm.RepairPolicy(reask=1)) as client:
        await first(client, deepseek)
        deepseek.enqueue(
            Answer(reasoning="Hm.", tool_calls=[bad]), Answer(reasoning="Ah.", tool_calls=[ROME])
        )
        answered = await again(client, framework(PARIS), *results(PARIS))
    assert codes(answered).count("reasoning_recalled") == 1
    assert thoughts(deepseek) == [THOUGHT, "Hm."]


async def test_estimates_count_it(way, deepseek):
    async with asking(way, deepseek) as client:
        deepseek.enqueue(Answer(reasoning=THOUGHT * 100, tool_calls=[PARIS]))
        await client.chat([ASKED], tools=[WEATHER])
        history = [ASKED, framework(PARIS), *results(PARIS)]
        found = client.estimate(history, tools=[WEATHER])
        less = client.estimate(history, tools=[WEATHER], remember_reasoning=False)
    assert found.input.tokens > less.input.tokens + 100


async def test_a_target_that_has_no_place_for_it_is_sent_none_and_noted_none(way, deepseek):
    with FakeProvider(rules="openai") as openai:
        providers = [
            unillm.Provider("deepseek", base_url=deepseek.base_url, api_key="k"),
            unillm.Provider("openai", base_url=openai.base_url, api_key="k"),
            unillm.Provider("chat", base_url=openai.base_url, api_key="k", profile="openai"),
        ]
        async with asking(way, deepseek, providers=providers) as client:
            await first(client, deepseek)
            history = [framework(PARIS), *results(PARIS)]
            for model in ("chat:gpt-5.6-sol", "openai:gpt-5.6-sol"):
                answered = await again(client, *history, model=model, reasoning_effort="none")
                assert "reasoning_recalled" not in codes(answered)
        assert all(THOUGHT not in seen.body.decode() for seen in openai.requests)


async def test_what_is_encrypted_goes_back_to_the_host_it_came_from(way):
    with FakeProvider(rules="openai") as openai, FakeProvider(rules="openai") as proxy:
        providers = [
            unillm.Provider("openai", base_url=openai.base_url, api_key="k"),
            unillm.Provider("proxy", base_url=proxy.base_url, api_key="k", profile="openai"),
        ]
        options = {"providers": providers, "model": "openai:gpt-5.6-sol"}
        async with asking(way, openai, **options) as client:
            await first(client, openai, PARIS, ROME)
            history = [framework(ROME, PARIS), *results(PARIS, ROME)]
            answered = await again(client, *history)
            sent = json.loads(openai.requests[-1].body)["input"]
            other = await again(client, *history, model="proxy:gpt-5.6-sol")
        assert codes(answered) == ["reasoning_recalled"]
        kinds = [item.get("type") for item in sent]
        assert kinds[1:] == ["reasoning", *["function_call"] * 2, *["function_call_output"] * 2]
        assert sent[1]["encrypted_content"]
        assert codes(other) == []
        assert b"encrypted_content" not in proxy.requests[-1].body.replace(b"reasoning.enc", b"")


async def test_it_is_in_no_repr(way, deepseek):
    async with asking(way, deepseek) as client:
        await first(client, deepseek)
        shown = repr(client) + repr(getattr(client, "inner", client)._config)
    assert THOUGHT not in shown
    assert "thoughts" not in shown


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
@pytest.mark.parametrize("given", ["yes", 1, 1024])
def test_it_is_on_or_off(kind, given):
    with pytest.raises(unillm.InvalidRequestError, match="remember_reasoning must be True or Fals"):
        kind(remember_reasoning=given)

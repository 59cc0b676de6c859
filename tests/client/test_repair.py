"""What a client does about broken and leaked calls, and how it is told to."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false

import pytest

import unillm
from tests.client.ways import ONCE, read_all, server
from unillm import InvalidRequestError, RepairPolicy
from unillm.repair import Rule
from unillm.testing import Answer, FakeCall, faults

TOOL = faults.WEATHER_TOOL
COMMA = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Paris",}')])
LEAK = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
BARE = '[get_weather(city="Paris")]'


async def asked(way, fake, answer, *, client=None, **options):
    fake.enqueue(answer)
    async with way.client(fake, retry=ONCE, **(client or {})) as asking:
        return await asking.chat("Weather?", tools=[TOOL], **options)


async def test_a_repaired_call_lists_its_edits(way, fake):
    response = await asked(way, fake, COMMA)
    [call] = response.tool_calls
    assert call.arguments == {"city": "Paris"}
    assert call.raw == '{"city": "Paris",}'
    assert [(edit.rule, edit.before, edit.after) for edit in call.repairs] == [
        ("trailing_comma", ",", "")
    ]


async def test_the_policy_is_the_clients_or_the_calls(way, fake):
    off = RepairPolicy("off")
    with pytest.raises(unillm.ToolArgumentsError):
        await asked(way, fake, COMMA, client={"repair": off})
    with pytest.raises(unillm.ToolArgumentsError):
        await asked(way, fake, COMMA, repair=off)
    assert (await asked(way, fake, COMMA, client={"repair": off}, repair=RepairPolicy())).tool_calls
    fake.enqueue(COMMA)
    async with way.client(fake) as client:
        strict = client.with_options(repair=off)
        with pytest.raises(unillm.ToolArgumentsError):
            await strict.chat("Weather?", tools=[TOOL])


async def test_what_was_repaired_goes_back_as_json(way, fake):
    fake.enqueue(COMMA, "Sunny.")
    async with way.client(fake) as client:
        first = await client.chat("Weather?", tools=[TOOL])
        result = unillm.ToolMessage(first.tool_calls[0].id, "21 °C")
        await client.chat(["Weather?", first.message, result], tools=[TOOL])
    sent = fake.requests[-1].messages[1]["tool_calls"][0]["function"]["arguments"]
    assert sent == '{"city":"Paris"}'


async def test_a_lossy_reading_is_shown_and_never_offered(way, fake):
    cut = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Paris", "note": "it is')])
    response = await asked(
        way, fake, cut, repair=RepairPolicy("salvage"), on_invalid_tool_call="return"
    )
    assert response.tool_calls == ()
    [refused] = response.invalid_tool_calls
    assert "with a loss" in refused.reason
    assert refused.candidates[0]["city"] == "Paris"


async def test_a_refusal_says_where(way, fake):
    broken = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Par')])
    with pytest.raises(unillm.ToolArgumentsError) as caught:
        await asked(way, fake, broken)
    [refused] = caught.value.invalid_tool_calls
    assert refused.raw == '{"city": "Par'
    assert refused.position is not None
    deep = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Paris", "days": [[]]}')])
    with pytest.raises(unillm.ToolArgumentsError) as caught:
        await asked(way, fake, deep)
    assert caught.value.invalid_tool_calls[0].schema_path == ("days",)


async def test_rules_of_the_callers_own_are_asked_first(way, fake):
    def unmarked(text, _schema):
        at = text.find("@@")
        return [] if at < 0 else [(at, at + 2, "")]

    marked = Answer(tool_calls=[FakeCall("get_weather", '@@{"city": "Paris"}')])
    policy = RepairPolicy(rules=(Rule("unmarked", unmarked, "protocol"),))
    response = await asked(way, fake, marked, repair=policy)
    assert [edit.rule for edit in response.tool_calls[0].repairs] == ["unmarked"]
    leaked = Answer(LEAK.replace('{"city', '@@{"city'))
    assert not (await asked(way, fake, leaked)).tool_calls


async def test_other_names_are_the_callers_to_say(way, fake):
    other = Answer(tool_calls=[FakeCall("get_weather", {"town": "Paris"})])
    with pytest.raises(unillm.ToolArgumentsError):
        await asked(way, fake, other)
    response = await asked(way, fake, other, repair=RepairPolicy(aliases={"town": "city"}))
    assert response.tool_calls[0].arguments == {"city": "Paris"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, True),
        ({"repair": RepairPolicy(rescue=False)}, False),
        ({"tool_choice": "none"}, False),
        ({"tool_choice": "required"}, True),
        ({"repair": RepairPolicy("off")}, True),
    ],
)
async def test_calls_in_the_text_are_looked_for_unless_nobody_may_call(way, fake, options, found):
    response = await asked(way, fake, Answer(f"So: {LEAK}"), **options)
    assert [call.origin for call in response.tool_calls] == ["rescued"] * found
    assert response.text == ("So: " if found else f"So: {LEAK}")
    assert response.finish_reason == ("tool_calls" if found else "stop")


async def test_without_tools_nothing_is_a_call(way, fake):
    fake.enqueue(Answer(LEAK))
    async with way.client(fake) as client:
        assert (await client.chat("Weather?")).text == LEAK


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        *((n, True) for n in ("generic", "deepseek", "vllm", "sglang", "llamacpp")),
        ("openai", False),
    ],
)
async def test_nobody_looks_where_calls_never_leak(way, fake, profile, found):
    providers = [server(fake, profile=profile)]
    response = await asked(way, fake, Answer(LEAK), client={"providers": providers})
    assert bool(response.tool_calls) is found
    assert response.text == ("" if found else LEAK)


async def test_what_has_no_marker_is_a_call_only_where_it_is_named(way, fake):
    assert (await asked(way, fake, Answer(BARE))).text == BARE
    policy = RepairPolicy(formats=("pythonic",))
    assert (await asked(way, fake, Answer(BARE), repair=policy)).tool_calls
    assert (await asked(way, fake, Answer(LEAK), repair=policy)).tool_calls
    named = unillm.Profile(name="mine", key_required=False, leaks=("pythonic",))
    providers = [server(fake, profile=named)]
    assert (await asked(way, fake, Answer(BARE), client={"providers": providers})).tool_calls


async def test_a_call_in_the_text_of_a_stream(way, fake):
    fake.enqueue(Answer(f"I look. {LEAK} Wait."))
    async with way.client(fake) as client:
        async with client.stream("Weather?", tools=[TOOL]) as stream:
            events = await read_all(stream)
        response = stream.response
    text = "".join(event.text for event in events if isinstance(event, unillm.TextDelta))
    assert text == response.text == "I look.  Wait."
    kinds = [type(event).__name__ for event in events[-4:]]
    assert kinds == ["ToolCallStarted", "ToolCallDelta", "ToolCallReady", "Finished"]
    assert events[-3].partial == {"city": "Paris"}


@pytest.mark.parametrize(
    "policy",
    [
        RepairPolicy(formats=("nonsense",)),
        RepairPolicy(formats=(7,)),
        RepairPolicy(formats=([],)),
        RepairPolicy(rules=("nonsense",)),
    ],
)
def test_what_repair_does_not_know_is_refused_by_the_client(policy):
    with pytest.raises(InvalidRequestError, match=r"nonsense|7|\[\]"):
        unillm.Client(repair=policy)

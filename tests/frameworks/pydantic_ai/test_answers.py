"""What a run has in the end: the text, the reasoning, the calls, what it took."""

import asyncio
import json
from datetime import datetime
from decimal import Decimal

import pytest
from pydantic_ai import Agent, ModelMessagesTypeAdapter, Tool
from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models import override_allow_model_requests

import unillm
from unillm.integrations.pydantic_ai import UnillmModel
from unillm.testing import Answer, FakeCall, Raw, faults

CALL = Answer(reasoning="Paris it is.", tool_calls=[FakeCall("weather", {"city": "Paris"})])
LEAKED = """So: <|DSML|tool_calls><|DSML|invoke name="weather"><|DSML|parameter name="city" \
string="true">Paris</|DSML|parameter></|DSML|invoke></|DSML|tool_calls>""".replace("|", "\uff5c")


def agent(model, calls=None, **options):
    made = Agent(model, **options)

    @made.tool_plain
    def weather(city: str, days: int = 1) -> str:
        """Look up the weather."""
        (calls if calls is not None else []).append((city, days))
        return f"Sunny in {city}."

    return made


async def streamed(one, prompt, **options):
    """Run with a handler of events, which makes pydantic-ai ask for streams."""
    seen = []

    async def handle(_, events):
        seen.extend([event async for event in events])

    result = await one.run(prompt, event_stream_handler=handle, **options)
    return result, seen


def run(one, prompt, *, stream, **options):
    if stream:
        return asyncio.run(streamed(one, prompt, **options))[0]
    return asyncio.run(one.run(prompt, **options))


BOTH = pytest.mark.parametrize("stream", [False, True])


@BOTH
def test_a_plain_answer(model, fake, stream):
    fake.enqueue(Answer("Grüße, 世界 🎉", reasoning="Höflich sein."))
    result = run(Agent(model, instructions="Be brief."), "Hello", stream=stream)
    assert result.output == "Grüße, 世界 🎉"
    (answer,) = [m for m in result.all_messages() if isinstance(m, ModelResponse)]
    assert [type(part) for part in answer.parts] == [ThinkingPart, TextPart]
    assert answer.parts[0].content == "Höflich sein."
    assert (answer.model_name, answer.provider_name) == ("deepseek:deepseek-v4-pro", "unillm")
    assert (answer.finish_reason, answer.state) == ("stop", "complete")
    assert fake.requests[0].wants_stream is stream
    roles = [(m["role"], m["content"]) for m in fake.requests[0].messages]
    assert roles == [("system", "Be brief."), ("user", "Hello")]


@BOTH
def test_a_tool_loop_replays_the_reasoning(model, fake, stream):
    fake.enqueue(CALL, Answer("It is sunny.", reasoning="Done."))
    calls = []
    result = run(agent(model, calls), "Weather in Paris?", stream=stream)
    assert (result.output, calls) == ("It is sunny.", [("Paris", 1)])
    assistant = fake.requests[1].messages[1]
    assert assistant["reasoning_content"] == "Paris it is."
    (call,) = assistant["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Paris"}'}
    assert fake.requests[1].messages[2]["tool_call_id"] == call["id"]
    # A later run, its history read back from JSON, has it too: DeepSeek demands that.
    history = ModelMessagesTypeAdapter.validate_json(result.all_messages_json())
    fake.enqueue("Bye.")
    run(agent(model), "Thanks!", stream=stream, message_history=history)
    assert fake.requests[2].messages[1] == assistant


@BOTH
def test_usage_and_cost(model, fake, records, stream):
    fake.enqueue(CALL, Answer("Sunny.", reasoning="Done."))
    result = run(agent(model), "Weather in Paris?", stream=stream)
    costs = [record.response.cost.total for record in records]
    assert result.usage.cost == sum(costs) > 0
    assert isinstance(result.usage.cost, Decimal)
    answers = [m for m in result.all_messages() if isinstance(m, ModelResponse)]
    assert [a.usage.cost for a in answers] == costs
    used = [record.response.usage for record in records]
    assert [a.usage.input_tokens for a in answers] == [u.input_tokens for u in used]
    assert [a.usage.output_reasoning_tokens for a in answers] == [u.reasoning_tokens for u in used]
    assert result.usage.requests == 2
    told = answers[0].provider_details["unillm"]
    assert (told["provider"], told["cost"]["state"]) == ("deepseek", "exact")
    assert told["cost"]["total"] == str(costs[0])


@BOTH
def test_an_unknown_cost_is_none(fake, stream):
    box = unillm.Provider("box", base_url=fake.base_url)
    model = UnillmModel("box:deepseek-v4-pro", client=unillm.AsyncClient(providers=[box]))
    result = run(Agent(model), "Hello", stream=stream)
    assert result.usage.cost is None
    assert result.usage.input_tokens > 0
    assert result.response.provider_details["unillm"]["cost"]["state"] == "unknown"


@BOTH
def test_usage_that_was_not_reported_is_not_zero(model, fake, stream):
    fake.enqueue(Answer("Hi", usage=None))
    result = run(Agent(model), "Hello", stream=stream)
    assert result.usage.unmeasured_requests == 1
    assert result.usage.input_tokens == 0
    assert result.response.usage.unmeasured_requests == 1
    # unillm has counted the words itself, and says that it did.
    assert result.usage.cost > 0
    assert result.response.provider_details["unillm"]["cost"]["state"] == "estimated"


@BOTH
def test_attempts_before_the_answer_are_listed(model, fake, records, stream):
    fake.enqueue(faults.get("status-500"), Answer("Hi"))
    result = run(Agent(model), "Hello", stream=stream)
    (failed,) = result.response.failed_attempts
    assert (failed.outcome, failed.model_name) == ("error", "deepseek:deepseek-v4-pro")
    assert failed.error.startswith("ServerError")
    assert failed.duration.total_seconds() > 0
    first, second = result.response.provider_details["unillm"]["attempts"]
    assert (first["status"], second["role"]) == (500, "retry")
    # What the failed attempt cost is only known between bounds: the sum is a lower one.
    assert records[0].response.cost.state == "bounded"
    assert failed.usage.cost is None
    assert result.usage.cost == records[0].response.attempts[1].cost.total
    assert (result.usage.requests, result.usage.unmeasured_requests) == (1, 1)


@BOTH
def test_what_nobody_was_sent_costs_nothing(deepseek, fake, stream):
    gone = unillm.Provider("box", base_url="http://127.0.0.1:9/v1")
    client = unillm.AsyncClient(
        providers=[gone, deepseek], routes={"r": ["box:m", "deepseek:deepseek-v4-pro"]}
    )
    result = run(Agent(UnillmModel("r", client=client)), "Hello", stream=stream)
    (failed,) = result.response.failed_attempts
    assert (failed.model_name, failed.usage.cost) == ("box:m", 0)
    assert result.usage.unmeasured_requests == 0
    assert result.response.model_name == "deepseek:deepseek-v4-pro"
    assert result.response.provider_details["unillm"]["route"] == "r"


@BOTH
def test_arguments_that_were_repaired(model, fake, stream):
    raw = '{"city": "Paris", "days": "2",}'
    fake.enqueue(Answer(tool_calls=[FakeCall("weather", raw)], reasoning="…"), Answer("Sunny."))
    calls = []
    result = run(agent(model, calls), "Weather?", stream=stream)
    assert calls == [("Paris", 2)]
    call = result.all_messages()[1].parts[-1]
    assert call.args == {"city": "Paris", "days": 2}
    told = call.provider_details["unillm"]
    assert told["raw"] == raw
    assert [edit["rule"] for edit in told["repairs"]] == ["type", "trailing_comma"]


@BOTH
def test_a_call_that_leaked_into_the_text(model, fake, stream):
    fake.enqueue(Answer(LEAKED, reasoning="…"), Answer("Sunny."))
    calls = []
    result = run(agent(model, calls), "Weather?", stream=stream)
    assert calls == [("Paris", 1)]
    parts = result.all_messages()[1].parts
    assert [part.content for part in parts if isinstance(part, TextPart)] == ["So: "]
    assert parts[-1].provider_details["unillm"]["origin"] == "rescued"
    notes = result.all_messages()[1].provider_details["unillm"]["notes"]
    assert [note["code"] for note in notes] == ["rescued_calls"]


@BOTH
def test_a_refused_call_is_not_executed_and_the_model_is_told(model, fake, stream):
    good, bad = (
        FakeCall("weather", {"city": "Rome"}),
        FakeCall("weather", '{"city": "Oslo", "days": "two"}'),
    )
    fake.enqueue(Answer(tool_calls=[bad, good], reasoning="…"), Answer("Sunny."))
    calls = []
    result = run(agent(model, calls), "Weather?", stream=stream)
    assert calls == [("Rome", 1)]
    told = {
        m["tool_call_id"]: m["content"] for m in fake.requests[1].messages if m["role"] == "tool"
    }
    refused = next(
        p for p in result.all_messages()[1].parts if "Oslo" in str(getattr(p, "args", ""))
    )
    assert "not of type 'integer'" in told[refused.tool_call_id]
    kept = refused.provider_details["unillm"]["invalid"]
    assert (kept["raw"], kept["schema_path"]) == (bad.arguments, ["days"])


@BOTH
def test_a_refused_call_is_not_executed_where_nothing_is_checked(model, fake, stream):
    """A tool made from a schema takes whatever is JSON."""
    calls = []
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    count = Tool.from_schema(lambda **given: calls.append(given), "count", "Count.", schema)
    for raw in ('{"n": "two"}', "{}", "", '{"n": NaN}', '{"n": 1'):
        fake.enqueue(Answer(tool_calls=[FakeCall("count", raw)], reasoning="…"), Answer("Well."))
        run(Agent(model, tools=[count]), "Count.", stream=stream)
    assert calls == []


def test_both_ways_give_the_same_message(model, fake):
    many = Answer(
        "Let me look.",
        reasoning="Two cities.",
        tool_calls=[FakeCall("weather", {"city": c}, id=f"c{c}") for c in ("Paris", "Rome")],
    )
    told = []
    for stream in (False, True):
        fake.enqueue(many, Answer("Sunny.", reasoning="Done."))
        result = run(agent(model), "Weather?", stream=stream)
        told.append([m.parts for m in result.all_messages() if isinstance(m, ModelResponse)])
    assert told[0] == told[1]
    assert [type(p) for p in told[0][0]] == [ThinkingPart, TextPart, ToolCallPart, ToolCallPart]


def test_two_loops_in_a_row(model, fake):
    for _ in range(2):
        assert asyncio.run(Agent(model).run("Hi")).output
    assert len(fake.requests) == 2


def test_a_model_of_its_own_client(fake, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "test")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    model = UnillmModel("deepseek:deepseek-v4-pro")

    async def main():
        async with Agent(model) as one:
            first = await one.run("Hi")
            opened = model.client
        async with model:
            await Agent(model).run("Hi")
        assert opened is not model.client
        return first.output

    assert asyncio.run(main())
    assert fake.wait(connections=0)


def test_requests_that_are_forbidden_are_not_sent(model, fake):
    with override_allow_model_requests(False), pytest.raises(RuntimeError, match="not allowed"):
        asyncio.run(Agent(model).run("Hi"))
    assert fake.requests == []


def test_a_length_is_told(model, fake):
    fake.enqueue(Answer("Once upon", finish_reason="length"))
    result = run(Agent(model), "Tell.", stream=False)
    assert result.response.finish_reason == "length"
    assert result.response.provider_details["finish_reason"] == "length"


@BOTH
def test_log_probabilities(fake, stream):
    entry = {"token": "Hi", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    body = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi"},
                "finish_reason": "stop",
                "logprobs": {"content": [entry]},
            }
        ],
    }
    fake.enqueue(Raw.of_json(body))
    box = unillm.Provider("box", base_url=fake.base_url)
    model = UnillmModel(
        "box:deepseek-v4-pro",
        client=unillm.AsyncClient(providers=[box]),
        settings={"unillm_options": {"logprobs": True}},
    )
    result = run(Agent(model), "Hi", stream=stream)
    assert result.response.provider_details["logprobs"] == [entry]
    assert fake.requests[0].fields["logprobs"] is True


@BOTH
def test_details_are_plain_json(model, fake, stream):
    result = run(Agent(model), "Hi", stream=stream)
    details = result.response.provider_details
    assert json.loads(json.dumps(details)) == details
    assert datetime.fromisoformat(details["timestamp"]).tzinfo is not None

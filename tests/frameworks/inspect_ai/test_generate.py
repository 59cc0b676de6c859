"""One call: settings, choices, formats, errors, streams."""

import asyncio
from base64 import b64encode

import pytest
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentAudio,
    ContentData,
    ContentDocument,
    ContentImage,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ResponseSchema,
    get_model,
)
from inspect_ai.model._model import ModelGenerateError
from inspect_ai.tool import ToolCallError, ToolFunction, ToolInfo, ToolParam, ToolParams
from inspect_ai.util import json_schema
from pydantic import BaseModel

import unillm
from tests.frameworks.conftest import MODEL
from unillm.integrations.inspect_ai import UnillmAPI, unillm_model
from unillm.integrations.inspect_ai.config import asked_of
from unillm.integrations.inspect_ai.history import messages_of
from unillm.testing import Answer, FakeCall, FakeProvider, Raw, faults

CITY = ToolParam(type="string", description="The city.")
DAYS = ToolParam(type="integer", description="How many.")
WEATHER = ToolInfo(
    name="weather",
    description="Look up the weather.",
    parameters=ToolParams(properties={"city": CITY, "days": DAYS}, required=["city"]),
)
LEAKED = """So: <|DSML|tool_calls><|DSML|invoke name="weather"><|DSML|parameter name="city" \
string="true">Paris</|DSML|parameter></|DSML|invoke></|DSML|tool_calls>""".replace("|", "\uff5c")


def ask(model, prompt="Hi", **options):
    config = options.pop("config", {})
    return asyncio.run(model.generate(prompt, config=GenerateConfig(**config), **options))


def on(fake, name="box", model="deepseek-v4-pro", **options):
    client = unillm.AsyncClient(
        providers=[unillm.Provider(name, base_url=fake.base_url, **options)]
    )
    return get_model(f"unillm/{name}:{model}", client=client, memoize=False)


def test_an_answer(model, fake, records):
    fake.enqueue(Answer("Grüße, 世界 🎉", reasoning="Höflich sein."))
    output = ask(model)
    assert output.completion == "Grüße, 世界 🎉"
    assert (output.model, output.stop_reason) == (MODEL, "stop")
    reasoning, text = output.message.content
    assert (reasoning.reasoning, text.text) == ("Höflich sein.", output.completion)
    assert output.usage.total_cost == pytest.approx(float(records[0].response.cost.total))
    told = output.metadata["unillm"]
    assert (told["provider"], told["cost"]["state"]) == ("deepseek", "exact")
    assert output.response_id == records[0].response.id
    assert output.time == records[0].response.attempts[0].duration


def test_settings(model, fake):
    config = {
        "max_tokens": 100,
        "temperature": 0.5,
        "stop_seqs": ["END"],
        "seed": 7,
        "top_k": 3,
        "extra_body": {"own": 1},
        "extra_headers": {"x-own": "2"},
        "reasoning_effort": "high",
        "logit_bias": {42: 1.0},
        "timeout": 30,
    }
    output = ask(model, config=config)
    (seen,) = fake.requests
    assert (seen.fields["max_tokens"], seen.fields["stop"], seen.fields["own"]) == (100, ["END"], 1)
    assert seen.headers["x-own"] == "2"
    notes = [(n["code"], n["message"]) for n in output.metadata["unillm"]["notes"]]
    assert ("ignored_setting", "unillm has no top_k") in notes
    assert any(code == "dropped_setting" and "seed" in message for code, message in notes)


def test_max_retries_are_unillms(model, fake, records):
    fake.enqueue(*[faults.get("status-500")] * 4)
    for retries in (0, 2):
        with pytest.raises(ModelGenerateError):
            ask(model, config={"max_retries": retries})
    assert [len(record.attempts) for record in records] == [1, 3]


@pytest.mark.parametrize("given", ["prompt_logprobs", "best_of"])
def test_what_cannot_be_given_is_refused(model, fake, given):
    with pytest.raises(unillm.UnsupportedFeatureError, match=given):
        ask(model, config={given: 2})
    assert fake.requests == []


def test_several_choices_are_several_operations(model, fake, records):
    fake.enqueue("One.", "Two.", "Three.")
    output = ask(model, config={"num_choices": 3})
    assert sorted(choice.message.text for choice in output.choices) == ["One.", "Three.", "Two."]
    assert len(records) == len(fake.requests) == 3
    total = sum(record.response.cost.total for record in records)
    assert output.usage.total_cost == pytest.approx(float(total))
    assert output.usage.output_tokens == sum(r.response.usage.output_tokens for r in records)
    assert len(output.metadata["unillm"]["choices"]) == 3


def test_each_of_several_choices_has_a_seed_of_its_own():
    with FakeProvider() as fake:
        model = on(fake)
        ask(model, config={"num_choices": 3, "seed": 3})
        assert sorted(request.fields["seed"] for request in fake.requests) == [3, 4, 5]
        ask(model, config={"seed": 3})
        assert fake.requests[3].fields["seed"] == 3
        ask(model, config={"num_choices": 2})
        assert all("seed" not in request.fields for request in fake.requests[4:])


def test_one_of_several_choices_fails(model, fake, records):
    fake.enqueue("One.", faults.get("status-401"), "Three.")
    with pytest.raises(ModelGenerateError) as caught:
        ask(model, config={"num_choices": 3})
    assert isinstance(caught.value.__cause__, unillm.AuthenticationError)
    assert len(records) == 3


def test_usage_leaves_out_what_was_cached(fake):
    counted = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "total_tokens": 110,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    fake.enqueue(Answer("Hi", usage=counted))
    usage = ask(on(fake)).usage
    assert (usage.input_tokens, usage.input_tokens_cache_read) == (40, 60)
    assert (usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (10, 4, 110)
    # Nobody knows what a box costs.
    assert usage.total_cost is None


def test_cached_tokens_are_priced_as_such(model, fake, records):
    counted = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "total_tokens": 110,
        "prompt_cache_hit_tokens": 60,
        "prompt_cache_miss_tokens": 40,
    }
    fake.enqueue(Answer("Hi", usage=counted))
    output = ask(model)
    (served,) = UnillmAPI(MODEL).served_model_usage(output)
    assert (served.model, served.usage.input_tokens_cache_read) == (
        "deepseek/deepseek-v4-pro",
        60,
    )
    rates = {line.kind: float(line.per_million) for line in records[0].response.cost.lines}
    assert served.cost.input_cache_read == rates["cached_input"] < served.cost.input
    assert output.usage.total_cost == pytest.approx(float(records[0].response.cost.total))


def test_usage_that_was_not_reported(model, fake):
    fake.enqueue(Answer("Hi", usage=None))
    output = ask(model)
    assert output.usage is None
    assert output.metadata["unillm"]["cost"]["state"] == "estimated"


def test_an_attempt_of_unknown_cost_makes_the_cost_unknown(model, fake, records):
    fake.enqueue(faults.get("status-500"), Answer("Hi"))
    output = ask(model)
    assert records[0].response.cost.state == "bounded"
    assert output.usage.total_cost is None
    assert output.metadata["unillm"]["cost"]["state"] == "bounded"
    assert UnillmAPI(MODEL).served_model_usage(output) is None


class City(BaseModel):
    name: str
    rivers: list[str]


SCHEMA = ResponseSchema(name="city", json_schema=json_schema(City), description="A city.")


def test_a_schema(model, fake):
    fake.enqueue(Answer('```json\n{"name": "Paris", "rivers": ["Seine"],}\n```', reasoning="…"))
    output = ask(model, config={"response_schema": SCHEMA})
    assert City.model_validate_json(output.completion) == City(name="Paris", rivers=["Seine"])
    assert fake.requests[0].fields["response_format"] == {"type": "json_object"}
    assert output.metadata["unillm"]["output_repairs"]


def test_an_answer_that_does_not_fit_the_schema_is_for_the_scorer(model, fake, records):
    fake.enqueue(Answer('{"name": 1}', reasoning="…"))
    assert ask(model, config={"response_schema": SCHEMA}).completion == '{"name": 1}'
    assert len(records) == len(fake.requests) == 1


def test_a_schema_beside_tools():
    config = GenerateConfig(response_schema=SCHEMA.model_copy(update={"strict": True}))
    asked = asked_of([WEATHER], "auto", config)
    assert asked.output is None
    wanted = asked.options["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("city", True)
    assert wanted["schema"]["required"] == ["name", "rivers"]


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("auto", {}),
        ("none", {"tool_choice": "none"}),
        ("any", {"tool_choice": "required", "rewrite": ("tool_choice",)}),
        (ToolFunction("weather"), {"tool_choice": "weather", "rewrite": ("tool_choice",)}),
    ],
)
def test_tool_choice(choice, told):
    asked = asked_of([WEATHER], choice, GenerateConfig())
    assert asked.options == {"on_invalid_tool_call": "return"} | told
    (tool,) = asked.tools
    assert tool.parameters["properties"]["days"]["type"] == "integer"
    assert tool.parameters["required"] == ["city"]


def test_a_demanded_call_is_left_to_a_model_that_thinks(model, fake):
    output = ask(model, "Weather in Paris?", tools=[WEATHER], tool_choice="any")
    assert fake.requests[0].fields["tool_choice"] == "auto"
    assert [n["code"] for n in output.metadata["unillm"]["notes"]] == ["rewritten_tool_choice"]


def test_parallel_calls_repaired_rescued_and_refused(model, fake):
    good, bad = '{"city": "Paris", "days": "2",}', '{"city": "Oslo", "days": "two"}'
    fake.enqueue(
        Answer(reasoning="…", tool_calls=[FakeCall("weather", good), FakeCall("weather", bad)]),
        Answer(LEAKED, reasoning="…"),
    )
    output = ask(model, tools=[WEATHER])
    first, second = output.message.tool_calls
    assert (first.arguments, first.parse_error) == ({"city": "Paris", "days": 2}, None)
    assert second.arguments == {}
    assert bad in second.parse_error
    kept = output.message.metadata["unillm"]
    assert kept["calls"][first.id]["raw"] == good
    assert [call["raw"] for call in kept["invalid"]] == [bad]
    assert output.stop_reason == "tool_calls"
    rescued = ask(model, tools=[WEATHER])
    (call,) = rescued.message.tool_calls
    assert call.arguments == {"city": "Paris"}
    assert rescued.message.metadata["unillm"]["calls"][call.id]["origin"] == "rescued"


@pytest.mark.parametrize(
    ("answer", "stop"),
    [
        (Answer("Once", finish_reason="length"), "max_tokens"),
        (Answer("Once", finish_reason="content_filter"), "content_filter"),
        (Answer(refusal="No."), "content_filter"),
        (faults.get("status-400-context-length"), "model_length"),
        (faults.get("status-400-content-filter"), "content_filter"),
        (Answer("Once", finish_reason="strange"), "unknown"),
    ],
)
def test_stop_reasons(fake, answer, stop):
    fake.enqueue(answer)
    output = ask(on(fake))
    assert output.stop_reason == stop


def test_a_refusal_is_marked(fake):
    fake.enqueue(Answer(refusal="No."))
    content = ask(on(fake)).message.content
    assert [part.text for part in content if getattr(part, "refusal", False)] == ["No."]


@pytest.mark.parametrize(
    ("fault", "kind", "sent"),
    [
        ("status-429", unillm.RateLimitError, 2),
        ("status-400", unillm.BadRequestError, 1),
        ("status-402", unillm.InsufficientBalanceError, 1),
        ("cut-in-body", unillm.IncompleteStreamError, 2),
        ("html-page", unillm.MalformedResponseError, 1),
    ],
)
def test_errors(model, fake, fault, kind, sent):
    fake.enqueue(*[faults.get(fault)] * 4)
    with pytest.raises(ModelGenerateError) as caught:
        ask(model)
    assert type(caught.value.__cause__) is kind
    assert len(caught.value.__cause__.attempts) == len(fake.requests) == sent


def test_nobody_listens(records):
    nobody = unillm.Provider("box", base_url="http://127.0.0.1:9/v1")
    retry = unillm.RetryPolicy(max_attempts=2, first_wait=0.001)
    client = unillm.AsyncClient(providers=[nobody], retry=retry, observers=[records.append])
    with pytest.raises(ModelGenerateError) as caught:
        ask(get_model("unillm/box:m", client=client, memoize=False))
    assert isinstance(caught.value.__cause__, unillm.ConnectError)
    assert [len(record.attempts) for record in records] == [2]


def test_a_stream_is_shown_while_it_comes(model, fake):
    fake.enqueue(
        Answer("one two", reasoning="Count.", tool_calls=[FakeCall("weather", {"city": "Rome"})])
    )
    seen = []

    async def show(event):
        seen.append(event)

    output = asyncio.run(model.generate("Hi", tools=[WEATHER], on_stream=show))
    assert fake.requests[0].wants_stream
    assert "".join(e.text for e in seen if e.type == "text") == "one two"
    assert "".join(e.reasoning for e in seen if e.type == "reasoning") == "Count."
    assert "".join(e.arguments for e in seen if e.type == "tool_call") == '{"city": "Rome"}'
    assert output.message.tool_calls[0].arguments == {"city": "Rome"}
    assert output.usage.total_cost > 0


def test_a_cut_stream_is_an_error(model, fake):
    fake.enqueue(*[faults.get("cut-in-text")] * 3)

    async def show(event):
        pass

    with pytest.raises(ModelGenerateError) as caught:
        asyncio.run(model.generate("Hi", on_stream=show))
    assert isinstance(caught.value.__cause__, unillm.IncompleteStreamError)
    assert caught.value.__cause__.partial.text


def test_log_probabilities(fake):
    top = {"token": "Ho", "logprob": -2.0, "bytes": [72, 111]}
    entry = {"token": "Hi", "logprob": -0.1, "bytes": None, "top_logprobs": [top]}
    message = {"role": "assistant", "content": "Hi"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    fake.enqueue(Raw.of_json(body | {"choices": [choice | {"logprobs": {"content": [entry]}}]}))
    output = ask(on(fake), config={"logprobs": True, "top_logprobs": 1})
    (found,) = output.choices[0].logprobs.content
    assert (found.token, found.top_logprobs[0].token) == ("Hi", "Ho")


IMAGE = "data:image/png;base64," + b64encode(b"\x89PNG\r\n\x1a\n").decode()
PDF = "data:application/pdf;base64," + b64encode(b"%PDF-1.7").decode()
WAV = "data:audio/wav;base64," + b64encode(b"RIFF").decode()


def test_messages():
    told = messages_of(
        [
            ChatMessageSystem(content="Be brief."),
            ChatMessageUser(
                content=[
                    ContentText(text="Look:"),
                    ContentImage(image=IMAGE, detail="low"),
                    ContentDocument(document=PDF),
                    ContentAudio(audio=WAV, format="wav"),
                ]
            ),
            ChatMessageAssistant(
                content=[
                    ContentReasoning(reasoning="Hm."),
                    ContentReasoning(reasoning="sealed", redacted=True),
                    ContentText(text="No.", refusal=True),
                    ContentText(text="Well."),
                ],
                metadata={"unillm": {"reasoning_field": "reasoning_content"}},
            ),
            ChatMessageTool(
                content="x", tool_call_id="c1", function="f", error=ToolCallError("timeout", "Late")
            ),
            ChatMessageAssistant(content="Bye."),
        ]
    )
    system, user, first, result, last = told
    assert system.content == "Be brief."
    _, image, document, audio = user.content
    assert (image.detail, document.filename) == ("low", "document.pdf")
    assert audio.data["input_audio"] == {"data": b64encode(b"RIFF").decode(), "format": "wav"}
    assert (first.reasoning, first.refusal, first.content) == ("Hm.", "No.", "Well.")
    assert first.reasoning_field == "reasoning_content"
    assert (result.content, result.name) == ("Error: Late", "f")
    assert last.content == "Bye."


def test_content_that_has_no_part():
    with pytest.raises(unillm.UnsupportedFeatureError, match="ContentData"):
        messages_of([ChatMessageUser(content=[ContentData(data={})])])


def test_native_items_are_replayed():
    """What OpenAI encrypts of a thought goes back to it."""
    with FakeProvider(rules="openai") as fake:
        model = on(fake, "openai", "gpt-5.5", api_key="test", api="responses")
        fake.enqueue(
            Answer(reasoning="Look.", tool_calls=[FakeCall("weather", {"city": "Rome"})]), "Sunny."
        )
        user = ChatMessageUser(content="Weather?")
        output = ask(model, [user], tools=[WEATHER])
        (call,) = output.message.tool_calls
        # As a log has it.
        message = ChatMessageAssistant.model_validate_json(output.message.model_dump_json())
        result = ChatMessageTool(content="Sunny", tool_call_id=call.id, function="weather")
        ask(model, [user, message, result], tools=[WEATHER])
        reasoning = [i for i in fake.requests[1].items if i.get("type") == "reasoning"]
        assert [bool(item["encrypted_content"]) for item in reasoning] == [True]


def test_an_image_is_not_logged(fake):
    with FakeProvider(rules="openai") as other:
        model = on(other, "openai", "gpt-5.5", api_key="test")
        api = model.api
        big = ContentImage(image=IMAGE)
        message = ChatMessageUser(content=[ContentText(text="What?"), big])
        output, call = asyncio.run(api.generate([message], [], "auto", GenerateConfig()))
        assert output.completion
        assert IMAGE not in call.model_dump_json()
        assert "characters of media" in call.model_dump_json()


def test_no_key_is_logged(model, fake):
    output, call = asyncio.run(
        model.api.generate([ChatMessageUser(content="Hi")], [], "auto", GenerateConfig())
    )
    assert "test" not in call.model_dump_json().replace("request", "")
    assert output.completion


def test_arguments_of_the_model(fake, tmp_path, monkeypatch):
    with pytest.raises(unillm.InvalidRequestError, match="nonsense"):
        UnillmAPI(MODEL, nonsense=1)
    with pytest.raises(unillm.InvalidRequestError, match="one of client"):
        UnillmAPI(MODEL, api_key="x", config_file="unillm.toml")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "test")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    (tmp_path / "unillm.toml").write_text(
        f'[routes.work]\ntargets = ["{MODEL}"]\n', encoding="utf-8"
    )
    model = get_model("unillm/work", config_file=str(tmp_path / "unillm.toml"), memoize=False)

    async def main():
        async with model:
            return await model.generate("Hi")

    output = asyncio.run(main())
    assert output.metadata["unillm"]["route"] == "work"
    assert fake.wait(connections=0)


def test_whose_connections_are_counted_together(asker):
    one, other = UnillmAPI(MODEL, client=asker), UnillmAPI(MODEL, client=asker)
    assert one.connection_key() == other.connection_key()
    assert one.connection_key() != UnillmAPI("deepseek:deepseek-flash").connection_key()
    assert one.should_retry(unillm.RateLimitError("Slow down")) is False


def test_two_clients_are_two_models(model, asker):
    other = unillm_model(MODEL, asker.with_options(tags={"team": "blue"}), GenerateConfig(seed=1))
    assert other is not model
    assert other.api.client is not model.api.client
    assert other.config.seed == 1


def test_two_loops_in_a_row(model, fake):
    for _ in range(2):
        assert ask(model).completion
    assert len(fake.requests) == 2

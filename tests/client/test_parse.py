"""Answers made into what was asked for, over sockets."""

# pyright: reportOptionalMemberAccess=false

import functools
import json
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

import unillm
from tests.client.ways import ONCE, QUICK, read_all, timeless
from unillm import OutputDelta, ParsedResponse, StreamRestarted, TextDelta
from unillm._client.config import Call
from unillm._client.outputs import OutputGiven, read_again
from unillm.testing import Answer, FakeCall, FakeProvider, faults


class Item(BaseModel):
    name: str
    price: float = Field(gt=0)
    note: str | None = None


class Invoice(BaseModel):
    """What is to be paid."""

    number: str
    items: list[Item]
    currency: Literal["EUR", "USD"] = "EUR"


GIVEN = {"number": "A1", "items": [{"name": "tea", "price": 2.5}]}
TEXT = json.dumps(GIVEN)
MEANT = Invoice(number="A1", items=[Item(name="tea", price=2.5)])
MODELS = {"openai": "gpt-5.5", "deepseek": "deepseek-v4-pro", "vllm": "some/model"}


@pytest.fixture(params=[*MODELS])
def host(request) -> Iterator[Any]:
    with FakeProvider(rules=request.param) as fake:
        yield request.param, fake


def at(fake: Any, name: str, **more: Any) -> dict[str, Any]:
    provider = unillm.Provider(name, base_url=fake.base_url, api_key="k", **more)
    return {"providers": [provider], "model": f"{name}:{MODELS[name]}", "retry": ONCE}


def sent(fake: Any, number: int = -1) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(fake.requests[number].body)
    return body


async def parsed(way: Any, fake: Any, *answers: Any, output: Any = Invoice, **options: Any) -> Any:
    fake.enqueue(*answers)
    async with way.client(fake, retry=ONCE) as client:
        return await client.parse("What is to be paid?", output=output, **options)


async def refused(way: Any, fake: Any, *answers: Any, **options: Any) -> Any:
    with pytest.raises(unillm.OutputValidationError) as caught:
        await parsed(way, fake, *answers, **options)
    return caught.value


# ---------------------------------------------------------------- how it is asked for


@pytest.mark.parametrize("stream", [False, True], ids=["parse", "stream"])
async def test_the_strictest_way_that_a_host_takes(way, host, stream):
    name, fake = host
    fake.enqueue(Answer(TEXT))
    async with way.client(None, **at(fake, name)) as client:
        if stream:
            async with client.stream("Hi", output=Invoice) as held:
                await read_all(held)
            response = held.response
        else:
            response = await client.parse("Hi", output=Invoice)
    assert response.output == MEANT
    assert response.mode == {"openai": "native", "deepseek": "json", "vllm": "native"}[name]
    assert response.text == TEXT
    assert response.finish_reason == "stop"


async def test_openai_is_asked_strictly(way):
    with FakeProvider(rules="openai") as fake:
        fake.enqueue(Answer('{"number": "A", "items": [], "currency": null}'))
        async with way.client(None, **at(fake, "openai")) as client:
            response = await client.parse("Hi", output=Invoice)
    wanted = sent(fake)["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("Invoice", True)
    assert wanted["schema"]["required"] == ["number", "items", "currency"]
    assert wanted["schema"]["additionalProperties"] is False
    item = wanted["schema"]["$defs"]["Item"]
    assert item["required"] == ["name", "price", "note"]
    assert item["properties"]["price"] == {"type": "number", "exclusiveMinimum": 0}
    assert response.output == Invoice(number="A", items=[], currency="EUR")
    assert "currency" not in response.output.model_fields_set
    assert response.repairs == ()


async def test_what_strict_mode_cannot_say_is_asked_for_as_it_is(way):
    with FakeProvider(rules="openai") as fake:
        fake.enqueue(Answer('{"value": {"a": [1]}}'), Answer('{"a": [1]}'))
        async with way.client(None, **at(fake, "openai")) as client:
            response = await client.parse("Hi", output=dict[str, list[int]])
    wanted = sent(fake)["response_format"]["json_schema"]
    assert wanted["strict"] is False
    assert wanted["schema"]["additionalProperties"] == {
        "type": "array",
        "items": {"type": "integer"},
    }
    assert response.output == {"a": [1]}
    assert len(response.attempts) == 2


async def test_a_server_of_ones_own_gets_the_schema_itself(way):
    with FakeProvider(rules="vllm") as fake:
        fake.enqueue(Answer(TEXT))
        async with way.client(None, **at(fake, "vllm")) as client:
            await client.parse("Hi", output=Invoice)
    wanted = sent(fake)["response_format"]["json_schema"]
    assert "strict" not in wanted
    assert wanted["schema"]["required"] == ["number", "items"]


async def test_deepseek_goes_on_thinking(way):
    with FakeProvider(rules="deepseek") as fake:
        fake.enqueue(Answer(TEXT, reasoning="Tea."))
        async with way.client(None, **at(fake, "deepseek"), system="Be brief.") as client:
            response = await client.parse("Hi", output=Invoice)
    body = sent(fake)
    assert body["response_format"] == {"type": "json_object"}
    assert "thinking" not in body
    assert "tools" not in body
    system, user = body["messages"]
    assert system["content"].startswith("Be brief.\n\nAnswer with one JSON value")
    assert '"number"' in system["content"]
    assert user["content"] == "Hi"
    assert response.mode == "json"
    assert response.reasoning == "Tea."


@pytest.mark.parametrize("effort", ["low", "high", "max"])
async def test_no_effort_is_given_up_for_a_mode(way, effort):
    with FakeProvider(rules="deepseek") as fake:
        fake.enqueue(Answer(TEXT))
        async with way.client(None, **at(fake, "deepseek")) as client:
            response = await client.parse("Hi", output=Invoice, reasoning_effort=effort)
    assert response.mode == "json"
    assert sent(fake)["reasoning_effort"] == effort
    assert sent(fake)["thinking"] == {"type": "enabled"}


async def test_deepseek_is_made_to_call_a_tool_where_it_does_not_think(way):
    with FakeProvider(rules="deepseek") as fake:
        fake.enqueue(Answer(tool_calls=[FakeCall("Invoice", GIVEN)]), Answer("Thanks."))
        async with way.client(None, **at(fake, "deepseek")) as client:
            response = await client.parse("Hi", output=Invoice, reasoning_effort="none")
            assert response.mode == "tool"
            body = sent(fake)
            assert body["tool_choice"] == {"type": "function", "function": {"name": "Invoice"}}
            assert [tool["function"]["name"] for tool in body["tools"]] == ["Invoice"]
            assert response.output == MEANT
            # It is an answer like any other, and goes back as one.
            assert (response.finish_reason, response.tool_calls) == ("stop", ())
            assert json.loads(response.text) == GIVEN
            again = await client.chat(["Hi", response.message, "And now?"])
    assert again.text == "Thanks."
    assert "tool_calls" not in sent(fake)["messages"][1]


async def test_the_schema_is_taken_by_deepseeks_other_interface(way):
    with FakeProvider(rules="deepseek") as fake:
        fake.enqueue(Answer(TEXT))
        async with way.client(None, **at(fake, "deepseek", api="responses")) as client:
            response = await client.parse("Hi", output=Invoice)
    assert (response.mode, response.api, response.output) == ("native", "responses", MEANT)
    assert sent(fake)["text"]["format"]["schema"]["type"] == "object"


LIMITED = unillm.Fact(reason="it does not", source="a test", checked="2026-11-28")


def limited(fake: Any, *features: str, then: Any = "refuse") -> dict[str, Any]:
    profile = unillm.Profile(
        name="box", limits=tuple(unillm.Limit(f, then=then, fact=LIMITED) for f in features)
    )
    box = unillm.Provider("box", base_url=fake.base_url, api_key="k", profile=profile)
    return {"providers": [box], "model": "box:m", "retry": ONCE}


SCHEMA, OBJECT = "response_format=json_schema", "response_format=json_object"
NAMED, ANY = "tool_choice=function", "tool_choice=required"


@pytest.mark.parametrize(
    ("features", "mode", "choice"),
    [
        ([], "native", None),
        ([SCHEMA], "tool", {"type": "function", "function": {"name": "Invoice"}}),
        ([SCHEMA, NAMED], "tool", "required"),
        ([SCHEMA, NAMED, ANY], "json", None),
        ([SCHEMA, "tools"], "json", None),
        ([SCHEMA, "tools", OBJECT], "prompt", None),
        # What would be left out in silence is no way to ask.
        (["response_format", "tool_choice"], "prompt", None),
    ],
)
async def test_the_ways_come_one_after_the_other(way, fake, features, mode, choice):
    then = "drop" if "response_format" in features else "refuse"
    calls = [FakeCall("Invoice", GIVEN)] if mode == "tool" else []
    fake.enqueue(Answer(None if calls else TEXT, tool_calls=calls))
    async with way.client(None, **limited(fake, *features, then=then)) as client:
        response = await client.parse("Hi", output=Invoice)
    assert (response.mode, response.output) == (mode, MEANT)
    assert sent(fake).get("tool_choice") == choice
    assert ("response_format" in sent(fake)) == (mode in {"native", "json"})


async def test_what_no_way_helps_with_is_told_as_without_output(way, fake):
    message = unillm.UserMessage((unillm.ImagePart("data:image/png;base64,iVBORw0KGgo="),))
    async with way.client(None, **limited(fake, "image")) as client:
        with pytest.raises(unillm.UnsupportedFeatureError, match="images"):
            await client.parse([message], output=Invoice)
    assert fake.requests == []


@pytest.mark.parametrize("title", ["none", "auto", "required"])
async def test_a_name_that_says_something_else_forces_the_tool_all_the_same(way, fake, title):
    fake.enqueue(Answer(tool_calls=[FakeCall(title, {"a": "x"})]))
    schema = {"title": title, "type": "object", "properties": {"a": {"type": "string"}}}
    async with way.client(None, **limited(fake, SCHEMA)) as client:
        response = await client.parse("Hi", output=schema)
    assert sent(fake)["tool_choice"] == "required"
    assert (response.output, response.mode) == ({"a": "x"}, "tool")


# ---------------------------------------------------------------- what is made of an answer


@dataclass
class Point:
    x: int
    y: int = 0


@pytest.mark.parametrize(
    ("output", "text", "value"),
    [
        (list[Item], '{"value": [{"name": "a", "price": 1}]}', [Item(name="a", price=1)]),
        (list[Item], '[{"name": "a", "price": 1}]', [Item(name="a", price=1)]),
        (int, '{"value": 5}', 5),
        (int, "5", 5),
        (int | str, '{"value": "x"}', "x"),
        (Literal["yes", "no"], '{"value": "no"}', "no"),
        (Item | Point, '{"value": {"x": 1}}', Point(1)),
        (Point, '{"x": 1}', Point(1)),
        (str, '{"value": "text"}', "text"),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, '{"a": 1}', {"a": 1}),
        ({"type": "array", "items": {"type": "integer"}}, '{"value": [1]}', [1]),
        # The type decides, and takes more than its schema says.
        (Point, '{"x": "yes"}', None),
        (bool, '{"value": "yes"}', True),
    ],
)
async def test_any_type_can_be_asked_for(way, fake, output, text, value):
    if value is None:
        assert "x" in (await refused(way, fake, Answer(text), output=output, retries=0)).path
        return
    response = await parsed(way, fake, Answer(text), output=output)
    assert response.output == value
    assert type(response.output) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TEXT}\n```",
        f"Here it is:\n\n{TEXT}\n\nAnything else?",
        TEXT[:-1] + ",}",
        TEXT.replace('"', "'"),
        TEXT.replace("2.5", '"2.5"'),
        f"<think>Tea.</think>{TEXT}",
        f"{TEXT}{TEXT}",
    ],
    ids=["fenced", "prose", "comma", "quotes", "coerced", "thought", "twice"],
)
async def test_what_has_one_reading_is_repaired_and_told(way, fake, text):
    response = await parsed(way, fake, Answer(text), retries=0)
    assert response.output == MEANT
    assert response.repairs
    assert json.loads(unillm_replay(text, response.repairs)) == GIVEN
    assert response.text == text
    assert f"repairs={len(response.repairs)}" in repr(response)


def unillm_replay(text: str, repairs: Any) -> str:
    from unillm.repair import replay

    return replay(text, repairs)


TWINS = {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/one"}}
ONE = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({**ONE, "minProperties": 1}, '{"a": null}'),
        ({**TWINS, "$defs": {"one": ONE}}, '{"value": [{"a": null}, {}]}'),
    ],
    ids=["few", "twins"],
)
async def test_what_does_not_fit_once_nulls_are_out_of_it_is_refused(way, fake, schema, text):
    error = await refused(way, fake, Answer(text), output=schema, retries=0)
    assert "it is not JSON" not in str(error)


async def test_a_schema_that_counts_properties_is_not_made_to_have_them_all(way, fake):
    schema = {**ONE, "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    schema["maxProperties"] = 1
    response = await parsed(way, fake, Answer('{"a": "x"}'), output=schema)
    assert sent(fake)["response_format"]["json_schema"]["strict"] is False
    assert response.output == {"a": "x"}


async def test_what_is_good_is_not_touched(way, fake):
    text = ' {"number":"1","items":[ ],"currency":"USD"}\n'
    response = await parsed(way, fake, Answer(text))
    assert response.repairs == ()
    assert response.output == Invoice(number="1", items=[], currency="USD")


@pytest.mark.parametrize(
    ("text", "reason", "path"),
    [
        ("I cannot say.", "not JSON", ()),
        (TEXT.replace("2.5", "-1"), "items.0.price", ("items", 0, "price")),
        (TEXT.replace("2.5", "NaN"), "", ()),
        (TEXT.replace("2.5", '"cheap"'), "items.0.price", ("items", 0, "price")),
        (TEXT.replace('"number"', '"nr"'), "number", ()),
        (f'{TEXT} or {TEXT.replace("tea", "milk")}', "not JSON", ()),
        ("[]", "object", ()),
        ("null", "object", ()),
        ('"text"', "object", ()),
    ],
    ids=["prose", "constraint", "nan", "type", "missing", "two", "list", "null", "string"],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_with_its_place(way, fake, text, reason, path):
    error = await refused(way, fake, Answer(text), retries=0)
    (tried,) = error.tries
    assert reason in tried.reason
    assert reason in str(error)
    assert "Invoice" in str(error)
    assert tried.text == text
    assert tried.path == error.path
    assert path in {(), tried.path}
    assert error.response.text == error.partial.text == text
    assert tried.usage == error.response.usage
    assert len(error.attempts) == 1


class Picky(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def known(cls, name: str) -> str:
        if name == "crash":
            raise LookupError("no such name")
        if name != name.upper():
            raise ValueError("write it in capitals")
        return name


class Lazy(BaseModel):
    numbers: Iterable[int]


@pytest.mark.parametrize(
    ("output", "text", "path"),
    [
        (Iterable[int], '{"value": ["a"]}', (0,)),
        (Lazy, '{"numbers": [1, "a"]}', ("numbers", 1)),
        (list[Lazy], '{"value": [{"numbers": ["a"]}]}', (0, "numbers", 0)),
    ],
    ids=["itself", "field", "within"],
)
async def test_what_is_checked_only_when_it_is_read_is_held_against_its_schema(
    way, fake, output, text, path
):
    assert (await refused(way, fake, Answer(text), output=output, retries=0)).path == path
    response = await parsed(way, fake, Answer(text.replace('"a"', "2")), output=output)
    assert response.output


async def test_validators_of_the_users_own_are_heard(way, fake):
    bad, good = Answer('{"name": "ada"}'), Answer('{"name": "ADA"}')
    response = await parsed(way, fake, bad, good, output=Picky)
    assert response.output == Picky(name="ADA")
    assert "capitals" in sent(fake)["messages"][-1]["content"]


async def test_whatever_a_validator_raises_it_is_our_error(way, fake):
    error = await refused(way, fake, Answer('{"name": "crash"}'), output=Picky, retries=0)
    assert "LookupError" in str(error)
    assert isinstance(error.__cause__, LookupError)


async def test_repair_does_what_its_policy_says(way, fake):
    off = unillm.RepairPolicy("off")
    error = await refused(way, fake, Answer(TEXT[:-1] + ",}"), retries=0, repair=off)
    assert "not JSON" in str(error)


async def test_what_loses_data_is_refused_whatever_the_level(way, fake):
    salvage = unillm.RepairPolicy("salvage")
    error = await refused(way, fake, Answer(TEXT[:-3]), retries=0, repair=salvage)
    assert error.tries[0].text == TEXT[:-3]


async def test_nothing_at_all_is_asked_for_again_where_nobody_asked_for_json(way, fake):
    fake.enqueue(Answer(" "), Answer(TEXT))
    async with way.client(None, **limited(fake, SCHEMA, "tools", OBJECT)) as client:
        response = await client.parse("Hi", output=Invoice)
    assert (response.output, response.mode) == (MEANT, "prompt")
    assert "empty" in sent(fake)["messages"][-1]["content"]


# ---------------------------------------------------------------- asking again


async def test_the_model_is_told_what_was_wrong(way, fake):
    wrong = TEXT.replace("2.5", "-1")
    response = await parsed(way, fake, Answer(wrong, reasoning="Hm."), Answer(TEXT))
    assert response.output == MEANT
    first, second = sent(fake, 0), sent(fake)
    assert second["messages"][: len(first["messages"])] == first["messages"]
    said, told = second["messages"][len(first["messages"]) :]
    assert (said["role"], said["content"]) == ("assistant", wrong)
    assert told["role"] == "user"
    assert "items.0.price" in told["content"]
    assert '"exclusiveMinimum":0' in told["content"]
    assert second["response_format"] == first["response_format"]
    assert [attempt.outcome for attempt in response.attempts] == ["error", "ok"]
    assert "OutputValidationError" in response.attempts[0].error


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_it_is_asked_again_as_often_as_said(way, fake, retries):
    answers = [Answer(f"No. {number}") for number in range(6)]
    error = await refused(way, fake, *answers, retries=retries)
    assert len(fake.requests) == len(error.tries) == len(error.attempts) == retries + 1
    assert [tried.text for tried in error.tries] == [f"No. {n}" for n in range(retries + 1)]
    assert all(tried.usage for tried in error.tries)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(TEXT[:20], finish_reason="length"), "max_tokens"),
        (Answer("", finish_reason="length"), "max_tokens"),
        (Answer(TEXT[:20], finish_reason="content_filter"), "content filter"),
        (Answer(refusal="I will not."), "I will not."),
    ],
    ids=["cut", "nothing", "filtered", "refused"],
)
async def test_what_would_come_again_is_not_asked_for_again(way, fake, answer, said):
    error = await refused(way, fake, answer, Answer(TEXT), retries=3)
    assert said in str(error)
    assert len(fake.requests) == 1


async def test_an_answer_that_is_whole_stands_however_it_ended(way, fake):
    response = await parsed(way, fake, Answer(TEXT, finish_reason="length"))
    assert response.output == MEANT
    assert response.finish_reason == "length"


async def test_a_number_that_may_be_cut_does_not_stand(way, fake):
    error = await refused(way, fake, Answer("12", finish_reason="length"), output=int)
    assert "max_tokens" in str(error)


async def test_an_empty_answer_is_a_matter_of_the_retry_policy(way, fake):
    fake.enqueue(Answer(""), Answer(TEXT))
    async with way.client(fake, retry=QUICK) as client:
        response = await client.parse("Hi", output=Invoice, retries=0)
    assert response.output == MEANT


async def test_a_tool_call_is_corrected_as_a_call(way):
    with FakeProvider(rules="deepseek") as fake:
        bad = {**GIVEN, "items": [{"name": "tea", "price": -1}]}
        for wrong in (bad, {"number": "A"}, "{"):
            fake.enqueue(Answer(tool_calls=[FakeCall("Invoice", wrong)]))
            fake.enqueue(Answer(tool_calls=[FakeCall("Invoice", GIVEN)]))
            async with way.client(None, **at(fake, "deepseek")) as client:
                response = await client.parse("Hi", output=Invoice, reasoning_effort="none")
            assert response.output == MEANT
            said, told = sent(fake)["messages"][-2:]
            assert told["role"] == "tool"
            assert told["tool_call_id"] == said["tool_calls"][0]["id"]
            assert "cannot be used" in told["content"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(TEXT),
        Answer("So be it.", tool_calls=[FakeCall("Invoice", GIVEN)]),
        Answer(tool_calls=[FakeCall("Invoice", TEXT[:-1] + ",}")]),
        Answer(f'<tool_call>{{"name": "Invoice", "arguments": {TEXT}}}</tool_call>'),
    ],
    ids=["text", "both", "broken", "leaked"],
)
async def test_what_a_forced_tool_may_be_answered_with(way, answer):
    with FakeProvider(rules="deepseek") as fake:
        fake.enqueue(answer)
        async with way.client(None, **at(fake, "deepseek")) as client:
            response = await client.parse("Hi", output=Invoice, reasoning_effort="none")
    assert response.output == MEANT
    assert (response.tool_calls, response.invalid_tool_calls) == ((), ())
    assert TEXT[:-1] in response.text


async def test_two_outputs_are_none(way):
    with FakeProvider(rules="deepseek") as fake:
        other = {**GIVEN, "number": "B"}
        calls = [FakeCall("Invoice", GIVEN), FakeCall("Invoice", other)]
        fake.enqueue(Answer(tool_calls=calls))
        async with way.client(None, **at(fake, "deepseek")) as client:
            with pytest.raises(unillm.OutputValidationError, match="2 outputs"):
                await client.parse("Hi", output=Invoice, reasoning_effort="none", retries=0)


async def test_a_call_of_nothing_that_was_offered_is_no_answer(way, fake):
    calls = Answer(tool_calls=[FakeCall("look", {"a": 1})])
    response = await parsed(way, fake, calls, Answer(TEXT))
    assert response.output == MEANT
    assert sent(fake)["messages"][-2]["role"] == "tool"
    assert "not offered" in sent(fake)["messages"][-1]["content"]


async def test_if_asking_again_fails_the_first_trouble_is_told(way, fake):
    error = await refused(way, fake, Answer("no"), faults.get("status-503"), Answer(TEXT))
    assert isinstance(error.__cause__, unillm.OverloadedError)
    assert len(error.tries) == 1
    assert len(error.attempts) == 2


async def test_the_error_survives_pickling_and_a_notebook(way, fake):
    error = await refused(way, fake, Answer("no"), retries=0)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.tries) == (str(error), error.tries)
    assert "no" in error._repr_markdown_()


# ---------------------------------------------------------------- streams


async def test_a_stream_shows_the_output_grow(way, fake):
    fake.enqueue(Answer(TEXT, pace=0.03))
    names: list[Any] = []
    async with way.client(fake) as client, client.stream("Hi", output=Invoice) as stream:
        events = []
        async for event in stream:
            events.append(event)
            if isinstance(event, OutputDelta) and event.partial is not None:
                assert isinstance(event.partial, Invoice)
                names.append(event.partial.number)
    assert isinstance(stream.response, ParsedResponse)
    assert stream.response.output == MEANT
    deltas = [event for event in events if isinstance(event, OutputDelta)]
    assert deltas[-1].partial == MEANT
    assert deltas[0].partial is deltas[-1].partial
    texts = [event.text for event in events if isinstance(event, TextDelta)]
    assert "".join(texts) == "".join(delta.fragment for delta in deltas) == TEXT
    assert events[-1] == unillm.Finished(stream.response)
    assert names[0] is None or names[0] == ""
    assert names[-1] == "A1"
    match deltas[-1]:
        case OutputDelta(partial):
            assert partial == MEANT


async def test_stream_and_parse_give_the_same(way, fake):
    fake.enqueue(Answer(TEXT), Answer(TEXT))
    async with way.client(fake) as client:
        whole = await client.parse("Hi", output=Invoice)
        async with client.stream("Hi", output=Invoice) as stream:
            await read_all(stream)
    one, other = timeless(whole), timeless(stream.response)
    assert {f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)} <= {
        "id",
        "request_id",
        "attempts",
    }


async def test_a_tool_is_shown_as_the_text_it_stands_for(way):
    with FakeProvider(rules="deepseek") as fake:
        fake.enqueue(Answer(tool_calls=[FakeCall("Invoice", GIVEN)]))
        async with (
            way.client(None, **at(fake, "deepseek")) as client,
            client.stream("Hi", output=Invoice, reasoning_effort="none") as stream,
        ):
            events = await read_all(stream)
    kinds = {type(event) for event in events}
    assert kinds == {TextDelta, OutputDelta, unillm.Finished}
    assert [e for e in events if isinstance(e, OutputDelta)][-1].partial == MEANT
    texts = [event.text for event in events if isinstance(event, TextDelta)]
    assert "".join(texts) == stream.response.text


async def test_a_stream_begins_anew_after_an_answer_that_does_not_fit(way, fake):
    fake.enqueue(Answer(TEXT.replace("2.5", "-1")), Answer(TEXT))
    async with way.client(fake) as client, client.stream("Hi", output=Invoice) as stream:
        events = await read_all(stream)
    (restart,) = [at for at, event in enumerate(events) if isinstance(event, StreamRestarted)]
    assert "items.0.price" in events[restart].reason
    before = [event for event in events[:restart] if isinstance(event, OutputDelta)]
    after = [event for event in events[restart:] if isinstance(event, OutputDelta)]
    assert before[-1].partial.items[0].price == -1
    assert after[-1].partial == stream.response.output == MEANT
    assert [attempt.outcome for attempt in stream.response.attempts] == ["error", "ok"]


async def read_into(seen: Any, stream: Any) -> None:
    """Read a stream that raises at its end."""
    async with stream:
        async for event in stream:
            seen.append(event)


async def test_a_stream_that_fails_has_shown_what_came(way, fake):
    fake.enqueue(Answer("It is: " + TEXT[:30]))
    seen = []
    async with way.client(fake) as client:
        with pytest.raises(unillm.OutputValidationError) as caught:
            await read_into(seen, client.stream("Hi", output=Invoice, retries=0))
    assert caught.value.tries[0].text == "It is: " + TEXT[:30]
    assert isinstance(seen[-1], OutputDelta)
    assert seen[-1].partial.number == "A1"


async def test_a_stream_that_breaks_off_has_shown_what_came(way, fake):
    fake.enqueue(faults.get("cut-in-text"))
    seen: list[Any] = []
    async with way.client(fake, retry=ONCE) as client:
        stream = client.stream("Hi", output=Invoice)
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            await read_into(seen, stream)
    assert caught.value.partial == stream.partial
    assert any(isinstance(event, OutputDelta) for event in seen)


async def test_leaving_early_frees_the_connection(way, fake):
    fake.enqueue(Answer(TEXT, pace=0.05))
    async with way.client(fake) as client:
        async with client.stream("Hi", output=Invoice) as stream:
            async for event in stream:
                if isinstance(event, OutputDelta) and event.partial is not None:
                    break
        await way.settles(fake, connections=0)
        with pytest.raises(unillm.InvalidRequestError, match="without a whole answer"):
            _ = stream.response


async def test_an_event_is_a_value(way, fake):
    fake.enqueue(Answer(TEXT))
    async with way.client(fake) as client, client.stream("Hi", output=Invoice) as stream:
        (first, *_) = [e for e in await read_all(stream) if isinstance(e, OutputDelta)]
    for copied in (pickle.loads(pickle.dumps(first)), OutputDelta.from_json(first.to_json())):
        assert copied == first
        assert copied.partial is None
    assert first.to_dict() == {"fragment": first.fragment}


# ---------------------------------------------------------------- the response


async def test_the_response_is_a_value(way, fake):
    response = await parsed(way, fake, Answer(TEXT))
    assert issubclass(type(response), unillm.ChatResponse)
    again = ParsedResponse.from_json(response.to_json())
    assert again.output == json.loads(response.output.model_dump_json())
    assert again.mode == "native"
    assert Invoice.model_validate(again.output) == MEANT
    assert again.attempts == response.attempts
    assert response.to_dict()["output"]["number"] == "A1"
    assert repr(response).startswith("ParsedResponse(Invoice(number='A1'")
    assert "A1" in response._repr_markdown_()


class Aliased(BaseModel):
    full_name: str = Field(alias="fullName")


async def test_it_is_written_in_the_words_of_its_schema(way, fake):
    response = await parsed(way, fake, Answer('{"fullName": "Ada"}'), output=Aliased)
    again = ParsedResponse.from_json(response.to_json())
    assert again.output == response.to_dict()["output"] == {"fullName": "Ada"}
    assert Aliased.model_validate(again.output) == response.output


@pytest.mark.parametrize("text", [TEXT, f"```json\n{TEXT}\n```", f"Here: {TEXT[:-1]},}}"])
async def test_what_was_kept_becomes_its_type_again(way, fake, text):
    response = await parsed(way, fake, Answer(text))
    kept = ParsedResponse.from_json(response.to_json())
    again = read_again(kept, OutputGiven(Invoice))
    assert again.output == response.output
    assert again == response
    with pytest.raises(unillm.InvalidRequestError, match="list"):
        read_again(kept, OutputGiven(list[int]))


async def test_a_fake_gives_what_is_asked_for(way, host):
    name, fake = host
    async with way.client(None, **at(fake, name)) as client:
        for effort in ("high", "none") if name == "deepseek" else ("high",):
            response = await client.parse("Hi", output=Invoice, reasoning_effort=effort)
            assert isinstance(response.output, Invoice)
            assert len(response.attempts) == 1


async def test_observers_are_told_of_it(way, fake):
    records: list[unillm.Record] = []
    response = await parsed(way, fake, Answer("no"), Answer(TEXT), observers=[records.append])
    (record,) = records
    assert record.response == response
    assert len(record.attempts) == 2


# ---------------------------------------------------------------- beside tools


def look(city: str) -> str:
    """Look up the weather."""
    return city


async def turn(way: Any, fake: Any, *answers: Any, **options: Any) -> Any:
    """Do what one turn of a run does: a call with tools and an output."""
    fake.enqueue(*answers)
    kind: Any = unillm.Client if way.is_sync else unillm.AsyncClient
    client = kind(**{**at(fake, "openai"), **options})
    call = Call("Hi", None, None, [look], {}, stream=False, output=OutputGiven(Invoice, 1))
    try:
        running = client._driver(call).run()
        return running if way.is_sync else await running
    finally:
        closing = client.close()
        if not way.is_sync:
            await closing


async def test_beside_tools_a_call_is_no_answer_yet(way, fake):
    called = Answer(tool_calls=[FakeCall("look", {"city": "Paris"})])
    response = await turn(way, fake, called)
    assert type(response) is unillm.ChatResponse
    assert [call.name for call in response.tool_calls] == ["look"]
    body = sent(fake)
    assert body["text"]["format"]["type"] == "json_schema"
    assert [tool["name"] for tool in body["tools"]] == ["look"]


async def test_beside_tools_an_answer_is_the_output(way, fake):
    response = await turn(way, fake, Answer("no"), Answer(TEXT))
    assert (response.output, response.mode) == (MEANT, "native")


async def test_beside_tools_nobody_is_made_to_call(way, fake):
    response = await turn(way, fake, Answer(TEXT), **limited(fake, SCHEMA))
    assert (response.output, response.mode) == (MEANT, "json")
    assert "tool_choice" not in sent(fake)
    assert "Call tools as you need them" in sent(fake)["messages"][0]["content"]


@pytest.mark.parametrize("name", ["vllm", "sglang", "llamacpp"])
async def test_beside_tools_no_host_is_asked_for_what_keeps_its_model_from_calling(way, name):
    with FakeProvider(rules=name) as host:
        host.enqueue(Answer(tool_calls=[FakeCall("look", {"city": "Paris"})]), Answer(TEXT))
        provider = unillm.Provider(name, base_url=host.base_url, api_key="k")
        async with way.client(None, providers=[provider], model=f"{name}:m", retry=ONCE) as client:
            run = await client.run("Hi", tools=[look], output=Invoice)
            with pytest.raises(unillm.UnsupportedFeatureError, match="JSON beside tools"):
                await client.chat("Hi", tools=[look], response_format={"type": "json_object"})
            host.enqueue(Answer(TEXT))
            alone = await client.parse("Hi", output=Invoice)
        assert all(request.ignored == () for request in host.requests)
    assert (run.output, run.turns[-1].mode) == (MEANT, "prompt")
    assert alone.mode == "native"


async def test_beside_tools_calls_are_asked_for_again_as_repair_says(way, fake):
    bad = Answer(tool_calls=[FakeCall("look", {"town": 1})])
    with pytest.raises(unillm.ToolArgumentsError):
        await turn(way, fake, bad)
    twice = {"repair": unillm.RepairPolicy(reask=1)}
    response = await turn(way, fake, bad, Answer("no"), Answer(TEXT), **twice)
    assert response.output == MEANT
    assert [attempt.outcome for attempt in response.attempts] == ["error", "error", "ok"]
    kept = await turn(way, fake, bad, on_invalid_tool_call="return")
    assert type(kept) is unillm.ChatResponse
    assert len(kept.invalid_tool_calls) == 1


# ---------------------------------------------------------------- what cannot be meant


class Empty(BaseModel):
    pass


class Plain:
    pass


def never_called(path: str) -> str:
    raise AssertionError(path)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (None, "None"),
        ({}, "takes anything"),
        ({"title": "X"}, "takes anything"),
        ({"city": "str"}, "'city' is no keyword of JSON Schema. Write {'type': 'object'"),
        ({"name": "x", "schema": {"type": "object"}}, "Give the schema alone"),
        (Any, "takes anything"),
        (object, "object"),
        (Empty, "Empty has no fields"),
        (Plain, "Plain"),
        (list[Plain], "Plain"),
        (MEANT, "class Invoice"),
        ("Invoice", "'Invoice'"),
        ([Invoice], "JSON Schema"),
        ({"type": "nonsense"}, "nonsense"),
        ({"type": object()}, "JSON"),
        (len, "function len"),
        (never_called, "function never_called"),
        (functools.partial(never_called), "function partial"),
    ],
)  # fmt: skip
async def test_what_is_no_output_is_refused(way, fake, output, said):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match=said):
            await client.parse("Hi", output=output)
    assert fake.requests == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"extra_body": {"response_format": {"type": "text"}}}, "response_format"),
        ({"extra_body": {"tools": []}}, "tools"),
        ({"retries": -1}, "retries"),
        ({"retries": True}, "retries"),
        ({"retries": "2"}, "retries"),
        ({"tools": [len]}, "client.run"),
    ],
)
async def test_what_would_contradict_is_refused(way, fake, options, said):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match=said):
            await client.parse("Hi", output=Invoice, **options)
        with pytest.raises(unillm.InvalidRequestError, match=said):
            async with client.stream("Hi", output=Invoice, **options):
                pass
    assert fake.requests == []


async def test_chat_says_where_output_belongs(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match="parse"):
            await client.chat("Hi", output=Invoice)

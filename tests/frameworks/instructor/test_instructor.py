"""instructor over the drop-in: types of answers, re-asks, partial answers, errors and costs."""

import asyncio
import json
from collections.abc import Iterable
from decimal import Decimal

import instructor
import openai
import pytest
import tenacity
from instructor import Mode
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from pydantic import BaseModel, field_validator

import unillm
from tests.frameworks.conftest import MODEL
from tests.frameworks.pages import run_page
from unillm.integrations.openai import openai_client
from unillm.testing import Answer, FakeCall, faults

ASKED = [{"role": "user", "content": "Describe Paris, as json: ¡olé! 🌍"}]
SAID = '{"name": "Paris", "rivers": ["Seine", "Bièvre"]}'
EMPTY = '{"name": "Paris", "rivers": []}'
ONCE = unillm.RetryPolicy(max_attempts=1)


class City(BaseModel):
    name: str
    rivers: list[str]

    @field_validator("rivers")
    @classmethod
    def _has_some(cls, rivers):
        if not rivers:
            raise ValueError("name at least one")
        return rivers


PARIS = {"name": "Paris", "rivers": ["Seine", "Bièvre"]}
BY_CALL = (Mode.TOOLS, Mode.RESPONSES_TOOLS)
BY_TEXT = (Mode.JSON, Mode.MD_JSON, Mode.JSON_SCHEMA)
MODES = pytest.mark.parametrize("mode", [*BY_CALL, *BY_TEXT], ids=lambda mode: mode.name)


def provider(fake, mode):
    """DeepSeek; it takes schemas of answers over its Responses API alone."""
    over = {"api": "responses"} if mode in (Mode.JSON_SCHEMA, Mode.RESPONSES_TOOLS) else {}
    return unillm.Provider("deepseek", base_url=f"{fake.url}/beta", api_key="test", **over)


def answer(mode, text=SAID, name="City", **more):
    """Return an answer as a mode wants it."""
    if mode in BY_CALL:
        return Answer(tool_calls=[FakeCall(name, text, "call_1")], **more)
    return Answer(f"```json\n{text}\n```" if mode is Mode.MD_JSON else text, **more)


@pytest.fixture
def made(fake):
    """Make a client of instructor."""
    opened = []

    def make(mode, **options):
        options = {"rewrite": ("tool_choice",), "retry": ONCE, **options}
        client = unillm.Client(providers=[provider(fake, mode)], **options)
        opened.extend([client, openai_client(client)])
        return instructor.from_openai(opened[-1], mode=mode)

    yield make
    for client in opened:
        client.close()


@MODES
def test_an_answer_its_thinking_and_what_it_cost(fake, made, mode):
    records = []
    fake.enqueue(answer(mode, reasoning="Hm."))
    city, completion = made(mode, observers=[records.append]).create_with_completion(
        model=MODEL, response_model=City, messages=ASKED
    )
    assert city.model_dump() == PARIS
    assert Decimal(completion.unillm["cost"]["total"]) == records[0].cost.total
    assert completion.usage.cost == float(records[0].cost.total)
    if mode is Mode.RESPONSES_TOOLS:
        assert completion.output[0].summary[0].text == "Hm."
    elif mode is not Mode.JSON_SCHEMA:
        assert completion.choices[0].message.reasoning_content == "Hm."
    assert ASKED[0]["content"] in fake.requests[0].messages[-1]["content"]
    assert len(fake.requests) == 1


@MODES
def test_what_does_not_fit_is_asked_for_again(fake, made, mode):
    fake.enqueue(answer(mode, EMPTY, reasoning="Rivers?"), answer(mode))
    asked = {"model": MODEL, "response_model": City, "messages": ASKED}
    city, completion = made(mode).create_with_completion(**asked)
    assert city.model_dump() == PARIS
    assert completion.usage is not None
    assert len(fake.requests) == 2
    again = fake.requests[1].messages
    assert "name at least one" in again[-1]["content"]
    if mode is Mode.TOOLS:
        assert again[-2]["tool_calls"][0]["id"] == "call_1"
        # instructor has dropped it: put back by the client that made the call.
        assert again[-2]["reasoning_content"] == "Rivers?"


@pytest.mark.parametrize("mode", BY_CALL, ids=lambda mode: mode.name)
def test_arguments_with_one_reading_are_not_asked_for_again(fake, made, mode):
    fake.enqueue(answer(mode, "{'name': 'Paris', 'rivers': 'Seine'}"))
    city, completion = made(mode).create_with_completion(
        model=MODEL, response_model=City, messages=ASKED
    )
    assert city.model_dump() == {"name": "Paris", "rivers": ["Seine"]}
    assert {edit["rule"] for edit in completion.unillm["repairs"]["call_1"]}
    assert len(fake.requests) == 1


def test_a_call_that_was_cut_is_an_error_or_asked_for_again_by_unillm(fake, made):
    cut = answer(Mode.TOOLS, '{"name": "Par')
    fake.enqueue(cut)
    with pytest.raises(InstructorRetryException) as raised:
        made(Mode.TOOLS).create(model=MODEL, response_model=City, messages=ASKED)
    assert isinstance(raised.value.__cause__.__cause__, unillm.ToolArgumentsError)
    assert len(fake.requests) == 1
    fake.enqueue(cut, answer(Mode.TOOLS))
    again = made(Mode.TOOLS, repair=unillm.RepairPolicy(reask=1))
    city = again.create(model=MODEL, response_model=City, messages=ASKED)
    assert city.model_dump() == PARIS


def test_the_forced_call_is_refused_unless_it_may_be_rewritten(fake, made):
    with pytest.raises(InstructorRetryException, match="tool_choice") as raised:
        made(Mode.TOOLS, rewrite=()).create(model=MODEL, response_model=City, messages=ASKED)
    assert isinstance(raised.value.__cause__.__cause__, unillm.UnsupportedFeatureError)
    assert fake.requests == []


def test_several_calls(fake, made):
    calls = [FakeCall("City", SAID, "a"), FakeCall("City", SAID, "b")]
    fake.enqueue(Answer(tool_calls=calls))
    found = made(Mode.PARALLEL_TOOLS).create(
        model=MODEL, response_model=Iterable[City], messages=ASKED
    )
    assert [city.model_dump() for city in found] == [PARIS, PARIS]


@MODES
def test_partial_answers(fake, made, mode):
    fake.enqueue(answer(mode, name="PartialCity", reasoning="Hm."))
    grown = list(made(mode).create_partial(model=MODEL, response_model=City, messages=ASKED))
    assert grown[-1].model_dump() == PARIS
    if mode in BY_CALL:
        assert len(grown) == 1  # the call is held back until it is complete and valid
    else:
        assert grown[0].name is None
        assert len(grown) > 2


@MODES
def test_many_answers_in_a_stream(fake, made, mode):
    fake.enqueue(answer(mode, f'{{"tasks": [{SAID}, {SAID}]}}', name="IterableCity"))
    found = made(mode).create_iterable(model=MODEL, response_model=City, messages=ASKED)
    assert [city.model_dump() for city in found] == [PARIS, PARIS]


@pytest.mark.parametrize("mode", [Mode.TOOLS, Mode.RESPONSES_TOOLS, Mode.JSON])
@pytest.mark.parametrize(
    ("fault", "raised_as"),
    [
        ("status-429", (openai.RateLimitError, unillm.RateLimitError)),
        ("status-400-context-length", (openai.BadRequestError, unillm.ContextLengthError)),
        ("cut-in-text", (openai.APIConnectionError, unillm.IncompleteStreamError)),
    ],
)
def test_errors_are_not_tried_again(fake, made, mode, fault, raised_as):
    theirs, ours = raised_as
    fake.enqueue(*[faults.get(fault)] * 4)
    with pytest.raises(InstructorRetryException) as raised:
        made(mode).create(model=MODEL, response_model=City, messages=ASKED)
    assert isinstance(raised.value.__cause__, theirs)
    assert isinstance(raised.value.__cause__.__cause__, ours)
    assert len(fake.requests) == 1


def test_a_retrying_object_of_ones_own_multiplies(fake, made):
    fake.enqueue(*[faults.get("status-429")] * 4)
    retrying = tenacity.Retrying(stop=tenacity.stop_after_attempt(3), reraise=True)
    with pytest.raises(InstructorRetryException):
        made(Mode.TOOLS).create(
            model=MODEL, response_model=City, messages=ASKED, max_retries=retrying
        )
    assert len(fake.requests) == 3


def test_nobody_listens(fake, made):
    client = made(Mode.TOOLS)
    fake.stop()
    with pytest.raises(InstructorRetryException) as raised:
        client.create(model=MODEL, response_model=City, messages=ASKED)
    assert isinstance(raised.value.__cause__, openai.APIConnectionError)
    assert isinstance(raised.value.__cause__.__cause__, unillm.ConnectError)


def test_a_partial_answer_that_breaks_off(fake, made):
    fake.enqueue(faults.get("cut-in-text"))
    with pytest.raises(InstructorRetryException) as raised:
        list(made(Mode.MD_JSON).create_partial(model=MODEL, response_model=City, messages=ASKED))
    assert isinstance(raised.value.__cause__.__cause__, unillm.IncompleteStreamError)


@pytest.mark.parametrize("mode", [Mode.TOOLS, Mode.JSON])
def test_an_answer_at_its_limit(fake, made, mode):
    fake.enqueue(Answer('{"name": "Par', finish_reason="length"))
    with pytest.raises(IncompleteOutputException):
        made(mode).create(model=MODEL, response_model=City, messages=ASKED)
    assert len(fake.requests) == 1


def test_async_through_several_loops(fake):
    client = unillm.AsyncClient(providers=[provider(fake, Mode.JSON)])
    made = instructor.from_openai(openai_client(client), mode=Mode.JSON)

    async def main():
        fake.enqueue(answer(Mode.JSON), answer(Mode.JSON))
        asked = {"model": MODEL, "response_model": City, "messages": ASKED}
        city = await made.create(**asked)
        return city.model_dump(), [part.name async for part in made.create_partial(**asked)][-1]

    for _ in range(2):
        assert asyncio.run(main()) == (PARIS, "Paris")
    asyncio.run(client.close())


def test_leaving_a_partial_answer_closes_what_is_behind(fake):
    long = json.dumps({"name": "Paris", "rivers": ["Seine"] * 400})

    async def main():
        async with unillm.AsyncClient(providers=[provider(fake, Mode.JSON)]) as client:
            made = instructor.from_openai(openai_client(client), mode=Mode.JSON)
            fake.enqueue(Answer(long, pace=0.02))
            seen = asyncio.Event()

            async def read():
                asked = {"model": MODEL, "response_model": City, "messages": ASKED}
                async for _ in made.create_partial(**asked):
                    seen.set()

            task = asyncio.create_task(read())
            await seen.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert fake.wait(in_flight=0)
    assert [served.left_early for served in fake.served] == [True]


@pytest.mark.usefixtures("reader")
def test_the_page():
    run_page("instructor")

"""Structured output: unillm's own way, and LangChain's three."""

from __future__ import annotations

import json
from typing import Annotated, TypedDict

import langchain_core.exceptions as theirs
import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.caches import InMemoryCache
from pydantic import BaseModel, Field, SecretStr, field_validator

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import Answer, FakeProvider

MODEL = "deepseek:deepseek-v4-pro"
PARIS = {"name": "Paris", "rivers": ["Seine"]}
TEXT = json.dumps(PARIS)


class City(BaseModel):
    """A city."""

    name: str
    rivers: list[str]

    @field_validator("name")
    @classmethod
    def capital(cls, name: str) -> str:
        if name != name.title():
            raise ValueError("a name begins with a capital letter")
        return name


class CityDict(TypedDict):
    """A city."""

    name: Annotated[str, ..., "its name"]
    rivers: Annotated[list[str], ..., "what flows there"]


SCHEMAS = {"class": City, "typed dict": CityDict, "schema": City.model_json_schema()}


@pytest.fixture
def model(client):
    return ChatUnillm(model=MODEL, client=client)


def is_paris(found, schema) -> bool:
    return found == (City(**PARIS) if schema is City else PARIS)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_the_strictest_way_of_the_host_is_taken(model, fake, schema) -> None:
    fake.enqueue(TEXT, f"```json\n{TEXT}\n```")
    structured = model.with_structured_output(schema)
    assert is_paris(structured.invoke("Paris?"), schema)
    assert is_paris(list(structured.stream("Paris?"))[-1], schema)
    assert fake.requests[0].fields["response_format"] == {"type": "json_object"}


class Login(BaseModel):
    """A login; written as JSON, its instances are not what they were."""

    user: str = Field(alias="userName")
    password: SecretStr


@pytest.mark.parametrize("version", [None, "v1"])
def test_an_instance_is_the_one_that_was_made(client, fake, version) -> None:
    fake.enqueue(*[json.dumps({"userName": "ann", "password": "secret"})] * 2)
    model = ChatUnillm(model=MODEL, client=client, output_version=version)
    structured = model.with_structured_output(Login)
    for found in (structured.invoke("Ann?"), *structured.stream("Ann?")):
        assert found.password.get_secret_value() == "secret"


async def test_async_and_in_a_batch(deepseek, fake) -> None:
    fake.enqueue(*[TEXT] * 3)
    client = unillm.AsyncClient(providers=[deepseek])
    structured = ChatUnillm(model=MODEL, client=client).with_structured_output(City)
    assert await structured.ainvoke("Paris?") == City(**PARIS)
    assert [one async for one in structured.astream("Paris?")] == [City(**PARIS)]
    assert await structured.abatch(["Paris?"]) == [City(**PARIS)]
    await client.close()


@pytest.mark.parametrize("streamed", [False, True])
def test_what_does_not_fit_is_asked_for_again(model, fake, streamed) -> None:
    bad = json.dumps({**PARIS, "name": "paris"})  # only the class' own validator sees it
    fake.enqueue(bad, TEXT)
    structured = model.with_structured_output(City, include_raw=True)
    found = list(structured.stream("Paris?")) if streamed else [structured.invoke("Paris?")]
    merged = {key: value for part in found for key, value in part.items()}
    assert merged["parsed"] == City(**PARIS)
    assert merged["parsing_error"] is None
    told = merged["raw"].response_metadata["unillm"]
    assert [attempt["role"] for attempt in told["attempts"]] == ["first", "reask"]
    assert "capital letter" in fake.requests[1].messages[-1]["content"]


def test_what_never_fits_is_an_error_of_both(model, fake) -> None:
    fake.enqueue("Paris!", "Paris!")
    with pytest.raises(theirs.OutputParserException) as caught:
        model.with_structured_output(City).invoke("Paris?")
    assert isinstance(caught.value, unillm.OutputValidationError)
    assert caught.value.llm_output == "Paris!"
    assert type(caught.value.__cause__) is unillm.OutputValidationError


@pytest.mark.parametrize("streamed", [False, True])
def test_or_stands_beside_the_raw_answer(model, fake, streamed) -> None:
    fake.enqueue("Paris!", "Rome!")
    structured = model.with_structured_output(City, include_raw=True)
    if streamed:
        found = {key: value for part in structured.stream("Paris?") for key, value in part.items()}
    else:
        found = structured.invoke("Paris?")
    assert found["raw"].text == "Rome!"
    assert found["parsed"] is None
    assert isinstance(found["parsing_error"], theirs.OutputParserException)
    told = found["raw"].response_metadata["unillm"]
    assert len(told["attempts"]) == 2
    assert told["cost"]["total"] is not None


@pytest.mark.parametrize("last", [TEXT, "Rome!"])
def test_tokens_of_all_tries_are_told(model, fake, last) -> None:
    fake.enqueue("Paris!", last)
    raw = model.with_structured_output(City, include_raw=True).invoke("Paris?")["raw"]
    attempts = raw.response_metadata["unillm"]["attempts"]
    for kind in ("input_tokens", "output_tokens"):
        used = [attempt["usage"][kind] for attempt in attempts]
        assert raw.usage_metadata[kind] == sum(used) > max(used)


def test_no_retries_is_one_request(model, fake) -> None:
    fake.enqueue("Paris!")
    with pytest.raises(unillm.OutputValidationError):
        model.with_structured_output(City, retries=0).invoke("Paris?")
    assert len(fake.requests) == 1


def test_a_refusal_is_langchains(model, fake) -> None:
    fake.enqueue(Answer(refusal="I will not."), Answer(refusal="I will not."))
    with pytest.raises(theirs.ModelRefusalError) as caught:
        model.with_structured_output(City).invoke("Paris?")
    assert isinstance(caught.value, unillm.OutputValidationError)
    assert caught.value.raw_message.content_blocks[-1]["refusal"] == "I will not."


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_langchains_cache_keeps_outputs(client, fake, schema) -> None:
    fake.enqueue(TEXT)
    structured = ChatUnillm(
        model=MODEL, client=client, cache=InMemoryCache()
    ).with_structured_output(schema)
    assert [is_paris(structured.invoke("Paris?"), schema) for _ in range(2)] == [True, True]
    assert len(fake.requests) == 1


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
@pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
def test_langchains_ways(method, schema) -> None:
    call = Answer(tool_calls=[{"name": name_of(schema), "arguments": PARIS}])
    answer = call if method == "function_calling" else Answer(TEXT)
    with FakeProvider(rules="openai") as fake:
        fake.enqueue(answer, answer)
        one = unillm.Provider("openai", base_url=fake.base_url, api_key="k", api="chat")
        with unillm.Client(providers=[one]) as client:
            model = ChatUnillm(model="openai:gpt-5.5", client=client, reasoning_effort="none")
            structured = model.with_structured_output(schema, method=method)
            assert is_paris(structured.invoke("Paris, as JSON?"), schema)
            assert is_paris(list(structured.stream("Paris, as JSON?"))[-1], schema)
        fields = fake.requests[0].fields
    if method == "function_calling":
        assert fields["tool_choice"]["function"]["name"] == name_of(schema)
    else:
        kind = "json_object" if method == "json_mode" else "json_schema"
        assert fields["response_format"]["type"] == kind


def name_of(schema) -> str:
    return "City" if schema is not CityDict else "CityDict"


def test_a_method_the_host_does_not_take_is_refused(model, fake) -> None:
    for method in ("function_calling", "json_schema"):
        with pytest.raises(theirs.ModelInvalidRequestError) as caught:
            model.with_structured_output(City, method=method).invoke("Paris?")
        assert isinstance(caught.value, unillm.UnsupportedFeatureError)
    assert fake.requests == []


def test_strict_needs_its_method(model) -> None:
    with pytest.raises(ValueError, match="strict is for method="):
        model.with_structured_output(City, strict=True)


def test_an_agent_that_ends_in_a_type(client, fake) -> None:
    fake.enqueue(Answer(reasoning="So.", tool_calls=[{"name": "City", "arguments": PARIS}]))
    # LangChain demands a call of the tool, which a model that thinks cannot be made to do.
    model = ChatUnillm(model=MODEL, client=client, model_kwargs={"rewrite": ["tool_choice"]})
    agent = create_agent(model, tools=[], response_format=ToolStrategy(City))
    result = agent.invoke({"messages": [("user", "Paris?")]})
    assert result["structured_response"] == City(**PARIS)


def test_an_agent_with_a_schema_of_its_host() -> None:
    with FakeProvider(rules="openai") as fake:
        fake.enqueue(Answer(TEXT))
        one = unillm.Provider("openai", base_url=fake.base_url, api_key="k", api="chat")
        with unillm.Client(providers=[one]) as client:
            model = ChatUnillm(model="openai:gpt-5.5", client=client)
            agent = create_agent(model, tools=[], response_format=City)
            result = agent.invoke({"messages": [("user", "Paris?")]})
        assert result["structured_response"] == City(**PARIS)
        assert fake.requests[0].fields["response_format"]["type"] == "json_schema"

"""Structured output, in each of pydantic-ai's ways, and what settings become."""

import asyncio

import httpx
import pytest
from pydantic import BaseModel, Field
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput, UserError
from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ToolOrOutput
from pydantic_ai.tools import ToolDefinition

import unillm
from tests.frameworks.conftest import MODEL
from tests.frameworks.pydantic_ai.test_answers import BOTH, agent, run
from unillm.integrations.pydantic_ai import UnillmModel
from unillm.integrations.pydantic_ai.options import asked_of
from unillm.testing import Answer, FakeProvider


class City(BaseModel):
    """A city."""

    name: str
    rivers: list[str] = Field(min_length=1)


PARIS = City(name="Paris", rivers=["Seine"])


@BOTH
@pytest.mark.parametrize("way", [City, ToolOutput(City), NativeOutput(City), PromptedOutput(City)])
def test_each_way_of_asking(model, fake, stream, way):
    if isinstance(way, PromptedOutput):
        fake.enqueue(PARIS.model_dump_json())
    result = run(Agent(model, output_type=way), "Describe Paris.", stream=stream)
    assert isinstance(result.output, City)


@BOTH
def test_a_forced_output_tool_is_left_to_a_model_that_thinks(model, fake, stream):
    result = run(Agent(model, output_type=City), "Describe Paris.", stream=stream)
    assert fake.requests[0].fields["tool_choice"] == "auto"
    notes = result.response.provider_details["unillm"]["notes"]
    assert [note["code"] for note in notes] == ["rewritten_tool_choice"]


@BOTH
def test_native_output_where_the_host_has_json_alone(model, fake, stream):
    fake.enqueue(Answer(PARIS.model_dump_json(), reasoning="Easy."))
    result = run(Agent(model, output_type=NativeOutput(City)), "Describe Paris.", stream=stream)
    assert result.output == PARIS
    assert fake.requests[0].fields["response_format"] == {"type": "json_object"}
    assert "JSON Schema" in fake.requests[0].messages[0]["content"]


@BOTH
def test_native_output_that_needs_repair(model, fake, stream):
    fake.enqueue(Answer('```json\n{"name": "Paris", "rivers": ["Seine"],}\n```', reasoning="…"))
    result = run(Agent(model, output_type=NativeOutput(City)), "Describe Paris.", stream=stream)
    assert result.output == PARIS
    assert len(fake.requests) == 1
    assert result.response.parts[-1].content == '{"name":"Paris","rivers":["Seine"]}'
    assert result.response.provider_details["unillm"]["output_repairs"]


@BOTH
def test_output_that_does_not_fit_is_asked_for_again_by_pydantic_ai(model, fake, records, stream):
    fake.enqueue(Answer('{"name": "Paris", "rivers": []}', reasoning="…"))
    fake.enqueue(Answer(PARIS.model_dump_json(), reasoning="…"))
    result = run(Agent(model, output_type=NativeOutput(City)), "Describe Paris.", stream=stream)
    assert result.output == PARIS
    assert [len(record.attempts) for record in records] == [1, 1]
    assert fake.requests[1].messages[2]["content"] == '{"name": "Paris", "rivers": []}'


@BOTH
def test_native_output_beside_tools(stream):
    with FakeProvider(rules="openai") as fake:
        provider = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        client = unillm.AsyncClient(providers=[provider])
        model = UnillmModel("openai:gpt-5.5", client=client)
        fake.enqueue(Answer(PARIS.model_dump_json()))
        result = run(agent(model, output_type=NativeOutput(City)), "Describe.", stream=stream)
        assert result.output == PARIS
        wanted = fake.requests[0].fields["text"]["format"]
        assert (wanted["type"], wanted["name"]) == ("json_schema", "City")
        assert fake.requests[0].tools[0]["name"] == "weather"


def test_settings(model, fake):
    settings = {
        "max_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 5,
        "stop_sequences": ["END"],
        "thinking": "high",
        "extra_body": {"own": 1},
        "extra_headers": {"x-own": "2"},
        "unillm_options": {"tags": {"team": "blue"}},
    }
    result = run(Agent(model), "Hi", stream=False, model_settings=settings)
    (seen,) = fake.requests
    assert (seen.fields["max_tokens"], seen.fields["stop"], seen.fields["own"]) == (100, ["END"], 1)
    assert seen.headers["x-own"] == "2"
    assert "top_k" not in seen.fields
    assert "tags" not in seen.fields
    assert result.output


@BOTH
def test_a_setting_that_is_not_taken_is_noted(model, fake, recwarn, stream):
    result = run(Agent(model), "Hi", stream=stream, model_settings={"seed": 7})
    assert "seed" not in fake.requests[0].fields
    notes = result.response.provider_details["unillm"]["notes"]
    assert [note["code"] for note in notes] == ["dropped_setting"]
    assert [w for w in recwarn if "seed" in str(w.message)] == []


def test_defaults_of_the_model(asker, fake):
    model = UnillmModel(MODEL, client=asker, settings={"temperature": 0.1, "thinking": False})
    run(Agent(model), "Hi", stream=False)
    assert fake.requests[0].fields["temperature"] == 0.1
    assert fake.requests[0].fields["thinking"] == {"type": "disabled"}


def tool_(name, **options):
    return ToolDefinition(name=name, parameters_json_schema={"type": "object"}, **options)


PARAMS = ModelRequestParameters(function_tools=[tool_("a"), tool_("b")])
WITH_OUTPUT = ModelRequestParameters(
    function_tools=[tool_("a"), tool_("b")],
    output_tools=[tool_("out", kind="output")],
    output_mode="tool",
    allow_text_output=False,
)
REWRITE = ("tool_choice",)


@pytest.mark.parametrize(
    ("params", "choice", "names", "told", "rewrite"),
    [
        (PARAMS, None, "ab", None, None),
        (PARAMS, "auto", "ab", None, None),
        (PARAMS, "none", "ab", "none", None),
        (PARAMS, [], "ab", "none", None),
        (PARAMS, "required", "ab", "required", None),
        (PARAMS, ["b"], "b", "required", None),
        (PARAMS, ToolOrOutput(["a"]), "a", None, None),
        (PARAMS, ToolOrOutput([]), "ab", "none", None),
        (WITH_OUTPUT, None, ["a", "b", "out"], "required", REWRITE),
        (WITH_OUTPUT, "none", ["out"], "required", REWRITE),
        (WITH_OUTPUT, "required", "ab", "required", None),
        (WITH_OUTPUT, ["out"], ["out"], "required", None),
        (WITH_OUTPUT, ToolOrOutput(["a"]), ["a", "out"], "required", REWRITE),
    ],
)
def test_tool_choice(params, choice, names, told, rewrite):
    asked = asked_of({"tool_choice": choice}, params)
    assert [tool.name for tool in asked.tools] == list(names)
    assert asked.options.get("tool_choice") == told
    assert asked.options.get("rewrite") == rewrite


@pytest.mark.parametrize("choice", [["c"], ToolOrOutput(["c"])])
def test_a_tool_that_is_not_there(choice):
    with pytest.raises(UserError, match="names no tool"):
        asked_of({"tool_choice": choice}, PARAMS)


@pytest.mark.parametrize(
    "name", ["tool_choice", "messages", "model", "tools", "output", "retries", "response_format"]
)
def test_what_pydantic_ai_decides_is_no_option(name):
    with pytest.raises(UserError, match=name):
        asked_of({"unillm_options": {name: "none"}}, PARAMS)


@BOTH
def test_retries_that_cannot_be_meant(model, fake, stream):
    with pytest.raises(UserError, match="max_attempts"):
        run(agent(model), "Hi", stream=stream, model_settings={"max_retries": -1})
    assert not fake.requests


def test_a_demanded_tool_is_refused_where_it_cannot_be_demanded(model, fake):
    asking = model_request(
        model,
        [ModelRequest.user_text_prompt("Hi")],
        model_settings={"tool_choice": "required"},
        model_request_parameters=PARAMS,
    )
    with pytest.raises(UserError, match="tool_choice") as caught:
        asyncio.run(asking)
    assert isinstance(caught.value.__cause__, unillm.UnsupportedFeatureError)
    assert fake.requests == []


def test_httpx_time_limits(model):
    asked = asked_of({"timeout": httpx.Timeout(5, connect=1)}, PARAMS)
    assert asked.options["timeout"] == unillm.Timeout(connect=1, first_token=5, idle=5)


def test_profiles():
    known = UnillmModel(MODEL).profile
    assert (known["supports_json_schema_output"], known["context_window"]) == (True, 1_000_000)
    assert UnillmModel("together:deepseek-v4-pro").profile["context_window"] is None
    own = UnillmModel(MODEL, profile={"context_window": 5}).profile
    assert (own["context_window"], own["supports_thinking"]) == (5, True)
    made = UnillmModel(MODEL, profile=lambda known: {**known, "supports_tools": False}).profile
    assert (made["supports_tools"], made["supports_thinking"]) == (False, True)


def test_names(asker):
    one = UnillmModel(MODEL, client=asker)
    assert (one.model_name, one.system, one.model_id) == (MODEL, "unillm", f"unillm:{MODEL}")
    assert one == UnillmModel(MODEL, client=asker)
    assert one != UnillmModel("deepseek:deepseek-flash", client=asker)
    assert repr(one).startswith(f"UnillmModel(model_name={MODEL!r}")

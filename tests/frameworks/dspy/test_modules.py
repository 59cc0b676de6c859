"""What people do with DSPy, done through unillm."""

import asyncio
import copy
import json
from typing import Any, Literal

import dspy
import pydantic

import unillm
from tests.frameworks.dspy.answers import answer, fields
from unillm.integrations.dspy import UnillmEngine, UnillmLM, lm
from unillm.testing import Answer, FakeCall, FakeProvider

ASK = "question -> answer"


class City(pydantic.BaseModel):
    name: str
    rivers: list[str]


class Describe(dspy.Signature):
    """Describe a city."""

    question: str = dspy.InputField()
    city: City = dspy.OutputField()
    size: Literal["small", "large"] = dspy.OutputField()


class Call(dspy.Signature):
    """Call what helps."""

    question: str = dspy.InputField()
    tools: list[dspy.Tool] = dspy.InputField()
    history: dspy.History = dspy.InputField()
    calls: dspy.ToolCalls = dspy.OutputField()


def get_weather(city: str) -> str:
    """Look up the weather."""
    return f"sunny in {city}"


def test_predict(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(answer="Paris 🗼"))
    assert dspy.Predict(ASK)(question="The capital of France?").answer == "Paris 🗼"
    (seen,) = fake.requests
    assert (seen.model, seen.wants_stream) == ("deepseek-v4-pro", False)
    assert [message["role"] for message in seen.messages] == ["system", "user"]
    entry = configured.history[-1]
    assert entry["outputs"][0]["reasoning_content"] == "Think."
    assert entry["usage"]["prompt_tokens"] > 0
    assert entry["response_model"] == "deepseek-v4-pro"


def test_chain_of_thought(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(fields(reasoning="2+2 is 4.", answer="4"))
    found = dspy.ChainOfThought(ASK)(question="What is 2+2?")
    assert (found.reasoning, found.answer) == ("2+2 is 4.", "4")


def test_what_a_model_thinks_is_a_field(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(reasoning="2+2 is 4.", answer="4"))
    module = dspy.ChainOfThought(ASK, rationale_field_type=dspy.Reasoning)
    found = module(question="What is 2+2?")
    assert str(found.reasoning) == "2+2 is 4."
    assert "reasoning" not in fake.requests[0].messages[0]["content"]


def test_react(configured: UnillmLM, fake: FakeProvider) -> None:
    for name, given in (("get_weather", {"city": "Paris"}), ("finish", {})):
        fake.enqueue(
            fields(next_thought="So.", next_tool_name=name, next_tool_args=json.dumps(given))
        )
    fake.enqueue(fields(reasoning="It is.", answer="Sunny"))
    agent = dspy.ReAct(ASK, tools=[get_weather])
    found = agent(question="The weather in Paris?")
    assert found.answer == "Sunny"
    assert found.trajectory["observation_0"] == "sunny in Paris"
    assert len(fake.requests) == 3


def test_react_with_the_calls_of_the_protocol(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(
        Answer(tool_calls=[FakeCall("get_weather", {"city": "Paris"})], reasoning="Look."),
        Answer(tool_calls=[FakeCall("submit", {"answer": "Sunny"})], reasoning="Done."),
    )
    with dspy.context(adapter=dspy.ChatAdapter(use_native_function_calling=True)):
        found = dspy.ReActV2(ASK, tools=[get_weather])(question="The weather in Paris?")
    assert found.answer == "Sunny"
    first, second = fake.requests
    assert {tool["name"] for tool in first.tools} == {"get_weather", "submit"}
    asked, told, _ = second.messages[-3:]
    assert told["content"] == "sunny in Paris"
    assert asked["tool_calls"][0]["id"] == told["tool_call_id"]
    assert asked["reasoning_content"]  # DeepSeek refuses a call without


def test_calls_beside_each_other(configured: UnillmLM, fake: FakeProvider) -> None:
    calls = [FakeCall("get_weather", {"city": city}) for city in ("Paris", "Rome")]
    fake.enqueue(Answer(tool_calls=calls))
    with dspy.context(adapter=dspy.ChatAdapter(use_native_function_calling=True)):
        found = dspy.Predict(Call)(
            question="Weather?", tools=[dspy.Tool(get_weather)], history=dspy.History(messages=[])
        )
    assert [call.args for call in found.calls.tool_calls] == [{"city": "Paris"}, {"city": "Rome"}]
    assert len({call.id for call in found.calls.tool_calls}) == 2


def test_json_adapter(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue('{"city": {"name": "Paris", "rivers": ["Seine"]}, "size": "large"}')
    with dspy.context(adapter=dspy.JSONAdapter()):
        found = dspy.Predict(Describe)(question="Paris?")
    assert found.city == City(name="Paris", rivers=["Seine"])
    # DeepSeek takes no schema over Chat Completions, and was not asked to.
    assert fake.requests[0].fields["response_format"] == {"type": "json_object"}


def test_a_schema_where_the_host_takes_one() -> None:
    with FakeProvider(rules="openai") as fake:
        provider = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        with unillm.Client(providers=[provider]) as client:
            fake.enqueue('{"city": {"name": "Paris", "rivers": []}, "size": "large"}')
            asked = lm("openai:gpt-5.5", client)
            with dspy.context(lm=asked, adapter=dspy.JSONAdapter()):
                found = dspy.Predict(Describe)(question="Paris?")
    assert (found.city.name, found.size) == ("Paris", "large")
    assert '"json_schema"' in json.dumps(fake.requests[0].fields)
    assert not asked.supports_reasoning  # it thinks, and does not show it


def test_typed_fields_by_the_chat_adapter(configured: UnillmLM, fake: FakeProvider) -> None:
    city = {"name": "Paris", "rivers": ["Seine"]}
    fake.enqueue(fields(city=json.dumps(city), size="large"))
    assert dspy.Predict(Describe)(question="Paris?").city.rivers == ["Seine"]


def test_several_answers_of_one_call(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(answer="one"), answer(answer="two"))
    found = dspy.Predict(ASK, n=2)(question="?")
    assert found.completions.answer == ["one", "two"]
    assert configured.history[-1]["cost"] > 0


def test_threads(configured: UnillmLM, fake: FakeProvider) -> None:
    module = dspy.Predict(ASK)
    pairs = [(module, dspy.Example(question=f"{n}?").with_inputs("question")) for n in range(8)]
    fake.enqueue(*(answer(answer="yes") for _ in pairs))
    found = dspy.Parallel(num_threads=4, disable_progress_bar=True)(pairs)
    assert [one.answer for one in found] == ["yes"] * 8
    assert len(fake.requests) == 8


async def _asked(question: str) -> Any:
    return await dspy.Predict(ASK).acall(question=question)


def test_awaited_in_two_loops(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(answer="one"), answer(answer="two"))
    assert asyncio.run(_asked("first")).answer == "one"
    assert asyncio.run(_asked("second")).answer == "two"
    assert len(fake.requests) == 2
    assert [entry["cost"] > 0 for entry in configured.history] == [True, True]


def test_tasks_beside_each_other(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(*(answer(answer="yes") for _ in range(4)))

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(_asked(f"{n}?") for n in range(4)))

    assert [one.answer for one in asyncio.run(all_of_them())] == ["yes"] * 4


def test_what_is_in_the_cache_is_not_asked(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(answer="Paris"))
    with unillm.task("twice") as spent:
        for _ in range(2):
            assert dspy.Predict(ASK)(question="Where?").answer == "Paris"
    assert len(fake.requests) == len(spent.operations) == 1
    first, second = configured.history
    assert (first["cost"] > 0, second["cost"]) == (True, 0)
    assert second["cost_details"]["kind"] == "reused"
    assert second["response"].provider_data["unillm"]["cost"]["total"]  # what it cost then


def test_another_model_is_another_place_in_the_cache(
    client: unillm.Client, fake: FakeProvider
) -> None:
    fake.enqueue("one", "two")
    pro, flash = lm("deepseek:deepseek-v4-pro", client), lm("deepseek:deepseek-flash", client)
    assert [asked("Hi")[0]["text"] for asked in (pro, flash, pro)] == ["one", "two", "one"]


def test_the_usage_tracker(configured: UnillmLM, fake: FakeProvider) -> None:
    fake.enqueue(answer(answer="Paris"))
    with dspy.track_usage() as tracker:
        dspy.Predict(ASK)(question="Where?")
    (found,) = tracker.get_total_tokens().values()
    assert found["total_tokens"] == found["prompt_tokens"] + found["completion_tokens"]


def test_settings_arrive(client: unillm.Client, fake: FakeProvider) -> None:
    asked = lm("deepseek-v4-pro", client, temperature=0.3, max_tokens=77, reasoning_effort="high")
    asked("Hi", stop=["END"])
    fields_ = fake.requests[0].fields
    assert (fields_["max_tokens"], fields_["stop"]) == (77, ["END"])
    assert fields_["reasoning_effort"] == "high"


def test_a_plain_lm_with_the_engine(client: unillm.Client, fake: FakeProvider) -> None:
    engine = UnillmEngine(client)
    plain = dspy.LM("unillm/deepseek:deepseek-v4-pro", engine=engine, num_retries=0)
    assert plain("Hi")[0]["text"] == "You said: Hi"
    assert plain.history[-1]["cost"] is None
    assert repr(engine).startswith("UnillmEngine(")
    engine.close()  # it is another's client
    assert client.chat("Hi", model="deepseek-v4-pro").text


def test_a_bare_id_is_its_vendors() -> None:
    with FakeProvider(rules="openai") as fake:
        provider = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        with unillm.Client(providers=[provider]) as client:
            asked = lm("gpt-5.5", client, temperature=0.5, max_tokens=99)  # DSPy would refuse both
            asked("Hi")
    assert asked.model == "unillm/openai:gpt-5.5"
    assert len(fake.requests) == 1


def test_an_optimizer(configured: UnillmLM, fake: FakeProvider) -> None:
    examples = [dspy.Example(question=f"{n}?", answer="yes").with_inputs("question") for n in "ab"]
    fake.enqueue(*(fields(reasoning="So.", answer="yes") for _ in examples))
    optimizer = dspy.BootstrapFewShot(metric=dspy.evaluate.answer_exact_match, max_rounds=1)
    made = optimizer.compile(dspy.ChainOfThought(ASK), trainset=examples)
    assert len(made.predictors()[0].demos) == len(fake.requests) == 2


def test_a_copy_of_a_program_asks_through_the_same_client(model: UnillmLM) -> None:
    program = dspy.ChainOfThought(ASK)
    program.set_lm(model)
    for copied in (program.deepcopy(), copy.deepcopy(program)):
        asked = copied.predictors()[0].lm
        assert (asked.engine, asked.supports_function_calling) == (model.engine, True)


def test_a_copy_is_as_able(model: UnillmLM, fake: FakeProvider) -> None:
    copied = model.copy(temperature=1.0, rollout_id=3)
    assert copied.supports_function_calling
    copied("Hi")
    assert copied.history[-1]["cost"] > 0

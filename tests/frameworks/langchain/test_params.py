"""What a model is made with: clients, keys, settings, and what of it is shown or written down."""

from __future__ import annotations

import copy
import gc
import json
import pickle

import pytest
import tenacity
from langchain.chat_models import init_chat_model
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd, dumps, load
from langchain_core.messages import HumanMessage, trim_messages
from langgraph.graph import START, MessagesState, StateGraph

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import Answer

MODEL = "deepseek:deepseek-v4-pro"
KEY = "sk-of-nobody"


@pytest.fixture
def environment(fake, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_API_KEY", KEY)
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)


@pytest.mark.usefixtures("environment")
async def test_without_a_client_it_makes_its_own_of_the_environment(fake) -> None:
    model = ChatUnillm(model=MODEL)
    copy = model.model_copy(update={"temperature": 0.5})
    assert model.invoke("Hi").text == "You said: Hi"
    assert copy.invoke("Hi").text == "You said: Hi"
    assert (await model.ainvoke("Hi")).text == "You said: Hi"
    assert {seen.headers["authorization"] for seen in fake.requests} == {f"Bearer {KEY}"}
    assert {seen.connection for seen in fake.requests[:2]} == {1}  # copies share the client


@pytest.mark.usefixtures("environment")
def test_its_own_client_goes_when_it_goes(fake) -> None:
    model = ChatUnillm(model=MODEL)
    model.invoke("Hi")
    assert fake.connections == 1
    del model
    gc.collect()
    assert fake.wait(connections=0)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
async def test_one_that_was_used_is_pickled_and_copied_without_its_connections(
    fake, copied
) -> None:
    model = ChatUnillm(model=MODEL)
    model.invoke("Hi")
    await model.ainvoke("Hi")
    again = copied(model)
    before = fake.connections
    assert again.invoke("Hi").text == "You said: Hi"
    assert fake.connections == before + 1
    del again
    gc.collect()
    assert fake.wait(connections=before)
    assert model.invoke("Hi").text == "You said: Hi"


def test_a_key_and_an_address_of_its_own(fake) -> None:
    model = ChatUnillm(model=MODEL, api_key=KEY, base_url=fake.base_url)
    assert model.invoke("Hi").text == "You said: Hi"
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_key_is_shown_nowhere(fake) -> None:
    headers = {"extra_headers": {"x-key": KEY}, "user": "ann"}
    model = ChatUnillm(model=MODEL, api_key=KEY, base_url=fake.base_url, model_kwargs=headers)
    bound = model.bind_tools([])
    shown = [repr(model), str(model), dumps(model), json.dumps(model.asdict()), repr(bound)]
    shown += [str(model._get_ls_params()), str(model._get_invocation_params())]
    shown += [model._get_llm_string(), str(dumpd(bound))]
    traced: list[object] = []

    class Tracer(BaseCallbackHandler):
        def on_chat_model_start(self, *told, **more):
            traced.append((told, more))

    for extra in ({}, {"extra_query": {"key": KEY}}):
        model.invoke("Hi", {"callbacks": [Tracer()]}, **extra)
        list(model.stream("Hi", {"callbacks": [Tracer()]}, **extra))
    assert len(traced) == 4
    shown += [repr(model), repr(traced)]
    assert [text for text in shown if KEY in text] == []
    assert fake.requests[0].headers["x-key"] == KEY
    assert dumpd(model)["kwargs"]["model_kwargs"] == {"user": "ann"}


def test_it_is_written_down_and_read_back_without_its_key(monkeypatch) -> None:
    model = ChatUnillm(model=MODEL, api_key=KEY, temperature=0.5, unillm_tags={"team": "blue"})
    written = dumpd(model)
    monkeypatch.setenv("DEEPSEEK_API_KEY", "another")
    again = load(
        written, allowed_objects=[ChatUnillm], valid_namespaces=["unillm"], secrets_from_env=True
    )
    assert again.asdict() == model.asdict()
    assert again.api_key.get_secret_value() == "another"


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
def test_policies_are_written_down_and_read_back() -> None:
    policies = {
        "retry": unillm.RetryPolicy(max_attempts=2),
        "repair": unillm.RepairPolicy("syntax", formats=("pythonic",), aliases={"file": "path"}),
    }
    model = ChatUnillm(model=MODEL, timeout=unillm.Timeout(connect=3), model_kwargs=policies)
    again = load(
        json.loads(dumps(model)), allowed_objects=[ChatUnillm], valid_namespaces=["unillm"]
    )
    assert (again.timeout, again.model_kwargs) == (model.timeout, policies)
    assert dumpd(ChatUnillm(model=MODEL, timeout=9))["kwargs"]["timeout"] == 9


def test_a_policy_with_code_in_it_is_not_made_up() -> None:
    policy = unillm.RetryPolicy(wait=tenacity.wait_none())
    kwargs = dumpd(ChatUnillm(model=MODEL, model_kwargs={"retry": policy}))["kwargs"]
    assert kwargs["model_kwargs"]["retry"]["type"] == "not_implemented"


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"api_key": KEY, "client": "yes"}, "a client has its own keys"),
        ({"api_key": KEY, "model": "gpt-5.5"}, "belong to a provider"),
        ({"model_kwargs": {"temperature": 1}}, "temperature: not in model_kwargs"),
        ({"temprature": 1}, "temprature"),
        ({"max_retries": -1}, "max_retries"),
        ({"model_kwargs": {"retry": {"max_attempts": 0}}}, "max_attempts"),
        ({"model_kwargs": {"repair": {"again": 1}}}, "again"),
        ({"timeout": {"connect": -1}}, "connect"),
    ],
)
def test_what_does_not_go_together_is_refused(client, given, match) -> None:
    given = {"model": MODEL, **given}
    if "client" in given:
        given["client"] = client
    with pytest.raises(ValueError, match=match) as caught:
        ChatUnillm(**given)
    assert KEY not in str(caught.value)


def test_sync_calls_need_a_sync_client(deepseek) -> None:
    model = ChatUnillm(model=MODEL, client=unillm.AsyncClient(providers=[deepseek]))
    with pytest.raises(unillm.InvalidRequestError, match="use ainvoke"):
        model.invoke("Hi")


def test_settings_of_the_model_and_of_the_call(client, fake) -> None:
    model = ChatUnillm(
        model=MODEL,
        client=client,
        reasoning_effort="none",
        temperature=0.5,
        max_tokens=9,
        stop=["a"],
        model_kwargs={"logprobs": True},
    )
    model.invoke("Hi")
    model.bind(temperature=1.5).invoke("Hi", stop=["b"], max_tokens=7)
    first, second = (seen.fields for seen in fake.requests)
    assert (first["temperature"], first["max_tokens"], first["stop"]) == (0.5, 9, ["a"])
    assert first["logprobs"] is True
    assert (second["temperature"], second["max_tokens"], second["stop"]) == (1.5, 7, ["b"])


def test_tags_reach_observers_and_a_thread_is_a_session(client) -> None:
    records: list[unillm.Record] = []
    told = client.with_options(observers=[records.append])
    model = ChatUnillm(model=MODEL, client=told, unillm_tags={"team": "blue"})
    model.invoke("Hi", unillm_tags={"step": "1"}, config={"tags": ["langchains"]})
    list(model.stream("Hi"))

    def ask(state: MessagesState):
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node(ask).add_edge(START, "ask").compile()
    said = {"messages": [HumanMessage("Hi")]}
    graph.invoke(said, {"configurable": {"thread_id": "t-1"}})
    list(graph.stream(said, {"configurable": {"thread_id": "t-2"}}, stream_mode="messages"))
    assert [dict(record.tags) for record in records] == [
        {"team": "blue", "step": "1"},
        *[{"team": "blue"}] * 3,
    ]
    assert [record.session for record in records] == [None, None, "t-1", "t-2"]


@pytest.mark.parametrize(
    ("model", "whose"),
    [
        (MODEL, ("deepseek", "deepseek-v4-pro")),
        ("gpt-5.5", ("openai", "gpt-5.5")),
        ("together:deepseek-ai/DeepSeek-V4-Pro", ("together", "deepseek-ai/DeepSeek-V4-Pro")),
        ("route:fast", ("unillm", "route:fast")),
        (None, ("unillm", "default")),
    ],
)
def test_who_langsmith_is_told_of(model, whose) -> None:
    params = ChatUnillm(model=model, temperature=0)._get_ls_params(stop=["x"])
    assert (params["ls_provider"], params["ls_model_name"]) == whose
    assert (params["ls_temperature"], params["ls_stop"]) == (0, ["x"])


def test_the_profile_is_the_catalogs() -> None:
    deepseek, openai = ChatUnillm(model=MODEL).profile, ChatUnillm(model="gpt-5.5").profile
    assert (deepseek["max_input_tokens"], deepseek["image_inputs"]) == (1_000_000, False)
    assert (deepseek["structured_output"], openai["structured_output"]) == (False, True)
    assert openai["image_inputs"]
    assert ChatUnillm(model="mybox:qwen").profile is None


def test_tokens_are_estimated_without_asking(client, deepseek, fake) -> None:
    alone = unillm.AsyncClient(providers=[deepseek])
    for model in (ChatUnillm(model=MODEL, client=client), ChatUnillm(model=MODEL, client=alone)):
        few = model.get_num_tokens("Name a river.")
        many = model.get_num_tokens_from_messages([HumanMessage("Name a river. " * 50)])
        tools = [{"name": "look", "description": "Look.", "parameters": {"type": "object"}}]
        more = model.get_num_tokens_from_messages([HumanMessage("Name a river. " * 50)], tools)
        assert 0 < few < many < more
    kept = trim_messages(
        [HumanMessage("Name a river. " * 500), HumanMessage("Hi")],
        max_tokens=50,
        token_counter=ChatUnillm(model=MODEL, client=client),
    )
    assert [message.content for message in kept] == ["Hi"]
    assert fake.requests == []


def test_langchains_table_of_providers_is_closed() -> None:
    # Should it open, the page is to say so.
    with pytest.raises(ValueError, match="provider"):
        init_chat_model("unillm:deepseek:deepseek-v4-pro")


def test_streaming_makes_invoke_stream(client, fake) -> None:
    fake.enqueue(Answer("Yes."))
    message = ChatUnillm(model=MODEL, client=client, streaming=True).invoke("Hi")
    assert message.text == "Yes."
    assert fake.requests[0].wants_stream

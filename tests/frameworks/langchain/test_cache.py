"""LangChain's cache: what shares an answer, and what is kept of one."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumps, load
from pydantic import BaseModel, Field, RootModel, SecretStr, create_model

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import FakeProvider

MODEL = "deepseek:deepseek-v4-pro"
SECRET = "sk-of-nobody"


@pytest.fixture
def cache():
    return InMemoryCache()


def test_clients_of_other_providers_share_nothing(cache, client, fake) -> None:
    with FakeProvider(dialect="deepseek", rules="deepseek") as other:
        there = unillm.Provider("deepseek", base_url=other.base_url, api_key="test")
        with unillm.Client(providers=[there]) as second:
            for one in (client, second, client, second):
                ChatUnillm(model=MODEL, client=one, cache=cache).invoke("Hi")
        assert [len(fake.requests), len(other.requests)] == [1, 1]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"temperature": 0.1}, {"temperature": 0.2}),
        ({"system": "Be brief."}, {"system": "Be long."}),
        ({"extra_headers": {"x-tenant": "a"}}, {"extra_headers": {"x-tenant": "b"}}),
        ({"routes": {"r": [MODEL]}}, {"routes": {"r": ["deepseek:deepseek-flash"]}}),
    ],
)
def test_nor_do_those_with_other_defaults_or_routes(cache, deepseek, fake, one, two) -> None:
    name = "r" if "routes" in one else MODEL
    for options in (one, two, one, two):
        with unillm.Client(providers=[deepseek], **options) as client:
            ChatUnillm(model=name, client=client, cache=cache).invoke("Hi")
    assert len(fake.requests) == 2


@pytest.mark.parametrize("name", ["extra_headers", "extra_query"])
def test_what_is_not_written_down_tells_them_apart_and_is_not_in_the_key(
    cache, client, fake, name
) -> None:
    for value in (SECRET, "another", SECRET):
        given = {name: {"x-tenant": value}}
        ChatUnillm(model=MODEL, client=client, cache=cache, model_kwargs=given).invoke("Hi")
        ChatUnillm(model=MODEL, client=client, cache=cache).bind(**given).invoke("Hi")
    assert len(fake.requests) == 4
    assert SECRET not in repr(cache._cache)


def test_settings_that_langchain_cannot_write_down_tell_them_apart(cache, client, fake) -> None:
    for level in ("off", "schema", "off"):
        policy = {"repair": unillm.RepairPolicy(level)}
        ChatUnillm(model=MODEL, client=client, cache=cache, model_kwargs=policy).invoke("Hi")
    assert len(fake.requests) == 2


def test_what_has_no_value_is_shared_within_one_model_only(cache, deepseek, fake) -> None:
    def ranked(found):
        return unillm.routing.Ranked([one.name for one in found])

    for _ in range(3):
        routes = {"r": unillm.Route([MODEL], strategy=lambda _asked, found, _stats: ranked(found))}
        with unillm.Client(providers=[deepseek], routes=routes) as client:
            model = ChatUnillm(model="r", client=client, cache=cache)
            for _ in range(2):
                model.invoke("Hi")
    assert len(fake.requests) == 3


def test_a_client_that_sends_its_own_way_shares_nothing(deepseek) -> None:
    def key(http) -> str:
        with unillm.Client(providers=[deepseek], http_client=http) as client:
            return ChatUnillm(model=MODEL, client=client)._get_llm_string()

    with httpx.Client() as one, httpx.Client() as two:
        assert key(one) != key(two)


def test_a_key_is_the_same_in_another_process() -> None:
    script = (
        "import unillm\nfrom unillm.integrations.langchain import ChatUnillm\n"
        "routes = {'r': ['deepseek:deepseek-v4-pro', 'openai:gpt-5.5']}\n"
        "limits = unillm.Constraints(deny_jurisdictions={'CN', 'FR', 'RU'})\n"
        "client = unillm.Client(routes=routes, constraints=limits, temperature=0.5)\n"
        "print(ChatUnillm(model='r', client=client)._get_llm_string())\n"
        "print(ChatUnillm(model='openai:gpt-5.5')._get_llm_string())\n"
    )
    command = [sys.executable, "-c", script]
    said = {subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2)}
    assert len(said) == 1


class Flight(BaseModel):
    """A flight; written as Python values it is no JSON."""

    at: datetime
    price: Decimal
    tags: set[str]
    key: SecretStr = Field(alias="theKey")


FLIGHT = '{"at": "2026-01-01T00:00:00Z", "price": "1.50", "tags": ["a"], "theKey": "k"}'


class Written(InMemoryCache):
    """A cache that writes answers down, as those in databases do."""

    def update(self, prompt, llm_string, return_val):
        super().update(prompt, llm_string, [dumps(one) for one in return_val])

    def lookup(self, prompt, llm_string):
        found = super().lookup(prompt, llm_string)
        return found and [load(json.loads(one), allowed_objects="core") for one in found]


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
@pytest.mark.parametrize("text", [FLIGHT, f"```json\n{FLIGHT}\n```"])
@pytest.mark.parametrize("kind", [InMemoryCache, Written])
def test_an_output_is_kept_as_json_and_made_each_time(client, fake, kind, text) -> None:
    fake.enqueue(text)
    model = ChatUnillm(model=MODEL, client=client, cache=kind())
    for _ in range(3):
        found = model.with_structured_output(Flight).invoke("When?")
        assert (found.price, found.tags) == (Decimal("1.50"), {"a"})
        assert found.key.get_secret_value() == "k"
        found.tags.add("mine alone")
    assert len(fake.requests) == 1


def test_a_dict_that_was_changed_is_not_what_is_kept(cache, client, fake) -> None:
    fake.enqueue('{"rivers": ["Seine"]}')
    schema = {
        "title": "City",
        "type": "object",
        "properties": {"rivers": {"type": "array", "items": {"type": "string"}}},
    }
    structured = ChatUnillm(model=MODEL, client=client, cache=cache).with_structured_output(schema)
    for _ in range(3):
        found = structured.invoke("Paris?")
        assert found == {"rivers": ["Seine"]}
        found["rivers"].append("Po")
    assert len(fake.requests) == 1


def test_a_list_that_hosts_are_asked_for_in_an_object(client, fake) -> None:
    fake.enqueue('["Seine"]', '{"value": ["Po"]}')
    structured = ChatUnillm(model=MODEL, client=client).with_structured_output(RootModel[list[str]])
    assert structured.invoke("Paris?").root == ["Seine"]
    assert structured.invoke("Turin?").root == ["Po"]


def test_classes_of_one_name_share_nothing_unless_they_are_alike(cache, client, fake) -> None:
    def city(field: str) -> type[BaseModel]:
        return create_model("City", __module__="notebook", **{field: (str, ...)})

    fake.enqueue('{"name": "Paris"}', '{"title": "Rome"}')
    model = ChatUnillm(model=MODEL, client=client, cache=cache)
    for field in ("name", "title", "name"):
        kind = city(field)
        assert isinstance(model.with_structured_output(kind).invoke("Which?"), kind)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("version", [None, "v1"])
async def test_what_did_not_fit_is_not_kept(cache, deepseek, fake, version) -> None:
    fake.enqueue(*["bad"] * 4, '{"name": "Paris"}')
    kind = create_model("City", name=(str, ...))
    with unillm.Client(providers=[deepseek]) as client:
        alone = unillm.AsyncClient(providers=[deepseek])
        model = ChatUnillm(
            model=MODEL, client=client, async_client=alone, cache=cache, output_version=version
        )
        structured = model.with_structured_output(kind, include_raw=True)
        first, second = structured.invoke("Which?"), await structured.ainvoke("Which?")
        assert [type(one["parsing_error"]).__name__ for one in (first, second)] == [
            "OutputValidationError"
        ] * 2
        for one in (first, second):
            assert one["raw"].text == "bad"
            block = {"type": "text", "text": "bad"}
            content = one["raw"].content
            assert (content[-1] if version else content) == (block if version else "bad")
        third = structured.invoke("Which?")
        await alone.close()
    assert (third["parsed"].name, third["parsing_error"]) == ("Paris", None)
    assert len(fake.requests) == 5

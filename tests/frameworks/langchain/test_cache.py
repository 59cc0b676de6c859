"""LangChain's cache: what shares an answer, and what is kept of one."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest
from langchain_core.caches import InMemoryCache

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


def test_what_has_no_value_is_shared_within_one_client_only(cache, deepseek, fake) -> None:
    def ranked(found):
        return unillm.routing.Ranked([one.name for one in found])

    for _ in range(3):
        routes = {"r": unillm.Route([MODEL], strategy=lambda _asked, found, _stats: ranked(found))}
        with unillm.Client(providers=[deepseek], routes=routes) as client:
            for _ in range(2):
                ChatUnillm(model="r", client=client, cache=cache).invoke("Hi")
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

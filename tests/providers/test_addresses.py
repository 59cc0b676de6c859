# pyright: basic, reportArgumentType=false
"""Addresses with a path, a version and a model in them; hosts' own ids for models."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import InvalidRequestError, Provider
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.providers import resolve, servers_from
from unillm.types.inputs import messages_from
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest

DEPLOYED = Profile(
    name="cloud",
    hosts=(".cloud.example",),
    base_path="/openai/v1",
    deployment_url="/openai/deployments/{model}?api-version={api_version}",
    key_header="api-key",
)
RESOURCE = "https://mine.cloud.example"
DEPLOYMENT = f"{RESOURCE}/openai/deployments/gpt-5.5"
HOST = Profile(
    name="host",
    base_url="https://api.host.example/v1",
    ids={"deepseek-v4-pro": "vendor/DeepSeek-V4-Pro", "gpt-5.5": "open/gpt-5.5"},
    suffixes=True,
)
resolved = partial(resolve, today=date(2026, 11, 28))


def target(profile=DEPLOYED, model="gpt-5.5", **given):
    given = {"base_url": None if profile is HOST else RESOURCE, "api_key": "k", **given}
    if given["base_url"] is None:
        given["base_url"] = profile.base_url
    provider = Provider("cloud", profile=profile, **given)
    return resolved(f"cloud:{model}", servers_from([provider], {}))


def url(**given):
    request = ChatRequest(messages=messages_from("Hi"), extra_query=given.pop("extra_query", {}))
    return encode(plan(request, target(**given))).url


@pytest.mark.parametrize(
    ("base_url", "version", "sent"),
    [
        (RESOURCE, None, f"{RESOURCE}/openai/v1/chat/completions"),
        (f"{RESOURCE}/", None, f"{RESOURCE}/openai/v1/chat/completions"),
        (f"{RESOURCE}/openai/v1/", None, f"{RESOURCE}/openai/v1/chat/completions"),
        (f"{RESOURCE}/?a=b", None, f"{RESOURCE}/openai/v1/chat/completions?a=b"),
        (f"{RESOURCE}/own/path", None, f"{RESOURCE}/own/path/chat/completions"),
        (
            RESOURCE,
            "2024-10-21",
            f"{DEPLOYMENT}/chat/completions?api-version=2024-10-21",
        ),
        (
            f"{RESOURCE}/?a=b",
            "2025-01-01-preview",
            f"{DEPLOYMENT}/chat/completions?api-version=2025-01-01-preview&a=b",
        ),
        (f"{RESOURCE}/of/{{model}}", None, f"{RESOURCE}/of/gpt-5.5/chat/completions"),
    ],
)
def test_where_a_request_goes(base_url, version, sent):
    assert url(base_url=base_url, api_version=version) == sent


def test_an_extra_query_stands_beside_the_version():
    asked = url(api_version="2024-10-21", extra_query={"x": "1"})
    assert asked.endswith("/chat/completions?api-version=2024-10-21&x=1")
    assert url(extra_query={"api-version": "preview"}).endswith(
        "/openai/v1/chat/completions?api-version=preview"
    )


@given(model=st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda m: m.strip(".")))
def test_no_model_leads_elsewhere(model):
    """A model's name is one piece of the path, whatever is in it."""
    asked = target(model=model, api_version="2024-10-21").base_url
    start, end = f"{RESOURCE}/openai/deployments/", "?api-version=2024-10-21"
    assert asked.startswith(start)
    assert asked.endswith(end)
    assert not set(asked[len(start) : -len(end)]) & set("/?#:@\\ ")


@pytest.mark.parametrize("model", [".", "..", "...", "a\ud800"], ids=ascii)
def test_what_no_address_can_hold_is_no_deployment(model):
    with pytest.raises(InvalidRequestError, match="cannot be the name of a deployment"):
        target(model=model, api_version="2024-10-21")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"api_version": "2024-10-21", "profile": HOST}, "has no versions of its API"),
        ({"api_version": "preview"}, "must be a day such as '2024-10-21'"),
        ({"api_version": "2024-10-21&x=1"}, "must be a day"),
        ({"api_version": "2024-10-21\n"}, "must be a day"),
        ({"api_version": 2024}, "must be a string"),
        (
            {"api_version": "2024-10-21", "base_url": f"{RESOURCE}/openai/v1"},
            "needs the address of the resource.*For /openai/v1 leave out",
        ),
        ({"api_version": "2024-10-21", "api": "responses"}, "leave out api_version"),
        ({"base_url": "https://{model}.example/v1"}, "in its path, not in its host"),
        ({"base_url": f"{RESOURCE}/#x"}, "has a fragment"),
        ({"base_url": f"{RESOURCE}/v1/chat/completions/"}, "ends in /chat/completions, which is"),
        ({"base_url": f"{RESOURCE}/openai/v1/responses"}, "ends in /responses, which is added"),
    ],
    ids=lambda given: str(given)[:60],
)
def test_what_cannot_be_an_address_is_told(given, said):
    with pytest.raises(InvalidRequestError, match=said):
        target(**given)


def test_a_deployment_has_chat_completions_alone():
    assert target(api_version="2024-10-21").api == "chat"
    assert target().api is None
    assert target(api="responses").api == "responses"


PARTS = ("https://", "http://", "h.example", ":443", ":x", "/", "//", "{model}", *"?&#@%")
PIECE = st.sampled_from(PARTS) | st.text(max_size=3)
ADDRESS = st.lists(PIECE, max_size=6).map("".join)


@given(address=ADDRESS, version=st.none() | st.just("2024-10-21") | st.text(max_size=4))
def test_whatever_an_address_is_it_is_taken_or_refused(address, version):
    provider = Provider("cloud", base_url=address, api_version=version, profile=DEPLOYED)
    try:
        (server,) = servers_from([provider], {}).values()
        found = resolved("cloud:some/model", {"cloud": server})
    except InvalidRequestError:
        return
    assert "{model}" not in found.base_url
    assert found.base_url.startswith(("http://", "https://", "HTTP"))


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("deepseek-v4-pro", "vendor/DeepSeek-V4-Pro"),
        ("DeepSeek-V4-Pro", "vendor/DeepSeek-V4-Pro"),
        ("gpt-5.5-2026-04-23", "open/gpt-5.5"),
        ("deepseek-v4-pro:free", "vendor/DeepSeek-V4-Pro:free"),
        ("vendor/DeepSeek-V4-Pro", "vendor/DeepSeek-V4-Pro"),
        ("vendor/DeepSeek-V4-Pro:free", "vendor/DeepSeek-V4-Pro:free"),
        ("deepseek-flash", "deepseek-flash"),
        ("deepseek-v4-flash", "deepseek-v4-flash"),
        ("nobody-knows-it:free", "nobody-knows-it:free"),
        ("qwen3:8b", "qwen3:8b"),
    ],
)
def test_a_host_is_asked_by_its_own_id(asked, sent):
    found = target(HOST, model=asked)
    assert found.model == sent
    notes = [note.message for note in found.notes if note.code == "host_id"]
    assert notes == ([] if sent == asked else [f"cloud serves {asked} as {sent}"])
    if "deepseek-v4-pro" in asked.lower():
        assert found.info is not None
        assert found.info.id == "deepseek-v4-pro"

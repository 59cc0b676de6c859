# pyright: basic, reportArgumentType=false
"""A key of the environment goes only to the host it belongs to."""

from datetime import date
from functools import partial

import pytest

from unillm import AuthenticationError, InvalidRequestError, Provider
from unillm.providers import resolve, servers_from
from unillm.types.place import UNKNOWN

ENVIRON = {
    "OPENAI_API_KEY": "openai-secret",
    "VLLM_BASE_URL": "http://10.1.2.3:8000/v1",
}

resolved = partial(resolve, today=date(2026, 11, 28))


def key_for(provider, model="m", environ=ENVIRON):
    servers = servers_from([provider], environ)
    return resolved(f"{provider.name}:{model}", servers).api_key


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        (Provider("openai"), "openai-secret"),
        (Provider("openai", base_url="https://api.openai.com/v1"), "openai-secret"),
        (Provider("openai", base_url="https://api.openai.com:443/v1"), "openai-secret"),
        (Provider("openai", base_url="https://api.openai.com:444/v1"), None),
        (Provider("openai", base_url="https://API.openai.com"), "openai-secret"),
        (Provider("openai", base_url="https://api.openai.com.evil.example/v1"), None),
        (Provider("openai", base_url="http://api.openai.com/v1"), None),
        (Provider("openai", base_url="http://127.0.0.1:1/v1"), None),
        (Provider("openai", base_url="http://127.0.0.1:1/v1", api_key="own"), "own"),
        (Provider("vllm", profile="openai"), None),
        (Provider("mine", base_url="https://api.openai.com/v1", profile="openai"), None),
    ],
)
def test_where_a_key_goes(provider, key):
    if provider.name == "mine":
        with pytest.raises(AuthenticationError):
            key_for(provider)
    else:
        assert key_for(provider) == key


@pytest.mark.parametrize(
    "host",
    ["evil.example%2f", "evil.example%23", "evil.example;", "evil.example&", "a,b", "-", "\u017f"],
)
def test_a_name_that_is_no_host_of_a_customers_gets_no_key(host):
    address = f"https://{host}.openai.azure.com"
    server = servers_from([Provider("azure", base_url=address)], {"AZURE_OPENAI_API_KEY": "k"})
    assert server["azure"].api_key is None
    assert server["azure"].place == UNKNOWN
    own = Provider("azure", base_url="https://mine.privatelink.openai.azure.com")
    assert servers_from([own], {"AZURE_OPENAI_API_KEY": "k"})["azure"].api_key == "k"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example\\.openai.azure.com",
        "https://evil.example\t.openai.azure.com",
        "https://evil.example .openai.azure.com",
        "https://evil.example\x00.openai.azure.com",
        " https://mine.openai.azure.com",
        "https://mine.openai.azure.com/openai/v1\n",
    ],
)
def test_what_libraries_read_in_several_ways_is_no_address(address):
    with pytest.raises(InvalidRequestError, match="must be an http"):
        servers_from([Provider("azure", base_url=address)], {"AZURE_OPENAI_API_KEY": "k"})


@pytest.mark.parametrize("told", ["http://[bad", "http://h:99999", "http://h:x", "ftp://h", "h"])
def test_where_the_key_belongs_has_to_be_an_address(told):
    environ = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": told}
    there = "https://api.openai.com/v1"
    with pytest.raises(InvalidRequestError, match="OPENAI_BASE_URL must be an http"):
        servers_from([Provider("openai", base_url=there)], environ)
    own = servers_from([Provider("openai", base_url=there, api_key="own")], environ)
    assert own["openai"].api_key == "own"


def test_a_version_of_the_environment_that_is_none_is_told_by_its_name():
    environ = {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "OPENAI_API_VERSION": "v1"}
    with pytest.raises(InvalidRequestError, match="OPENAI_API_VERSION must be a day"):
        servers_from(["azure"], environ)
    with pytest.raises(InvalidRequestError, match=r"^api_version must be a day"):
        servers_from([Provider("azure", api_version="v2")], environ)


def test_an_address_of_the_environment_that_is_none_is_told_when_it_is_used():
    servers = servers_from(None, ENVIRON | {"VLLM_BASE_URL": "10.1.2.3:8000"})
    assert resolved("gpt-5.5", servers).api_key == "openai-secret"
    with pytest.raises(InvalidRequestError, match="VLLM_BASE_URL must be an http"):
        resolved("vllm:m", servers)


def test_a_moved_home_takes_its_key_along():
    environ = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    assert key_for(Provider("openai"), environ=environ) == "k"
    there = Provider("openai", base_url="https://api.openai.com/v1")
    with pytest.raises(AuthenticationError):
        key_for(there, environ=environ)


@pytest.mark.parametrize("key", ["", None])
def test_no_key_for_a_vendor_is_told_before_sending(key):
    with pytest.raises(AuthenticationError, match="set OPENAI_API_KEY"):
        key_for(Provider("openai", api_key=key), environ={})


@pytest.mark.parametrize(
    ("providers", "said"),
    [
        (5, "must be a list"),
        ([5], "must be Provider objects or names"),
        ([Provider("")], "a word without"),
        ([Provider("a:b", base_url="http://x")], "a word without"),
        ([Provider("new")], "give it a base_url"),
        ([Provider("openai"), "openai"], "two providers"),
        ([Provider("x", base_url="ftp://x")], "http:// or https://"),
        ([Provider("x", base_url="http://u:p@h")], "holds credentials"),
        ([Provider("x", base_url="http://h:99999/v1?key=SECRET")], "must be an http"),
        ([Provider("x", base_url="http://h", profile="nope")], "no profile is named"),
        ([Provider("x", base_url="http://h", profile=["x"])], "profile must be"),
    ],
)
def test_a_provider_that_cannot_be_meant_is_told_why(providers, said):
    with pytest.raises(InvalidRequestError, match=said) as caught:
        servers_from(providers, {})
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (None, "no model"),
        ("openai:", "names a provider, but no model"),
        ("unknown-model", "could be at any provider"),
        ("gpt-5.55", "Did you mean 'gpt-5.5' or"),
        ("gpt-6-astral", "Did you mean 'gpt-6-astra'"),
        ("openai/gpt-5.5", "Did you mean 'openai:gpt-5.5'"),
        ("openai/gpt-5.5-2026-04-23", "Did you mean 'openai:gpt-5.5-2026-04-23'"),
        ("deepseek-ai/DeepSeek-V4-Pro", "Did you mean 'deepseek:deepseek-v4-pro'"),
        (":gpt-5.5", "no provider before the colon: write 'openai:gpt-5.5'"),
        (5, "model must be a string such as .*, not int"),
        ("opnai:gpt-5.5", "Did you mean 'openai:gpt-5.5'"),
    ],
)
def test_a_model_that_cannot_be_found_is_told_why(model, said):
    with pytest.raises(InvalidRequestError, match=said):
        resolved(model, servers_from(None, ENVIRON))


def test_ids_with_colons_and_vendors_own_ids_are_found():
    servers = servers_from(None, ENVIRON)
    assert resolved("gpt-5.5", servers).provider == "openai"
    assert resolved("gpt-5.5-pro-2026-04-23", servers).provider == "openai"
    assert (
        resolved(
            "deepseek-v4-flash", servers_from(["deepseek", "vllm"], {"DEEPSEEK_API_KEY": "k"})
        ).provider
        == "deepseek"
    )
    assert resolved("vllm:qwen3:8b", servers).model == "qwen3:8b"
    only = servers_from([Provider("vllm")], {})
    assert resolved("qwen3:8b", only).model == "qwen3:8b"
    with pytest.raises(InvalidRequestError, match=r"not among.*Add unillm.Provider\('openai'\)"):
        resolved("openai:gpt-5.5", only)


def test_where_the_vendor_is_not_at_hand_hosts_of_its_model_are_named():
    hosts = servers_from([KEYED("together"), Provider("vllm"), KEYED("openrouter")], {})
    said = "Did you mean 'together:deepseek-v4-pro' or 'openrouter:deepseek-v4-pro'"
    with pytest.raises(InvalidRequestError, match=said):
        resolved("deepseek-v4-pro", hosts)


KEYED = partial(Provider, api_key="k")


@pytest.mark.parametrize(
    ("provider", "model", "vendor"),
    [
        (KEYED("deepseek"), "gpt-5.5", "openai"),
        (KEYED("openai"), "deepseek-v4-pro", "deepseek"),
        (KEYED("openai"), "deepseek-v4-flash", "deepseek"),
        (
            KEYED("mine", base_url="https://api.openai.com/v1", profile="openai"),
            "deepseek-flash",
            "deepseek",
        ),
    ],
)
def test_a_vendor_is_not_asked_for_a_model_of_anothers(provider, model, vendor):
    only = servers_from([provider], {})
    said = f"{model} is a model of {vendor}.*'{provider.name}'.*'{provider.name}:{model}'"
    with pytest.raises(InvalidRequestError, match=said):
        resolved(model, only)
    assert resolved(f"{provider.name}:{model}", only).model == model


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        (Provider("vllm"), "gpt-5.5"),
        (KEYED("gateway", base_url="https://x.example/v1"), "gpt-5.5"),
        (KEYED("openai", base_url="https://x.example/v1"), "deepseek-v4-pro"),
        (KEYED("deepseek"), "deepseek-v4-pro"),
        (KEYED("deepseek"), "deepseek-v9"),
        (KEYED("openai"), "deepseek-ai/DeepSeek-V4-Pro"),
    ],
)
def test_the_only_provider_is_asked_for_anything_it_may_have(provider, model):
    assert resolved(model, servers_from([provider], {})).provider == provider.name

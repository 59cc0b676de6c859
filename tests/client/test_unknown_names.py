"""Names that mean nobody are told apart from other mistakes, and are never sent to somebody."""

import pickle

import pytest

import unillm
from tests.client.test_fallback import asking
from tests.client.ways import KEY
from unillm import InvalidRequestError, Provider, Route, UnknownModelError
from unillm._io import clock
from unillm._wire.serve.failed import failed
from unillm.providers import resolve, servers_from
from unillm.testing import faults

BOX = Provider("box", base_url="http://127.0.0.1:9/v1", api_key=KEY)
OLLAMA = Provider("ollama", base_url="http://127.0.0.1:9/v1", api_key=KEY)
OPENAI, DEEPSEEK = Provider("openai", api_key=KEY), Provider("deepseek", api_key=KEY)


def resolved(model, *providers):
    return resolve(model, servers_from(providers, {}), today=clock.today())


@pytest.mark.parametrize(
    ("model", "near"),
    [
        ("deepseek-v4-prro", ("deepseek-v4-pro",)),
        ("deepsek:deepseek-v4-pro", ("deepseek:deepseek-v4-pro",)),
        ("DeepSeek:x", ("deepseek:x",)),
        ("opnai:gpt-9", ("openai:gpt-9",)),
        ("opnai/gpt-9", ("openai:gpt-9",)),
        (":gpt-5.5", ("openai:gpt-5.5",)),
        (":nothing-like-it", ()),
        ("azure:x", ()),
        ("openai:", ()),
        ("something else", ()),
        ("elsewhere:x", ()),
    ],
)
def test_of_several_providers_none_is_asked(model, near):
    with pytest.raises(UnknownModelError) as caught:
        resolved(model, OPENAI, DEEPSEEK)
    assert caught.value.near[: len(near)] == near
    assert bool(caught.value.near) == bool(near)
    assert isinstance(caught.value, InvalidRequestError)
    for name in caught.value.near:
        assert repr(name) in caught.value.message
        resolved(name, OPENAI, DEEPSEEK)  # it is good as it stands


@pytest.mark.parametrize(
    ("model", "near"),
    [
        ("deepsek:deepseek-v4-pro", ("deepseek:deepseek-v4-pro",)),
        ("deepsek:x", ("deepseek:x",)),
        ("deepseekk:x", ("deepseek:x",)),
        ("DeepSeek:deepseek-v4-pro", ("deepseek:deepseek-v4-pro",)),
        ("opnai:gpt-5.5", ()),
        ("openia:gpt-5.5", ()),
        ("OpenAI:gpt-5.5", ()),
        ("togehter:x", ()),
        ("openai:gpt-5.5", ()),
        ("gpt-5.5", ()),
    ],
)
def test_a_slip_in_a_provider_is_no_id_of_the_only_one(model, near):
    with pytest.raises(UnknownModelError) as caught:
        resolved(model, DEEPSEEK)
    assert caught.value.near == near


@pytest.mark.parametrize(
    "model",
    [
        *("qwen3:8b", "deepseek-r1:7b", "deepseek-v3.1:671b", "llama3:8b", "llama:7b", "phi4:14b"),
        *("mistral:7b", "mixtral:8x7b", "codellama:34b", "gpt-oss:20b", "yi:6b", "ft:gpt-4:o::x"),
        *("olmo2:13b", "a/b:free", "deepseek-coder:33b", "x:", "smollm:135m", "openchat:7b"),
    ],
)
@pytest.mark.parametrize("provider", [BOX, OLLAMA], ids=["box", "ollama"])
def test_ids_with_colons_go_to_the_only_provider_as_they_are(provider, model):
    target = resolved(model, provider)
    assert (target.provider, target.model) == (provider.name, model)


def test_what_was_refused_can_be_written_out():
    assert resolved("box:deepsek:x", BOX).model == "deepsek:x"
    with pytest.raises(UnknownModelError, match=r"write 'box:deepsek:x'"):
        resolved("deepsek:x", BOX)


@pytest.mark.parametrize("given", [None, "", 7])
def test_no_name_is_another_mistake(given):
    with pytest.raises(InvalidRequestError) as caught:
        resolved(given, DEEPSEEK)
    assert type(caught.value) is InvalidRequestError


async def test_nothing_is_sent_and_a_default_never_answers(way, hosts):
    async with asking(way, hosts, Route(["a:m"])) as client:
        for name in ("bb", "d:m", "route:q", "openai:gpt-5.5", "aa:m"):
            with pytest.raises(UnknownModelError):
                await client.chat("hi", model=name)
            with pytest.raises(UnknownModelError):
                async with client.stream("hi", model=name):
                    pass
        with pytest.raises(UnknownModelError) as caught:
            await client.chat("hi", model="route:rr")
    assert caught.value.near == ("route:r",)
    assert not any(host.requests for host in hosts)


def test_it_survives_being_pickled():
    error = UnknownModelError("Nobody.", near=["a", "b"])
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.near, str(again)) == (UnknownModelError, ("a", "b"), "Nobody.")


async def test_what_a_provider_does_not_know_is_its_own_error(way, hosts):
    hosts[0].enqueue(faults.get("status-404-model"))
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.ModelNotFoundError) as caught:
            await client.chat("hi", model="a:n")
    assert not isinstance(caught.value, UnknownModelError)


def test_a_server_answers_with_404():
    told = failed(UnknownModelError("Nobody.", near=["a"]))
    assert told.status == 404
    assert told.body["error"]["code"] == "model_not_found"

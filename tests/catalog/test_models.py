"""What the catalog says of models is whole, ordered, and has its sources."""

import pickle
from datetime import date
from typing import Any, get_args

import pytest
from openai.types.shared.chat_model import ChatModel
from openai.types.shared.responses_model import ResponsesModel

from unillm import Api, Effort, InvalidRequestError, ModelInfo
from unillm.catalog import find, models, vendor_of
from unillm.providers import names, profile_named

ALL = models()
EFFORTS = get_args(Effort)
ON_CHAT = frozenset(get_args(ChatModel))
ON_RESPONSES = frozenset(name for part in get_args(ResponsesModel) for name in get_args(part))
every = pytest.mark.parametrize("info", [pytest.param(info, id=info.id) for info in ALL])


def facts_of(info: ModelInfo):
    return [*info.facts.values(), *(limit.fact for limit in info.limits)]


def own_names(info: ModelInfo):
    return (info.id, *info.aliases, *info.legacy)


@every
def test_every_fact_has_a_reason_a_source_and_a_day(info):
    assert "*" in info.facts
    for fact in facts_of(info):
        assert fact.reason
        assert not fact.reason.endswith(".")
        assert len(fact.source) > 10
        assert date(2026, 11, 1) <= date.fromisoformat(fact.checked) <= date(2030, 1, 1)


@every
def test_facts_are_of_fields(info):
    assert info.facts.keys() - {"*"} <= set(ModelInfo.__slots__)


@every
def test_sizes_fit(info):
    for part in (info.max_input, info.max_output):
        assert part is None or info.context is not None
        assert part is None or 0 < part <= info.context


@every
def test_efforts_are_known_and_ordered(info):
    assert list(info.efforts) == [effort for effort in EFFORTS if effort in info.efforts]
    assert info.default_effort is None or info.default_effort in (info.efforts or ("none",))


@every
def test_templates_are_told_of_efforts_that_the_model_has(info):
    assert info.template_efforts.keys() <= set(info.efforts)
    for fields in info.template_efforts.values():
        assert fields.keys() == {"chat_template_kwargs"}


@every
def test_it_is_known_whether_a_model_of_a_known_vendor_reasons_unasked(info):
    assert info.unasked_effort is not None or not info.apis


@every
def test_interfaces_are_those_of_the_vendor(info):
    assert set(info.apis) <= set(get_args(Api))
    assert info.vendor in names()
    assert not info.apis or set(info.apis) & set(profile_named(info.vendor).apis)


@every
def test_limits_hold_where_the_model_is_served_and_say_what_to_do(info):
    for limit in info.limits:
        assert limit.api is None or limit.api in info.apis
        assert (limit.then == "refuse") is bool(limit.remedy)
        _, equals, effort = limit.feature.partition("reasoning_effort=")
        assert not equals or effort in info.efforts


@every
def test_licences_are_of_open_weights(info):
    assert info.licence is None or info.open_weights
    assert info.vendor != "openai" or info.open_weights is False


@every
def test_a_successor_is_a_model_that_lives(info):
    if info.successor is not None:
        heir = find(info.successor)
        assert heir is not None
        assert heir.id == info.successor
        assert heir.retired is None
        assert heir.apis


@every
def test_every_name_finds_its_model(info):
    for name in (*own_names(info), *info.hosted):
        assert find(name) is info
        assert find(name.upper()) is info
    assert all(name == name.lower() for name in info.hosted)


@every
def test_own_ids_are_its_vendors(info):
    for name in own_names(info):
        assert vendor_of(name) == (info.vendor if info.apis else None)


def test_no_name_means_two_models():
    used = [name.lower() for info in ALL for name in (*own_names(info), *info.hosted)]
    assert sorted(used) == sorted(set(used))


def test_no_name_is_a_providers():
    used = {name for info in ALL for name in (*own_names(info), *info.hosted)}
    assert not used & {*names(), "generic"}


@pytest.mark.parametrize("name", sorted(ON_RESPONSES - ON_CHAT))
def test_what_only_the_types_of_responses_have_is_served_there_alone(name):
    info = find(name)
    assert info is None or info.apis == ("responses",)


@pytest.mark.parametrize(
    "info", [pytest.param(info, id=info.id) for info in models("openai") if "chat" in info.apis]
)
def test_what_is_served_on_chat_is_in_its_types(info):
    """``gpt-5.6`` stands for gpt-5.6-sol; dated names of gpt-5.4 are in no type, nor is its pro."""
    assert set(own_names(info)) - {"gpt-5.6", "gpt-5.4-2026-03-05"} <= ON_CHAT


def test_the_newest_models_of_openai_are_there():
    assert {name for name in ON_CHAT if name.startswith("gpt-6")} <= {
        name for info in models("openai") for name in own_names(info)
    }


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-5.6", "gpt-5.6-sol"),
        ("gpt-5.5-2026-04-23", "gpt-5.5"),
        ("openai/gpt-6.1-sol", "gpt-6.1-sol"),
        ("deepseek-ai/DeepSeek-V4-Pro-0813", "deepseek-v4-pro"),
        ("accounts/fireworks/models/deepseek-v4-pro", "deepseek-v4-pro"),
        ("accounts/fireworks/models/deepseek-v4p1-flash", "deepseek-flash"),
        ("deepseek/deepseek-v4.1-flash", "deepseek-flash"),
        ("deepseek-ai/DeepSeek-V4.1-Flash-1017", "deepseek-flash"),
        # DeepSeek answers the bare name with V4.1-Flash; hosts serve the weights of that name.
        ("deepseek-v4-flash", "deepseek-flash"),
        ("deepseek-ai/DeepSeek-V4-Flash", "deepseek-v4-flash-0731"),
        ("deepseek-ai/DeepSeek-V4-Flash-0731", "deepseek-v4-flash-0731"),
        ("accounts/fireworks/models/deepseek-v3p2", "deepseek-v3.2"),
        ("gpt-", None),
        ("", None),
        ("/", None),
        ("gpt-5.5/", None),
    ],
)
def test_names_of_hosts_find_models(name, found):
    info = find(name)
    assert (info and info.id) == found


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("gpt-5.5", "openai"),
        ("gpt-5.5-pro-2026-04-23", "openai"),
        ("deepseek-reasoner", "deepseek"),
        ("GPT-5.5", None),
        ("deepseek-v4.1-flash", None),
        ("deepseek-v3.2", None),
        ("openai/gpt-5.5", None),
    ],
)
def test_only_ids_that_the_vendor_takes_are_its_own(name, vendor):
    assert vendor_of(name) == vendor


@every
def test_a_model_travels(info):
    assert ModelInfo.from_json(info.to_json()) == info
    assert ModelInfo.from_dict(info.to_dict()) == info
    assert pickle.loads(pickle.dumps(info)) == info


@every
def test_a_model_is_short_to_look_at(info):
    assert repr(info).startswith(f"ModelInfo({info.id!r}, vendor=")
    assert len(repr(info)) < 160


def test_models_of_one_vendor():
    assert models("openai") + models("deepseek") == ALL
    assert models("OpenAI") == models("openai")
    given: tuple[Any, ...] = ("nobody", "", 5)
    for nobody in given:
        with pytest.raises(InvalidRequestError, match=r"models of openai, deepseek, not of"):
            models(nobody)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("openai:gpt-5.5", "gpt-5.5"),
        ("OpenAI:GPT-5.5", "gpt-5.5"),
        ("deepseek:deepseek-v4-flash", "deepseek-flash"),
        ("deepseek:gpt-5.5", None),
        ("vllm:gpt-5.5", None),
        (":gpt-5.5", None),
        ("openai:", None),
        ("", None),
    ],
)
def test_a_vendor_may_stand_before_a_models_name(name, found):
    info = find(name)
    assert (info and info.id) == found


@pytest.mark.parametrize("name", [None, 5, b"gpt-5.5", ["gpt-5.5"]], ids=range(4))
@pytest.mark.parametrize("ask", [find, vendor_of])
def test_a_name_is_a_string(ask, name):
    with pytest.raises(InvalidRequestError, match="a model's name is a string, not"):
        ask(name)

"""Answers of endpoints beside chat: whatever a host says is a value or a documented error."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm._wire.endpoints.answered import json_in
from unillm._wire.endpoints.asked import asked, without
from unillm._wire.endpoints.balance import balance_in
from unillm._wire.endpoints.batch import (
    BatchState,
    body_in,
    file_in,
    line_of,
    lines_in,
    state_in,
    tagged_in,
    unanswered,
)
from unillm._wire.endpoints.completion import completion_in
from unillm._wire.endpoints.models import models_in
from unillm._wire.endpoints.multipart import multipart
from unillm.errors import InvalidRequestError, MalformedResponseError, ProviderError
from unillm.providers import profile_named
from unillm.types.profile import Profile
from unillm.types.services import Account
from unillm.types.target import Target

NAMES = st.sampled_from(
    [
        *("data", "models", "id", "name", "created", "context_length", "meta", "n_ctx_train"),
        *("is_available", "balance_infos", "currency", "total_balance", "total_credits"),
        *("choices", "text", "finish_reason", "usage", "error", "message", "code", "total_usage"),
        *("custom_id", "response", "status_code", "body", "status", "request_counts", "metadata"),
        *("errors", "output_file_id", "error_file_id", "completed", "failed", "job", "has_more"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["110.00", "-3", "1e400", "NaN", "completed", "batch_expired", "stop", "200"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


def target_of(profile: str | Profile = "generic"):
    known = profile if isinstance(profile, Profile) else profile_named(profile)
    return Target(
        provider="box", model="m", base_url="http://box/v1", profile=known, api_key="k" * 10
    )


CREDITS = Profile(name="c", account=Account(path="/credits", says="credits"))
READINGS = {
    "models": lambda data: models_in(data, target_of()),
    "balance": lambda data: balance_in(data, target_of("deepseek")),
    "credits": lambda data: balance_in(data, target_of(CREDITS)),
    "completion": lambda data: completion_in(data, target_of(), None),
    "file": file_in,
    "state": state_in,
    "tagged": lambda data: tagged_in(data, "tag", "file"),
    "line": lambda data: body_in(data if isinstance(data, dict) else {}),
    "unanswered": lambda data: unanswered(state_in(data)),
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
@given(data=VALUES)
def test_values_of_any_shape_are_read_or_are_documented_errors(read, data):
    with suppress(MalformedResponseError, ProviderError):
        assert read(data) is not None


@given(body=st.binary(max_size=60) | VALUES.map(lambda v: json.dumps(v).encode()))
def test_bodies_of_any_bytes_are_json_or_documented_errors(body):
    with suppress(MalformedResponseError, ProviderError):
        json_in(body, {})
    assert all(isinstance(line, dict) for line in lines_in(body))


LISTS = {
    "openai": {
        "object": "list",
        "data": [{"id": "m", "object": "model", "created": 7, "owned_by": "o"}],
    },
    "deepseek": {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "o"}]},
    "together": [{"id": "m", "created": 7, "organization": "o", "context_length": 99}],
    "openrouter": {
        "data": [{"id": "m", "name": "M", "created": 7, "context_length": 99, "pricing": {}}]
    },
    "vllm": {"data": [{"id": "m", "created": 7, "owned_by": "o", "max_model_len": 99}]},
    "llamacpp": {
        "models": [{"name": "m", "model": "m"}],
        "data": [{"id": "m", "created": 7, "owned_by": "o", "meta": {"n_ctx_train": 99}}],
    },
    "names alone": ["m"],
}


@pytest.mark.parametrize(("name", "data"), LISTS.items(), ids=LISTS)
def test_lists_of_models_as_hosts_write_them(name, data):
    (model,) = models_in(data, target_of())
    assert (model.provider, model.id) == ("box", "m")
    assert model.created == (None if name in {"deepseek", "names alone"} else 7)
    assert model.context == (99 if "99" in json.dumps(data) else None)
    assert model.owned_by == (None if name in {"openrouter", "names alone"} else "o")


def test_an_entry_without_a_name_is_left_out_unless_all_are():
    (model,) = models_in([7, {}, {"id": ""}, {"id": "m", "context_length": 0}], target_of())
    assert model.context is None
    assert models_in({"data": []}, target_of()) == ()
    for broken in ({"data": [{}]}, {"data": {}}, 7, None, "m"):
        with pytest.raises(MalformedResponseError):
            models_in(broken, target_of())


def test_the_id_of_the_provider_finds_the_model_of_the_catalog():
    profile = Profile(name="host", ids={"deepseek-v4-pro": "deepseek-ai/their-own-name"})
    (model,) = models_in(["deepseek-ai/their-own-name"], target_of(profile))
    assert model.info is not None
    assert model.info.id == "deepseek-v4-pro"


def test_amounts_are_exact():
    data = {
        "is_available": False,
        "balance_infos": [
            {"currency": "CNY", "total_balance": "-0.10", "granted_balance": None},
            {"currency": "USD", "total_balance": 0.1},
        ],
    }
    balance = balance_in(data, target_of("deepseek"))
    assert [funds.total for funds in balance.funds] == [Decimal("-0.10"), Decimal("0.1")]
    assert [funds.granted for funds in balance.funds] == [None, None]
    assert not balance.available
    told = {"data": {"total_credits": 100.5, "total_usage": 25.75}}
    credit = balance_in(told, target_of(CREDITS))
    assert credit.available
    assert (credit.funds[0].currency, credit.funds[0].total) == ("USD", Decimal("74.75"))
    assert type(credit).from_json(credit.to_json()) == credit


@pytest.mark.parametrize("amount", [None, True, "NaN", "Infinity", "1e99999", "x", "", [], {}])
def test_what_is_no_amount_is_refused(amount):
    data = {"is_available": True, "balance_infos": [{"currency": "USD", "total_balance": amount}]}
    with pytest.raises(MalformedResponseError, match="total_balance"):
        balance_in(data, target_of("deepseek"))


@given(
    file=st.binary(max_size=200),
    fields=st.dictionaries(st.sampled_from("abc"), st.from_regex("[a-z-]{1,9}", fullmatch=True)),
)
def test_an_upload_is_what_a_real_parser_reads(file, fields):
    kind, body = multipart(fields, "rows.jsonl", file)
    head = f"content-type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = list(message.iter_parts())
    read = {p.get_param("name", header="content-disposition"): p for p in parts}
    assert list(read) == [*fields, "file"]
    for name, value in fields.items():
        assert read[name].get_payload(decode=True) == value.encode()
    assert read["file"].get_filename() == "rows.jsonl"
    # That parser makes one line end of another; the bytes between the boundaries are the file's.
    boundary = kind.partition("boundary=")[2].encode()
    inner = body.rpartition(b"\r\n--" + boundary + b"--")[0]
    assert inner.endswith(b"\r\n\r\n" + file)
    assert body.count(boundary) == len(fields) + 2


def test_a_line_is_one_line_of_json():
    line = line_of("row-1", "responses", b'{"model":"m","input":"a\\nb"}')
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "custom_id": "row-1",
        "method": "POST",
        "url": "/v1/responses",
        "body": {"model": "m", "input": "a\nb"},
    }


def test_a_batch_in_capitals_and_in_an_envelope_is_one():
    state = state_in({"job": {"id": "b", "status": "COMPLETED", "output_file_id": "f"}})
    assert state == BatchState(id="b", status="completed", files=("f",))
    assert state.is_over
    assert not state_in({"id": "b", "status": "a new word"}).is_over
    assert state_in({"id": "b", "status": "canceled"}).status == "cancelled"
    assert state_in({"id": "b", "status": "canceled"}).is_over


@pytest.mark.parametrize("name", ["", "../../user/balance", "a/b", "a?b", "a b", None, 7])
def test_an_id_that_would_lead_elsewhere_is_refused(name):
    with pytest.raises(MalformedResponseError):
        state_in({"id": name, "status": "completed"})


@pytest.mark.parametrize("file", ["../../user/balance", "a/b", "a?b", 7, ""])
def test_a_file_that_would_lead_elsewhere_is_left_alone(file):
    assert state_in({"id": "b", "status": "completed", "output_file_id": file}).files == ()


def test_a_get_has_no_body_and_headers_and_query_of_the_caller():
    settings = {"extra_headers": {"X-Team": "a"}, "extra_query": {"v": "1"}}
    wire = asked(target_of(), "/models", settings)
    assert (wire.method, wire.url, wire.body) == ("GET", "http://box/v1/models?v=1", b"")
    assert dict(wire.headers) == {"accept": "application/json", "x-team": "a"}
    assert wire.api_key == "k" * 10
    with pytest.raises(InvalidRequestError):
        asked(target_of(), "/models", {"extra_query": {"v": "\ud800"}})


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("http://h/v1", "http://h"),
        ("http://h/v1/?a=1", "http://h?a=1"),
        ("http://h/beta", "http://h"),
        ("http://h/v1/beta", "http://h/v1"),
        ("http://h", "http://h"),
    ],
)
def test_a_base_url_without_its_ending(url, bare):
    assert without(url, "/beta", "/v1") == bare

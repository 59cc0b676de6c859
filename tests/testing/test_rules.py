"""What hosts refuse: each rule with a request that breaks it and its nearest neighbour."""

import json
import re
from dataclasses import replace
from typing import Any

import openai as theirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.testing.oracle import complaints
from tests.testing.rules.case import BETA, CHAT, PLAIN, RESPONSES, Case, called, fn, result
from tests.testing.rules.cases import CASES
from tests.testing.wire import ask
from unillm.testing import Answer, FakeCall, FakeProvider, FakeTransport, faults, rules
from unillm.testing.rules.rule import broken
from unillm.testing.seen import seen_of

NUMBER = 7
EVERY = [(host, rule.name) for host in rules.names() for rule in rules.get(host).rules]
IDS = [f"{case.host}-{case.rule}-{at}" for at, case in enumerate(CASES)]


def seen(case: Case, fields):
    asked = {**PLAIN.get((case.host, case.path), PLAIN[case.host, CHAT]), **fields}
    body = json.dumps(asked).encode()
    return seen_of("POST", case.path, {}, body, number=NUMBER, connection=1)


def judged(case: Case, fields):
    return broken(rules.get(case.host), seen(case, fields), any_model=False)


def test_every_rule_has_a_case():
    assert {(case.host, case.rule) for case in CASES} == set(EVERY)
    assert len(EVERY) == len(set(EVERY)), "a name is there twice"


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_breaks_a_rule_is_refused(case: Case):
    found = judged(case, case.bad)
    assert found is not None
    rule, refusal = found
    assert rule.name == case.rule
    if case.says.startswith("="):
        assert refusal.message == case.says[1:]
    assert case.says.removeprefix("=") in refusal.message
    assert (refusal.param, refusal.code, refusal.status) == (case.param, case.code, case.status)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_its_neighbour_is_not(case: Case):
    assert judged(replace(case, path=case.good_path or case.path), case.good) is None


@pytest.mark.parametrize("host", rules.names())
@pytest.mark.parametrize("path", [CHAT, RESPONSES, BETA])
def test_a_plain_request_is_taken(host, path):
    other = PLAIN[host, CHAT] if path == BETA else {"model": "m", "input": "Hi"}
    fields = PLAIN.get((host, path), other)
    case = Case(host=host, rule="", path=path)
    body = json.dumps(fields).encode()
    one = seen_of("POST", path, {}, body, number=1, connection=1)
    assert broken(rules.get(case.host), one, any_model=False) is None


@pytest.mark.parametrize(("host", "name"), EVERY)
def test_a_rule_says_who_says_so(host, name):
    rule = next(rule for rule in rules.get(host).rules if rule.name == name)
    assert re.fullmatch(r"[A-Z].{10,100}\.", rule.summary)
    assert re.fullmatch(r"2026-1[12]-\d\d", rule.fact.checked)
    assert len(rule.fact.source) > 15
    assert rule.fact.reason.startswith("Refused: ")
    assert repr(rule).endswith(f"verified={rule.fact.verified}))")


KEYS = (
    *("role", "content", "type", "text", "name", "function", "parameters", "id", "call_id"),
    *("output", "tool_calls", "effort", "tool_call_id", "format", "summary", "strict"),
    *("encrypted_content", "properties", "items", "anyOf"),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-3, 3)
    | st.sampled_from(
        ["", "Hi", "tool", "user", "assistant", "function", "auto", "low", "json_object", "f"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NAMES = sorted({name for case in CASES for name in (*case.bad, *PLAIN[case.host, CHAT])})


@given(
    host=st.sampled_from(rules.names()),
    path=st.sampled_from([CHAT, RESPONSES, BETA]),
    fields=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5),
)
def test_whatever_is_asked_is_judged(host, path, fields):
    case = Case(host=host, rule="", path=path)
    one = seen_of("POST", path, {}, json.dumps(fields).encode(), number=2, connection=1)
    known = rules.get(case.host)
    for rule in known.rules:
        refusal = rule.check(one)
        assert refusal is None or refusal.status in {400, 404, 500}
    assert all(isinstance(name, str) for name in known.ignores(one))
    known.shape(one, Answer("Hi.", reasoning="Hm."))


WRONG: tuple[Any, ...] = ({}, [], 7, None, "x", [{}], {"type": {}})


def with_each_place_wrong(value: Any):
    """Give what a JSON value would be with something else in one of its places, for each place."""
    yield from WRONG
    for key in (
        value if isinstance(value, dict) else range(len(value if isinstance(value, list) else ()))
    ):
        for other in with_each_place_wrong(value[key]):
            changed = value.copy()
            changed[key] = other
            yield changed


@pytest.mark.parametrize(("host", "path"), PLAIN)
def test_every_wrong_type_at_every_place_is_judged(host, path):
    judged_here, known = 0, rules.get(host)
    for case in CASES:
        known_path = case.path if (case.host, case.path) in PLAIN else CHAT
        if (case.host, known_path) != (host, path) or "too-many" in case.rule:
            continue
        for fields in with_each_place_wrong({**PLAIN[host, path], **case.bad}):
            body = json.dumps(fields).encode()
            one = seen_of("POST", case.path, {}, body, number=2, connection=1)
            for rule in known.rules:
                if rule.api in {None, one.api}:
                    refusal = rule.check(one)
                    assert refusal is None or refusal.status in {400, 404, 500}
            judged_here += 1
    assert judged_here > 20


def test_a_refusal_is_in_the_hosts_shape_and_names_its_rule():
    with FakeProvider(rules="openai") as fake:
        wire = ask(fake, model="gpt-5.5", top_k=5)
        assert wire.status == 400
        assert "x-unillm-rule: unknown-field" in wire.head
        assert wire.json == {
            "error": {
                "message": "Unrecognized request argument supplied: top_k",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            }
        }
        assert fake.wait(in_flight=0)
        assert (fake.served[0].rule, fake.served[0].fault) == ("unknown-field", None)
    with FakeProvider(rules="vllm") as fake:
        problem = ask(fake, tools=[]).json["error"]
        assert (problem["type"], problem["code"]) == ("BadRequestError", 400)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("openai", "Incorrect API key provided."),
        ("together", "Invalid API key provided. You can find"),
        ("llamacpp", "Invalid API Key"),
        ("sglang", "Unauthorized"),
    ],
)
def test_a_wrong_key_is_refused_in_the_hosts_words(host, said):
    with FakeProvider(rules=host, api_key="right") as fake:
        wire = ask(fake, key="wrong")
    assert wire.status == 401
    problem = wire.json["error"]
    assert (problem if isinstance(problem, str) else problem["message"]).startswith(said)
    assert "x-unillm-rule" not in wire.head


def test_what_is_refused_takes_nothing_from_the_queue():
    with FakeProvider(rules="openai") as fake:
        fake.enqueue("Hello.")
        assert ask(fake, model="gpt-5.5", messages=[]).status == 400
        assert fake.queued == 1
        assert ask(fake, model="gpt-5.5").json["choices"][0]["message"]["content"] == "Hello."


def test_models_of_ones_own_and_faults_are_known():
    with FakeProvider(rules="openai") as fake:
        assert ask(fake, model="mine").status == 404
        assert ask(fake, model="finish-length").status == 200
    with FakeProvider(rules="openai", models=["mine"]) as fake:
        assert ask(fake, model="mine").status == 200
        assert ask(fake, model="mine", top_k=1).status == 400
        assert ask(fake, model="gpt-5.5").status == 404


def test_rules_can_be_left_out():
    relaxed = rules.get("deepseek").without("reasoning-content-empty", "image")
    asked: dict[str, Any] = {
        "model": "deepseek-v4-pro",
        "tools": [fn()],
        "messages": [called("c1", reasoning_content=""), result("c1")],
    }
    with FakeProvider(rules=relaxed) as fake:
        assert ask(fake, **asked).status == 200
    with FakeProvider(rules="deepseek") as fake:
        assert ask(fake, **asked).status == 400
    with pytest.raises(KeyError, match="did you mean 'image'"):
        relaxed = rules.get("vllm").without("images")
    with pytest.raises(KeyError, match="no rules of 'acme'"):
        FakeProvider(rules="acme")


def test_what_deepseek_ignores_is_on_the_request():
    with FakeProvider(rules="deepseek") as fake:
        plain = PLAIN["deepseek", CHAT]
        ask(fake, **plain, max_tokens=5)
        ask(fake, **plain, max_completion_tokens=5, seed=1, temperature=0)
        ask(fake, **plain, thinking={"type": "disabled"}, temperature=0, top_p=0.5)
        ask(fake, **PLAIN["deepseek", RESPONSES], path=RESPONSES, messages=None, store=True)
        assert [one.ignored for one in fake.requests] == [
            (),
            ("max_completion_tokens", "seed", "temperature"),
            ("top_p",),
            ("messages", "store"),
        ]
    with FakeProvider() as fake:
        ask(fake, odd=1)
        assert fake.requests[0].ignored == ()


def test_deepseek_thinks_unless_it_is_told_not_to():
    with FakeProvider(rules="deepseek") as fake:
        plain = PLAIN["deepseek", CHAT]
        message = ask(fake, **plain).json["choices"][0]["message"]
        assert message["reasoning_content"] == "The user asks."
        switches: list[dict[str, Any]] = [
            {"thinking": {"type": "disabled"}},
            {"reasoning_effort": "none"},
        ]
        for off in switches:
            fake.enqueue(Answer("Hi.", reasoning="Hm."))
            body = ask(fake, **plain, **off).json
            assert "reasoning_content" not in body["choices"][0]["message"]
        *_, last, _ = ask(fake, **plain, stream=True).events
        assert last["usage"]["prompt_cache_miss_tokens"] == 1
        item = ask(fake, **PLAIN["deepseek", RESPONSES], path=RESPONSES).json["output"][0]
        assert item["content"] == [{"type": "reasoning_text", "text": "The user asks."}]


def test_openai_shows_no_reasoning_but_counts_it():
    answer = Answer("Hi.", reasoning="Let me think.")
    with FakeProvider(rules="openai") as fake:
        fake.enqueue(answer, answer, answer)
        chat = ask(fake, **PLAIN["openai", CHAT]).json
        assert "reasoning_content" not in chat["choices"][0]["message"]
        assert chat["usage"]["completion_tokens_details"] == {"reasoning_tokens": 3}
        hidden = responses(fake)
        assert hidden["output"][0]["summary"] == []
        assert hidden["usage"]["output_tokens_details"] == {"reasoning_tokens": 3}
        shown = responses(fake, reasoning={"summary": "auto"})
        assert shown["output"][0]["summary"][0]["text"] == "Let me think."
        made_up = responses(fake)
        assert [item["type"] for item in made_up["output"]] == ["reasoning", "message"]
        plain = responses(fake, model="gpt-4.1")
        assert [item["type"] for item in plain["output"]] == ["message"]


def responses(fake, **fields):
    return (
        theirs_client(fake).responses.create(**{**PLAIN["openai", RESPONSES], **fields}).to_dict()
    )


def theirs_client(fake) -> Any:
    return theirs.OpenAI(base_url=fake.base_url, api_key="k", max_retries=0)


TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}


def test_openais_client_goes_round_with_reasoning_and_tools():
    with FakeProvider(rules="openai") as fake, theirs_client(fake) as client:
        asked: list[Any] = [{"role": "user", "content": "Weather in Rome?"}]
        options = {"model": "gpt-5.5", "tools": [TOOL], "store": False}
        first = client.responses.create(input=asked, **options)
        assert complaints(first.to_dict()) == []
        thought, call = first.output
        asked += [thought.to_dict(), call.to_dict()]
        with pytest.raises(theirs.BadRequestError, match="No tool output found"):
            client.responses.create(input=asked, **options)
        asked.append({"type": "function_call_output", "call_id": call.call_id, "output": "Sun"})
        again = client.responses.create(input=asked, **options)
        assert again.output_text == "The tool answered: Sun"
        with pytest.raises(theirs.BadRequestError, match="required following item"):
            client.responses.create(input=[*asked[:2], asked[0]], **options)


def test_every_fault_is_served_to_a_request_that_is_sound():
    with FakeProvider(rules="openai") as fake:
        fake.enqueue(faults.get("status-503"), Answer(tool_calls=[FakeCall("f")]))
        assert ask(fake, **PLAIN["openai", CHAT]).status == 503
        choice = ask(fake, **PLAIN["openai", CHAT]).json["choices"][0]
        assert choice["finish_reason"] == "tool_calls"


def test_without_sockets():
    fake = FakeTransport(rules="deepseek")
    box = unillm.Provider("box", base_url="http://box.example/v1")
    client = unillm.Client(providers=[box], transport=fake, model="box:deepseek-v4-pro")
    response = client.chat("Hi")
    assert (response.text, response.reasoning) == ("You said: Hi", "The user asks.")
    with pytest.raises(unillm.BadRequestError, match="valid range of max_tokens"):
        client.chat("Hi", max_tokens=400_000)

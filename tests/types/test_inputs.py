# pyright: reportArgumentType=false
"""What callers may write as messages and settings, and what they are told when it is wrong."""

import pickle
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest

import unillm
from unillm import (
    AssistantMessage,
    ImagePart,
    InvalidRequestError,
    RawPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from unillm.types.inputs import messages_from
from unillm.types.policy import RetryPolicy, Timeout
from unillm.types.settings import ChatSettings, checked

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Hi", (UserMessage("Hi"),)),
        (UserMessage("Hi"), (UserMessage("Hi"),)),
        (["Hi", UserMessage("Ho")], (UserMessage("Hi"), UserMessage("Ho"))),
        ({"role": "user", "content": "Hi"}, (UserMessage("Hi"),)),
        ({"role": "user", "content": "Hi", "name": "ann"}, (UserMessage("Hi", name="ann"),)),
        ({"role": "developer", "content": "x"}, (SystemMessage("x", role="developer"),)),
        (
            {"role": "tool", "tool_call_id": "c1", "content": "ok"},
            (ToolMessage("c1", "ok"),),
        ),
        (
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            (AssistantMessage(tool_calls=(ToolCall("c1", "f", {"a": 1}, raw='{"a": 1}'),)),),
        ),
        (
            {"role": "assistant", "content": "x", "reasoning_content": "hm", "prefix": True},
            (
                AssistantMessage(
                    "x",
                    reasoning="hm",
                    reasoning_field="reasoning_content",
                    extra={"prefix": True},
                ),
            ),
        ),
        (
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "see"},
                    {"type": "image_url", "image_url": {"url": "https://x", "detail": "low"}},
                    {"type": "input_audio", "input_audio": {"data": "…"}},
                    {"type": "text", "text": "cached", "cache_control": {"type": "x"}},
                    "bare",
                ],
            },
            (
                UserMessage(
                    (
                        TextPart("see"),
                        ImagePart("https://x", detail="low"),
                        RawPart({"type": "input_audio", "input_audio": {"data": "…"}}),
                        RawPart({"type": "text", "text": "cached", "cache_control": {"type": "x"}}),
                        TextPart("bare"),
                    )
                ),
            ),
        ),
        ((m for m in ("a", "b")), (UserMessage("a"), UserMessage("b"))),
    ],
)
def test_what_is_a_message(given, expected):
    assert messages_from(given) == expected


def test_a_call_of_an_earlier_turn_is_replayed_even_if_its_arguments_are_broken():
    broken = {"id": "c1", "function": {"name": "f", "arguments": '{"a": '}}
    (message,) = messages_from({"role": "assistant", "tool_calls": [broken]})
    assert isinstance(message, AssistantMessage)
    assert message.tool_calls[0].raw == '{"a": '


def test_a_call_whose_arguments_are_an_object_is_taken_as_meant():
    call = {"id": "c1", "function": {"name": "f", "arguments": {"a": [1]}}}
    (message,) = messages_from({"role": "assistant", "tool_calls": [call]})
    assert isinstance(message, AssistantMessage)
    assert message.tool_calls[0].arguments == {"a": [1]}
    assert message.tool_calls[0].raw == '{"a":[1]}'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "messages is empty"),
        (7, "messages is of type int"),
        (None, "messages is of type NoneType"),
        ([7], r"messages\[0\] is of type int"),
        ([("user", "Hi")], r"is of type tuple.* Write {'role'"),
        ([UserMessage], r"is of type type.* Make one: UserMessage\(…\)"),
        (["a", {"role": "robot"}], r"messages\[1\] has role 'robot'; known roles are system"),
        ({"role": ["x"]}, r"messages\[0\] has role \['x'\]"),
        ({"content": "x"}, "has role None"),
        ({"role": "user"}, "content must be a string or a list of parts, not NoneType"),
        ({"role": "user", "content": 3}, "content must be"),
        ({"role": "user", "content": [3]}, r"content\[0\] must be a part"),
        ({"role": "user", "content": "x", "name": 3}, "name must be a string"),
        ({"role": "tool", "content": "x"}, "needs tool_call_id"),
        ({"role": "assistant", "tool_calls": 3}, "tool_calls must be a list"),
        ({"role": "assistant", "tool_calls": {"id": "1"}}, "tool_calls must be a list"),
        ({"role": "assistant", "tool_calls": [3]}, r"tool_calls\[0\] must be"),
        ({"role": "assistant", "tool_calls": [{"id": "1"}]}, r"tool_calls\[0\] must be"),
    ],
)
def test_what_is_no_message_is_told_where_and_why(given, said):
    with pytest.raises(InvalidRequestError, match=said) as caught:
        messages_from(given)
    assert isinstance(caught.value, ValueError)


def test_a_whole_response_among_messages_is_pointed_to_its_message():
    response = unillm.ChatResponse(
        message=AssistantMessage("x"), finish_reason="stop", provider="p", model="m"
    )
    with pytest.raises(InvalidRequestError, match=r"Pass response\.message"):
        messages_from(["a", response])  # type: ignore[list-item]


def test_settings_that_are_none_are_not_set():
    assert checked({"temperature": None, "n": None}) == {}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"temprature": 1}, "unknown setting 'temprature': did you mean temperature"),
        ({"zzz": 1}, r"extra_body=\{'zzz': …\}"),
        ({"max_completion_tokens": 1}, "did you mean max_tokens"),
        ({"stream": True}, r"client\.stream"),
        ({"temperature": "hot"}, "temperature must be a number, not str"),
        ({"temperature": True}, "temperature must be a number, not bool"),
        ({"max_tokens": 1.5}, "max_tokens must be a whole number, not float"),
        ({"max_tokens": 0}, "max_tokens must be at least 1, not 0"),
        ({"max_tokens": -1}, "max_tokens must be at least 1, not -1"),
        ({"reasoning_summary": "long"}, "must be one of auto, concise, detailed, not 'long'"),
        ({"verbosity": "loud"}, "verbosity must be one of low, medium, high, not 'loud'"),
        ({"api": "chat"}, r"did you mean providers=\[unillm.Provider\(…, api=…\)\]"),
        ({"instructions": "x"}, "did you mean system"),
        ({"previous_response_id": "x"}, r"^unknown setting 'previous_response_id'\. .*extra_body="),
        ({"stop": 5}, "stop must be a string or a list of strings"),
        ({"stop": ["a", ""]}, "stop must be of texts that are not empty: look at ''"),
        ({"stop": ""}, "stop must be of texts that are not empty"),
        ({"stop": ["a", 5]}, "look at 5"),
        ({"extra_body": []}, "extra_body must be a dict"),
        ({"n": 2}, "n=2 is not supported: one call gives one answer"),
        ({"extra_body": {"n": 3}}, "n=3 is not supported"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(settings, said):
    with pytest.raises(InvalidRequestError, match=said):
        checked(settings)


def test_every_documented_setting_is_known():
    samples = {
        "stop": "x",
        "tool_choice": "auto",
        "reasoning_effort": "low",
        "reasoning_summary": "auto",
        "verbosity": "low",
        "response_format": {"type": "json_object"},
        "logit_bias": {},
        "metadata": {},
        "tags": {},
        "extra_body": {},
        "extra_headers": {},
        "extra_query": {},
        "logprobs": True,
        "parallel_tool_calls": True,
        "store": True,
    }
    numbers = {"temperature", "top_p", "frequency_penalty", "presence_penalty"}
    whole = {"max_tokens", "seed", "top_logprobs"}
    for name in ChatSettings.__annotations__:
        value = samples.get(name, 0.5 if name in numbers else 1 if name in whole else "x")
        assert checked({name: value}) == {name: value}
    assert checked({"n": 1}) == {}


@pytest.mark.parametrize("value", [0, -1, True, "1", float("nan"), float("inf")])
def test_a_time_limit_must_be_a_time(value):
    for name in ("connect", "first_token", "idle", "total"):
        with pytest.raises(InvalidRequestError, match=name):
            Timeout(**{name: value})


@pytest.mark.parametrize(
    "options",
    [
        {"max_attempts": 0},
        {"max_attempts": 1.5},
        {"max_attempts": True},
        {"max_wait": -1},
        {"first_wait": "x"},
        {"wait": 3},
        {"stop": "x"},
    ],
)
def test_a_retry_policy_must_make_sense(options):
    with pytest.raises(InvalidRequestError, match=next(iter(options))):
        RetryPolicy(**options)


@pytest.mark.parametrize(
    ("make", "content", "said"),
    [
        (partial(ToolMessage, "c1"), 5, "ToolMessage gives an int as the result of a tool"),
        (partial(ToolMessage, "c1"), {"a": 1}, "json.dumps"),
        (partial(ToolMessage, "c1"), None, "gives a NoneType"),
        (UserMessage, 5, r"UserMessage\.content must be a string or a list of parts, not int"),
        (UserMessage, None, "not NoneType"),
        (SystemMessage, [3], r"SystemMessage\.content\[0\] must be a part"),
        (AssistantMessage, {}, r"AssistantMessage\.content must be .*, not dict"),
        (UserMessage, Path("not/there.png"), "not/there.png' is not there"),
    ],
)
def test_content_of_a_message_made_by_hand_is_looked_at_too(make, content, said):
    with pytest.raises(InvalidRequestError, match=said):
        make(content)


def test_a_tool_result_that_was_not_awaited_says_so():
    async def tool():
        return "x"

    result = tool()
    with pytest.raises(InvalidRequestError, match="forget await"):
        ToolMessage("c1", result)
    result.close()


def test_content_given_as_a_list_is_taken_as_parts():
    (message,) = messages_from(UserMessage(["a", {"type": "text", "text": "b"}]))
    assert message == UserMessage((TextPart("a"), TextPart("b")))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("api_key", r"unillm\.Provider"),
        ("max_retries", "RetryPolicy"),
        ("effort", "reasoning_effort"),
    ],
)
def test_a_word_of_other_sdks_is_translated_without_other_advice(name, meant):
    with pytest.raises(InvalidRequestError, match=meant) as caught:
        checked({name: "x"})
    assert "extra_body" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"reasoning": "a", "reasoning_content": "a"}, ("a", "reasoning_content", {})),
        ({"reasoning": "a", "reasoning_content": None}, ("a", "reasoning", {})),
        ({"reasoning": "a", "reasoning_content": ""}, ("a", "reasoning", {})),
        ({"reasoning_content": ""}, ("", "reasoning_content", {})),
        ({"reasoning": None}, (None, None, {})),
        ({"reasoning": {"x": 1}}, (None, None, {"reasoning": {"x": 1}})),
    ],
    ids=range(6),
)
def test_reasoning_in_two_fields_is_kept_once(given, found):
    (message,) = messages_from({"role": "assistant", "content": "So.", **given})
    assert isinstance(message, AssistantMessage)
    assert (message.reasoning, message.reasoning_field, message.extra) == found


@pytest.mark.parametrize("text", ["", "Hi", "NaN", 'é "漢"\n\x00'])
@pytest.mark.parametrize(
    ("role", "kind"),
    {
        "system": SystemMessage,
        "developer": partial(SystemMessage, role="developer"),
        "user": UserMessage,
        "assistant": AssistantMessage,
    }.items(),
)
def test_a_message_of_a_text_alone_is_what_its_class_makes(role, kind, text):
    (made,) = messages_from([{"role": role, "content": text}])
    meant = kind(text)
    assert made == meant
    assert type(made) is type(meant)
    assert repr(made) == repr(meant)
    assert [getattr(made, one.name) for one in fields(made)] == [
        getattr(meant, one.name) for one in fields(meant)
    ]
    assert pickle.loads(pickle.dumps(made)) == replace(made) == deepcopy(made) == meant
    (other,) = messages_from([{"role": role, "content": text}])
    assert other.extra is not made.extra, "what is put into one is in no other"


def test_texts_that_are_not_plainly_texts_go_the_long_way():
    class Text(str):
        __slots__ = ()

    (made,) = messages_from([{"content": Text("Hi"), "role": "user"}])
    assert made == UserMessage(Text("Hi"))
    with pytest.raises(InvalidRequestError, match="role 'bard'; known roles"):
        messages_from([{"role": "bard", "content": "Hi"}])
    with pytest.raises(InvalidRequestError, match="tool_call_id"):
        messages_from([{"role": "tool", "content": "Hi"}])
    (made,) = messages_from([{"content": "Hi", "role": "user", "name": "ann"}])
    assert made == UserMessage("Hi", name="ann")


def test_a_mapping_that_is_no_dict_is_asked_for_nothing_but_its_fields():
    class Fields(Mapping):
        def __init__(self, **fields):
            self._fields = fields

        def __getitem__(self, name):
            return self._fields[name]

        def __iter__(self):
            return iter(self._fields)

        def __len__(self):
            return len(self._fields)

        def get(self, name, default=None):
            raise AssertionError("this one says something else")

    (made,) = messages_from([Fields(role="user", content="Hi")])
    assert made == UserMessage("Hi")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"role": "user"},
        {"content": "Hi"},
        {"role": "", "content": ""},
        {"role": 1, "content": ""},
    ],
)
def test_a_dict_that_lacks_a_role_or_content_is_refused(given):
    with pytest.raises(InvalidRequestError, match=r"messages\[0\]"):
        messages_from([given])

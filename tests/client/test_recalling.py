"""What is remembered of answers with calls, and to which messages it is given back."""

# pyright: reportPrivateUsage=false

import json
import os
import pickle
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.effort import share
from unillm import AssistantMessage, ChatResponse, ToolCall, ToolMessage, UserMessage
from unillm._client import same_calls
from unillm._client.recalling import ReasoningMemory
from unillm.types.edits import Edit
from unillm.types.inputs import messages_from
from unillm.types.messages import Native

ASKED = (UserMessage("Weather?"),)
THOUGHT = "The user named a city."
CHANCE = "call_00_IlCtS2kfpiIHQvYm1ZmWTfmp"
OTHER = "call_00_x7Jq2mNw9sVbT4cKd8LpRz01"


def call(call_id=CHANCE, name="get_weather", raw='{"city": "Paris"}', **more):
    return ToolCall(call_id, name, json.loads(raw), raw=raw, **more)


def answer(
    *calls: ToolCall,
    reasoning: str | None = THOUGHT,
    response_id: str | None = "resp-1",
    **message: Any,
):
    return ChatResponse(
        message=AssistantMessage(
            tool_calls=calls or (call(),),
            reasoning=reasoning,
            reasoning_field="reasoning_content",
            **message,
        ),
        finish_reason="tool_calls",
        provider="deepseek",
        model="deepseek-v4-pro",
        id=response_id,
    )


def remembering(*responses, asked=ASKED, **limits):
    memory = ReasoningMemory(**limits)
    for one in responses:
        memory.keep(asked, one)
    return memory


def framework(*calls, content=""):
    """Give a message as a framework sends it back: of dicts, the arguments written anew."""
    return messages_from(
        {
            "role": "assistant",
            "content": content,
            "tool_calls": [
                {
                    "id": one.id,
                    "type": "function",
                    "function": {"name": one.name, "arguments": json.dumps(one.arguments)},
                }
                for one in calls
            ],
        }
    )[0]


def recalled(memory, *messages, asked=ASKED):
    """Give the reasoning that each message has in the end."""
    history = (*asked, *messages)
    found = memory.recall(history)
    return [
        message.reasoning
        for at, message in enumerate(found.get(at, one) for at, one in enumerate(history))
        if isinstance(message, AssistantMessage)
        if at >= len(asked)
    ]


# Values that are all different in JSON as tools see them, written in several ways.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aéb\n\"'\\"), inner),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.text("cityé日", max_size=4), JSON, max_size=4)


def shuffled(value: Any, draw: Any) -> Any:
    """Give the same value with the keys of its objects in another order."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        return {key: shuffled(value[key], draw) for key in keys}
    return [shuffled(one, draw) for one in value] if isinstance(value, list) else value


@given(ARGUMENTS, st.booleans(), st.sampled_from([None, 2, "\t"]), st.data())
@settings(max_examples=share(200))
def test_arguments_that_are_written_anew_are_the_same(arguments, ascii_only, indent, data):
    memory = remembering(answer(ToolCall(CHANCE, "f", arguments, raw=json.dumps(arguments))))
    again = shuffled(arguments, data.draw)
    raw = json.dumps(again, ensure_ascii=ascii_only, indent=indent)
    (message,) = messages_from(
        {
            "role": "assistant",
            "tool_calls": [{"id": CHANCE, "function": {"name": "f", "arguments": raw}}],
        }
    )
    assert recalled(memory, message) == [THOUGHT]
    by_hand = AssistantMessage(tool_calls=(ToolCall(CHANCE, "f", again),))
    assert recalled(memory, by_hand) == [THOUGHT]


def typed(value: Any) -> Any:
    """Give a value that is equal to another only if that is the same in JSON."""
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    return type(value).__name__, repr(value)


@given(ARGUMENTS, ARGUMENTS)
@example({"a": 1}, {"a": 1.0})
@example({"a": 1}, {"a": True})
@example({"a": 0}, {"a": False})
@example({"a": 0.0}, {"a": -0.0})
@example({"a": 10**30}, {"a": 1e30})
@example({"a": 9007199254740993}, {"a": 9007199254740992})
@example({"a": None}, {})
@example({"a": "1"}, {"a": 1})
@example({"a": [1, 2]}, {"a": [2, 1]})
@settings(max_examples=share(200))
def test_other_arguments_get_nothing(arguments, others):
    memory = remembering(answer(ToolCall(CHANCE, "f", arguments, raw=json.dumps(arguments))))
    changed = framework(ToolCall(CHANCE, "f", others))
    same = typed(arguments) == typed(others)
    assert recalled(memory, changed) == [THOUGHT if same else None]


@given(st.text(max_size=40), st.text(max_size=20))
@example(CHANCE.lower(), "get_weather")
@example(CHANCE, "Get_weather")
@settings(max_examples=share(100))
def test_another_id_or_name_gets_nothing(call_id, name):
    memory = remembering(answer())
    same = (call_id, name) == (CHANCE, "get_weather")
    changed = AssistantMessage(tool_calls=(call(call_id, name),))
    assert recalled(memory, changed) == [THOUGHT if same else None]


def test_what_is_no_json_is_the_same_letter_by_letter():
    broken = ToolCall(CHANCE, "f", {}, raw='{"a": 1,}')
    memory = remembering(answer(broken))
    assert recalled(memory, AssistantMessage(tool_calls=(broken,))) == [THOUGHT]
    other = replace(broken, raw='{"a":1,}')
    assert recalled(memory, AssistantMessage(tool_calls=(other,))) == [None]


def test_a_call_that_says_two_things_gets_nothing():
    both = ToolCall(CHANCE, "get_weather", {"city": "Rome"}, raw='{"city": "Paris"}')
    memory = remembering(answer())
    assert recalled(memory, AssistantMessage(tool_calls=(both,))) == [None]
    assert len(remembering(answer(both))) == 0


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()], ids=["nan", "set", "object"])
def test_what_cannot_be_written_gets_nothing(value):
    odd = ToolCall(CHANCE, "get_weather", {"city": value})
    assert recalled(remembering(answer()), AssistantMessage(tool_calls=(odd,))) == [None]


def test_a_repaired_call_is_known_as_it_was_handed_out():
    edits = (Edit("quotes", kind="syntax", before="'", after='"', start=1),)
    repaired = ToolCall(CHANCE, "f", {"a": 1}, raw="{'a': 1}", repairs=edits, raw_name="F")
    memory = remembering(answer(repaired))
    assert recalled(memory, framework(repaired)) == [THOUGHT]
    assert recalled(memory, AssistantMessage(tool_calls=(repaired,))) == [THOUGHT]


def test_a_message_keeps_reasoning_of_its_own():
    memory = remembering(answer())
    native = Native("openai", api="responses", items=())
    own = [
        AssistantMessage(tool_calls=(call(),), reasoning="Mine."),
        AssistantMessage(tool_calls=(call(),), native=native),
        AssistantMessage(tool_calls=(call(),), extra={"reasoning_details": [{"text": "Hm."}]}),
    ]
    for message in own:
        assert memory.recall((*ASKED, message)) == {}
    nothing = AssistantMessage(tool_calls=(call(),), extra={"reasoning_details": None})
    assert recalled(memory, nothing) == [THOUGHT]


def test_an_answer_of_text_is_not_remembered():
    said = AssistantMessage("Sunny.", reasoning=THOUGHT)
    memory = remembering(replace(answer(), message=said))
    assert len(memory) == 0
    assert recalled(memory, AssistantMessage("Sunny.")) == [None]


def test_an_answer_without_reasoning_is_not_remembered():
    items = ({"type": "function_call", "call_id": CHANCE},)
    native = Native("openai", api="responses", items=items)
    assert len(remembering(answer(reasoning=None), answer(reasoning=None, native=native))) == 0


def test_what_came_in_a_providers_own_form_comes_back():
    items = ({"type": "reasoning", "encrypted_content": "…"}, {"type": "function_call"})
    native = Native("openai", api="responses", items=items, origin="https://api.openai.com:443")
    memory = remembering(answer(reasoning=None, native=native))
    (message,) = memory.recall((*ASKED, framework(call()))).values()
    assert (message.reasoning, message.native) == (None, native)


FIRST, SECOND = call(), call(OTHER, raw='{"city": "Rome"}')


@pytest.mark.parametrize("calls", [(FIRST, SECOND), (SECOND, FIRST), (FIRST,), (SECOND,)])
def test_calls_of_one_answer_have_its_reasoning_in_any_order_and_number(calls):
    assert recalled(remembering(answer(FIRST, SECOND)), framework(*calls)) == [THOUGHT]


@pytest.mark.parametrize(
    "calls",
    [
        (FIRST, call("call_00_stranger1x2y3z", raw='{"city": "Oslo"}')),
        (FIRST, replace(SECOND, arguments={"city": "Oslo"}, raw='{"city": "Oslo"}')),
        (FIRST, replace(SECOND, id=FIRST.id)),
        (FIRST, FIRST),
    ],
    ids=["a stranger", "changed", "same id", "twice"],
)
def test_one_call_that_is_not_its_own_takes_it_away(calls):
    assert recalled(remembering(answer(FIRST, SECOND)), framework(*calls)) == [None]


def test_calls_of_two_answers_in_one_message_have_the_reasoning_of_neither():
    memory = remembering(answer(FIRST), answer(SECOND, reasoning="Another."))
    assert recalled(memory, framework(FIRST, SECOND)) == [None]
    assert recalled(memory, framework(FIRST), framework(SECOND)) == [THOUGHT, "Another."]


def test_the_first_of_several_messages_has_it():
    memory = remembering(answer(FIRST, SECOND))
    split = [framework(FIRST), ToolMessage(FIRST.id, "21"), framework(SECOND)]
    assert recalled(memory, *split) == [THOUGHT, None]
    kept = replace(split[0], reasoning=THOUGHT)
    assert recalled(memory, kept, *split[1:]) == [THOUGHT, None]


COUNTED = ["call_0", "call_1", "functions.get_weather:0", "get_weather1a2b3c", "0", "toolcall1234"]


@pytest.mark.parametrize("call_id", COUNTED)
def test_an_id_that_counts_is_known_in_its_own_conversation_alone(call_id):
    memory = remembering(answer(call(call_id)))
    message = framework(call(call_id))
    assert recalled(memory, message) == [THOUGHT]
    assert recalled(memory, message, asked=(UserMessage("And now?"),)) == [None]
    assert recalled(memory, message, asked=(UserMessage("Hello."), *ASKED)) == [None]
    assert recalled(memory, message, asked=()) == [None]


BY_CHANCE = [
    CHANCE,
    "call_Zb3kQ9aLmN2vX8pRtY7wUe1s",
    "chatcmpl-tool-3f0c9a1b2d4e4f6a8b7c6d5e4f3a2b1c",
    "0196aa5e-3c7b-7d1f-9a2e-5b8c7d6e4f3a",
    "a1B2c3D4e",
]


@pytest.mark.parametrize("call_id", BY_CHANCE)
def test_an_id_by_chance_is_known_whatever_is_left_of_the_conversation(call_id):
    memory = remembering(answer(call(call_id)))
    assert recalled(memory, framework(call(call_id)), asked=()) == [THOUGHT]


def test_an_id_made_here_for_an_answer_that_has_none_counts():
    memory = remembering(answer(response_id=None))
    assert recalled(memory, framework(call())) == [THOUGHT]
    assert recalled(memory, framework(call()), asked=()) == [None]


def test_two_conversations_may_count_alike():
    memory = ReasoningMemory()
    for text in ("Paris?", "Rome?"):
        memory.keep([UserMessage(text)], answer(call("call_0"), reasoning=text))
    for text in ("Paris?", "Rome?"):
        asked = messages_from({"role": "user", "content": [{"type": "text", "text": text}]})
        assert recalled(memory, framework(call("call_0")), asked=asked) == [text]


@pytest.mark.parametrize("call_id", ["call_0", CHANCE])
def test_an_id_of_two_answers_is_nobodys(call_id):
    memory = remembering(answer(call(call_id), SECOND), answer(call(call_id), reasoning="Hm."))
    assert recalled(memory, framework(call(call_id))) == [None]
    assert recalled(memory, framework(SECOND)) == [None]
    memory.keep(ASKED, answer(call(call_id)))
    assert recalled(memory, framework(call(call_id))) == [None]


def test_the_same_answer_again_changes_nothing():
    memory = remembering(*[answer(FIRST, SECOND)] * 3)
    assert len(memory) == 2
    assert recalled(memory, framework(FIRST, SECOND)) == [THOUGHT]


def numbered(number, **more):
    return answer(call(f"call_a{number:04}b1c2d3"), **more)


def test_there_are_no_more_calls_than_may_be():
    memory = remembering(*map(numbered, range(10)), calls=4)
    found = [n for n in range(10) if recalled(memory, framework(*numbered(n).tool_calls))[0]]
    assert (len(memory), found) == (4, [6, 7, 8, 9])


def test_what_was_asked_for_last_is_forgotten_last():
    memory = remembering(*map(numbered, range(4)), calls=4)
    assert recalled(memory, framework(*numbered(0).tool_calls)) == [THOUGHT]
    memory.keep(ASKED, numbered(4))
    found = [n for n in range(5) if recalled(memory, framework(*numbered(n).tool_calls))[0]]
    assert found == [0, 2, 3, 4]


def test_an_answer_is_forgotten_as_a_whole():
    memory = remembering(answer(FIRST, SECOND), *map(numbered, range(3)), calls=4)
    assert len(memory) == 3
    assert recalled(memory, framework(SECOND)) == [None]


def test_there_are_no_more_bytes_than_may_be():
    memory = remembering(*(numbered(n, reasoning=str(n) * 1000) for n in range(10)), size=4500)
    assert len(memory) == 4
    memory.keep(ASKED, numbered(10, reasoning="x" * 5000))
    assert len(memory) == 4
    assert recalled(memory, framework(*numbered(10).tool_calls)) == [None]


def test_what_a_provider_encrypted_counts():
    items = ({"type": "reasoning", "encrypted_content": "x" * 900},)
    native = Native("openai", api="responses", items=items)
    answers = (numbered(n, reasoning=None, native=native) for n in range(10))
    assert len(remembering(*answers, size=4500)) == 4


def test_more_calls_than_may_be_are_not_remembered():
    memory = remembering(numbered(0), answer(FIRST, SECOND, call("call_c3d4e5f6a7")), calls=2)
    assert len(memory) == 1


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab"), st.integers(0, 900))))
@settings(max_examples=share(100))
def test_it_never_holds_more_than_it_may_nor_gives_what_was_not_said(steps):
    memory = ReasoningMemory(calls=5, size=2000)
    said: dict[int, set[str]] = {}
    for number, letter, length in steps:
        thought = letter * (length + 1)
        memory.keep(ASKED, numbered(number, reasoning=thought))
        said.setdefault(number, set()).add(thought)
        assert len(memory) <= 5
        assert memory._size <= 2000
        assert sum(one.size for one in memory._answers) == memory._size
        for known in range(7):
            (given_back,) = recalled(memory, framework(*numbered(known).tool_calls))
            assert given_back is None or given_back in said[known]
    assert set(memory._known.values()) == set(memory._answers)


def test_it_is_shown_without_what_was_thought_and_is_not_written():
    memory = remembering(answer())
    assert repr(memory) == "ReasoningMemory(1 calls)"
    assert THOUGHT not in str(next(iter(memory._answers)).keys)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(memory)


def test_threads_share_it():
    memory = ReasoningMemory(calls=64)

    def work(worker):
        for number in range(200):
            own = answer(call(f"call_{worker}a{number:03}b1c2d3"), reasoning=f"{worker}/{number}")
            memory.keep(ASKED, own)
            (found,) = recalled(memory, framework(*own.tool_calls))
            assert found in {None, own.message.reasoning}
            assert len(memory) <= 64 + 8

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(memory) == 64
    assert len(memory._answers) == 64


class BrokenOffError(BaseException):
    """What ends a thread in the middle, as Ctrl-C does."""


def test_one_that_was_interrupted_begins_anew(monkeypatch):
    memory = remembering(answer())

    def interrupted(self, _):
        raise BrokenOffError

    with monkeypatch.context() as patched:
        patched.setattr(ReasoningMemory, "_add", interrupted)
        with pytest.raises(BrokenOffError):
            memory.keep(ASKED, numbered(1))
    memory.keep(ASKED, numbered(2))
    assert len(memory) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs where processes can be forked")
@pytest.mark.parametrize("held", [False, True], ids=["free", "locked"])
def test_it_works_in_a_process_forked_whatever_others_were_at(held):
    memory = remembering(answer())
    locked, done = threading.Event(), threading.Event()

    def hold():
        with memory._changing():
            locked.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    if held:
        thread.start()
        locked.wait(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        child = os.fork()
    if child == 0:
        before = recalled(memory, framework(call()))
        memory.keep(ASKED, numbered(1))
        after = recalled(memory, framework(*numbered(1).tool_calls))
        os._exit(0 if (before, after) == ([THOUGHT], [THOUGHT]) else 1)
    done.set()
    if held:
        thread.join(10)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_nothing_is_looked_for_in_vain(monkeypatch):
    memory = remembering(answer())
    monkeypatch.setattr(same_calls, "_canonical", None)  # it would fail if it were called
    whole = AssistantMessage("Hm.", reasoning="Mine.", tool_calls=(call(),))
    strange = framework(call(OTHER))
    assert memory.recall((*ASKED, whole, strange, AssistantMessage("Hi."))) == {}

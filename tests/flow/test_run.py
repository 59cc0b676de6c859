"""A run is read effect by effect: no network, no clock, no event loop."""

# pyright: reportOptionalCall=false, reportAttributeAccessIssue=false

import contextlib
import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.client.histories import require_valid
from unillm import AssistantMessage, RunFinished, ToolCall, ToolFinished, ToolMessage, UserMessage
from unillm._flow.jobs import CUT_SHORT, NO_TURNS, NOT_BEGUN
from unillm._flow.progress import Progress
from unillm._flow.run import Ask, CallTools, RunPolicy, Tell, Turn, run
from unillm.tools import callables_in
from unillm.types.parsed import ParsedResponse
from unillm.types.run import open_calls
from unillm.types.tools import InvalidToolCall


def add(first: int, second: int = 1) -> int:
    return first + second


def fail(why: str) -> str:
    raise ValueError(why)


ASK = unillm.Tool("ask_the_user")
HI = UserMessage("Hi")


def call(number, name="add", **arguments):
    return ToolCall(f"c{number}", name, arguments or {"first": number})


def said(*calls, text=None, refused=(), **more):
    message = AssistantMessage(text, tool_calls=tuple(calls))
    known = {"finish_reason": "tool_calls" if calls else "stop", "provider": "p", "model": "m"}
    return unillm.ChatResponse(message=message, invalid_tool_calls=tuple(refused), **known, **more)


class Played:
    """Answers the effects of a run: turns from a script, tools by calling them here."""

    def __init__(self, *script, history=(HI,), tools=(add, fail, ASK), approve=None, **policy):
        made, _, functions = callables_in(tools)
        self.progress = Progress(history=[*history], tools=made)
        asks = approve is not None
        self.flow = run(RunPolicy(functions=functions, approves=asks, **policy), self.progress)
        self.script, self.approve = list(script), approve
        self.groups, self.asked, self.events, self.prompts = [], [], [], []

    def run(self):
        answer = None
        while True:
            try:
                effect = self.flow.send(answer)
            except StopIteration as end:
                return end.value
            answer = self.perform(effect)

    def perform(self, effect):
        match effect:
            case Turn(number, messages):
                assert number == len(self.prompts) + 1
                self.prompts.append(messages)
                response = self.script.pop(0)
                self.progress.heard(response)
                return response
            case Ask(asked):
                self.asked.append(asked)
                return self.approve(asked)
            case CallTools(jobs):
                self.groups.append([job.asked.id for job in jobs])
                for job in jobs:
                    self.make(job)
            case Tell(events):
                self.events += events
        return None

    def make(self, job):
        job.begin()
        try:
            job.succeed(str(job.bound()))
        except Exception as error:  # noqa: BLE001 - as a driver does
            job.fail(error)


def results(messages):
    return [m.content for m in messages if isinstance(m, ToolMessage)]


def test_calls_are_made_and_the_model_is_told_until_it_answers():
    played = Played(said(call(1), call(2)), said(call(3)), said(text="Seven."))
    result = played.run()
    assert (result.text, result.output, result.pending) == ("Seven.", None, ())
    assert results(result.messages) == ["2", "3", "4"]
    assert [len(prompt) for prompt in played.prompts] == [1, 4, 6]
    assert played.prompts[2] == result.messages[:-1]
    assert played.groups == [["c1", "c2"], ["c3"]]
    assert [e.content for e in played.events[:-1]] == ["2", "3", "4"]
    assert played.events[-1] == RunFinished(result)
    assert len(result.turns) == 3
    assert result.notes[-1].code == "usage_unreported"


def test_without_a_call_the_first_answer_is_the_last():
    result = Played(said(text="Hello.")).run()
    assert result.messages == (HI, AssistantMessage("Hello."))


def test_a_thousand_calls_are_not_all_made_at_once():
    played = Played(said(*(call(number) for number in range(130))), said(text="."))
    played.run()
    assert [len(group) for group in played.groups] == [64, 64, 2]


def test_one_after_the_other():
    played = Played(said(call(1), call(2)), said(text="."), parallel=False)
    played.run()
    assert played.groups == [["c1"], ["c2"]]
    assert [type(e) for e in played.events] == [ToolFinished, ToolFinished, RunFinished]


def test_what_a_tool_raises_is_told_with_class_and_message():
    played = Played(said(call(1, "fail", why="no such city"), call(2)), said(text="Sorry."))
    result = played.run()
    assert results(result.messages) == ["The tool failed: ValueError: no such city", "3"]
    assert [e.outcome for e in played.events[:-1]] == ["failed", "ok"]
    assert unillm.Note("tool_failed", "fail: ValueError: no such city") in result.notes


def test_or_is_raised_once_the_others_are_over():
    played = Played(said(call(1, "fail", why="x"), call(2)), on_tool_error="raise")
    with pytest.raises(ValueError, match="x"):
        played.run()
    assert results(played.progress.messages) == ["The tool failed: ValueError: x", "3"]
    assert len(played.events) == 2


def test_raised_one_after_the_other_it_leaves_the_rest_unmade():
    calls = [call(1, "fail", why="x"), call(2)]
    played = Played(said(*calls), on_tool_error="raise", parallel=False)
    with pytest.raises(ValueError, match="x"):
        played.run()
    assert results(played.progress.messages)[1] == NOT_BEGUN


def test_arguments_that_do_not_fit_are_refused_with_their_places():
    played = Played(said(call(1, first="many"), call(2)), said(text="."))
    result = played.run()
    complaint, good = results(result.messages)
    assert complaint.startswith("This call was not executed: the arguments do not fit: first: ")
    assert good == "3"
    assert played.groups == [["c2"]]
    assert [e.outcome for e in played.events[:-1]] == ["refused", "ok"]


def test_a_tool_that_is_not_there_is_refused():
    result = Played(said(call(1, "sing")), said(text=".")).run()
    (told,) = results(result.messages)
    assert "no tool is named 'sing'; there are: add, ask_the_user, fail." in told


BAD = InvalidToolCall("c9", "add", raw='{"first": ', reason="it was cut off")
NAMELESS = InvalidToolCall("c8", "", raw="{}", reason="the call names no tool")


def test_refused_calls_are_told_of_and_the_good_ones_beside_them_are_made():
    result = Played(said(call(1), refused=[BAD, NAMELESS]), said(text=".")).run()
    _, answer, good, bad, words, _ = result.messages
    assert [c.id for c in answer.tool_calls] == ["c1", "c9"]
    assert answer.tool_calls[1].arguments == {"INVALID_ARGUMENTS": '{"first": '}
    assert (good.tool_call_id, good.content) == ("c1", "2")
    assert bad.tool_call_id == "c9"
    assert "it was cut off" in bad.content
    assert isinstance(words, UserMessage)
    assert "the call names no tool" in words.content


def test_an_answer_of_nothing_but_a_nameless_call_is_told_of_in_words():
    result = Played(said(refused=[NAMELESS]), said(text=".")).run()
    assert [type(m) for m in result.messages] == [UserMessage, UserMessage, AssistantMessage]


@pytest.mark.parametrize("refused", [(), (BAD,)], ids=["called", "called wrongly"])
def test_the_turns_are_counted(refused):
    calls = () if refused else (call(2),)
    played = Played(said(call(1)), said(*calls, refused=refused), max_turns=2)
    with pytest.raises(unillm.MaxTurnsError, match=r"calls \(add\) after max_turns=2"):
        played.run()
    assert played.groups == [["c1"]]
    told = results(played.progress.messages)
    assert told[0] == "2"
    assert told[1] == NO_TURNS or refused
    assert len(told) == 2


def test_a_call_of_what_is_no_function_is_left_to_the_caller():
    played = Played(said(call(1), call(2, "ask_the_user"), refused=[BAD, NAMELESS]))
    result = played.run()
    (left,) = result.pending
    assert left.id == "c2"
    # Its result goes behind these, so that nothing but results may stand here.
    assert [m.tool_call_id for m in result.messages[2:]] == ["c1", "c9"]
    again = Played(said(text="Done."), history=[*result.messages, ToolMessage("c2", "yes")])
    assert again.run().text == "Done."
    assert again.groups == []


def test_it_is_left_to_the_caller_in_the_last_turn_too():
    result = Played(said(call(2, "ask_the_user")), max_turns=1).run()
    assert [c.id for c in result.pending] == ["c2"]


def test_a_pydantic_model_is_nothing_to_call():
    from pydantic import BaseModel

    class Bill(BaseModel):
        total: int

    result = Played(said(call(1, "Bill", total=3)), tools=[Bill]).run()
    assert Bill(**result.pending[0].arguments).total == 3


def test_open_calls_of_the_history_are_made_first():
    history = [HI, AssistantMessage(tool_calls=(call(1), call(2))), ToolMessage("c1", "mine")]
    played = Played(said(text="."), history=history)
    result = played.run()
    assert played.groups == [["c2"]]
    assert played.prompts == [(*history, ToolMessage("c2", "3"))]
    assert len(result.turns) == 1


def test_open_calls_that_are_the_callers_end_it_at_once():
    history = [HI, AssistantMessage(tool_calls=(call(1, "ask_the_user"),))]
    result = Played(history=history).run()
    assert (result.messages, len(result.turns)) == (tuple(history), 0)
    assert (result.text, result.usage, result.cost.total) == ("", None, 0)


def test_a_parsed_answer_is_the_output():
    message = AssistantMessage('{"total": 3}')
    parsed = ParsedResponse(
        message=message, finish_reason="stop", provider="p", model="m", output={"total": 3}
    )
    assert Played(said(call(1)), parsed).run().output == {"total": 3}


@pytest.mark.parametrize("moment", range(3))
def test_the_messages_are_a_valid_history_at_each_moment(moment):
    played = Played(said(call(1), call(2), call(3, "ask_the_user")))
    played.perform(next(played.flow))
    effect = played.flow.send(None)
    assert isinstance(effect, CallTools)
    first, second = effect.jobs
    if moment > 0:
        first.begin()
        second.begin()
    if moment > 1:
        first.succeed("2")
    one = (NOT_BEGUN, CUT_SHORT, "2")[moment]
    other = (NOT_BEGUN, CUT_SHORT, CUT_SHORT)[moment]
    expected = [one, other, NOT_BEGUN]
    assert results(played.progress.messages) == expected
    played.progress.settle()
    assert results(played.progress.messages) == expected


def changed(asked):
    return ToolCall(asked.id, asked.name, {"first": 10})


def mutated(asked):
    asked.arguments["first"] = 10
    return True


@pytest.mark.parametrize(
    ("approve", "told"),
    [
        (lambda _: True, "2"),
        (lambda _: False, "This call was not executed: the user did not allow it."),
        (lambda _: "Not on Sundays.", "This call was not executed: Not on Sundays."),
        (changed, '[Executed with other arguments: {"first":10}]\n11'),
        (mutated, '[Executed with other arguments: {"first":10}]\n11'),
        (lambda asked: ToolCall(asked.id, asked.name, dict(asked.arguments)), "2"),
    ],
    ids=["yes", "no", "why not", "another", "changed in place", "the same"],
)
def test_the_caller_is_asked(approve, told):
    asked = ToolCall("c1", "add", {"first": 1}, raw="{first: 1}", origin="rescued")
    played = Played(said(asked), said(text="."), approve=approve)
    result = played.run()
    assert results(result.messages) == [told]
    assert result.messages[1].tool_calls[0].arguments == {"first": 1}
    (shown,) = played.asked
    assert (shown.raw, shown.origin) == ("{first: 1}", "rescued")


@pytest.mark.parametrize("edited", [True, 1.0, [1.0]], ids=repr)
@pytest.mark.parametrize("in_place", [True, False], ids=["in place", "another"])
def test_what_is_equal_in_python_is_an_edit_where_json_tells_it_apart(edited, in_place):
    def approve(asked):
        if in_place:
            asked.arguments["value"] = edited
            return True
        return dataclasses.replace(asked, arguments={"value": edited})

    def show(value: Any) -> str:
        return repr(value)

    given = [1] if isinstance(edited, list) else 1
    played = Played(
        said(call(1, "show", value=given)), said(text="."), approve=approve, tools=[show]
    )
    assert results(played.run().messages)[0].endswith(f"]\n{edited!r}")


def test_arguments_in_another_order_are_the_same():
    def approve(asked):
        return dataclasses.replace(asked, arguments={"second": 2, "first": 1})

    played = Played(said(call(1, first=1, second=2)), said(text="."), approve=approve)
    assert results(played.run().messages) == ["3"]


def test_the_caller_is_asked_of_all_before_one_is_made_and_not_of_what_cannot_be():
    order = []
    calls = [call(1, first="x"), call(2), call(3, "ask_the_user"), call(4)]
    played = Played(said(*calls), approve=lambda c: order.append((c.id, played.groups[:])) or True)
    played.run()
    assert order == [("c2", []), ("c4", [])]
    assert played.groups == [["c2", "c4"]]


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (None, "approve must return True, False, a reason"),
        (1, "not int"),
        (ToolCall("c2", "add", {}), "change its arguments alone"),
        (ToolCall("c1", "fail", {}), "with a call of 'fail'"),
        (ToolCall("c1", "add", {"first": "x"}), "do not fit"),
        (ToolCall("c1", "add", {"first": object()}), "do not fit"),
    ],
    ids=["nothing", "a number", "another id", "another tool", "a misfit", "no json"],
)
def test_what_the_caller_cannot_mean_is_refused_and_nothing_is_made(answer, match):
    played = Played(said(call(1)), approve=lambda _: answer)
    with pytest.raises(unillm.InvalidRequestError, match=match):
        played.run()
    assert played.groups == []


def test_what_a_validator_of_the_callers_own_raises_is_a_tools_error():
    from typing import Annotated

    from pydantic import AfterValidator

    def broken(_value):
        raise KeyError("db")

    def find(who: Annotated[str, AfterValidator(broken)]) -> str:
        return who

    script = [said(call(1, "find", who="x")), said(text=".")]
    assert results(Played(*script, tools=[find]).run().messages) == [
        "The tool failed: KeyError: 'db'"
    ]
    with pytest.raises(KeyError):
        Played(*script, tools=[find], on_tool_error="raise").run()


def test_an_error_without_words_is_its_class():
    class MuteError(Exception):
        def __str__(self):
            raise RuntimeError

    def mute(loud: bool) -> str:
        raise (ValueError if loud else MuteError)

    calls = [call(1, "mute", loud=True), call(2, "mute", loud=False)]
    result = Played(said(*calls), said(text="."), tools=[mute]).run()
    assert results(result.messages) == ["The tool failed: ValueError", "The tool failed: MuteError"]


good = st.builds(call, st.integers(1, 4))
misfit = st.just(ToolCall("c5", "add", {"first": "x"}))
failing = st.just(ToolCall("c6", "fail", {"why": "x"}))
foreign = st.just(ToolCall("c7", "sing", {}))
left = st.just(ToolCall("c0", "ask_the_user", {}))
answers = st.builds(
    lambda calls, refused, text: said(*calls, refused=refused, text=text),
    st.lists(good | misfit | failing | foreign | left, max_size=4, unique_by=lambda c: c.id),
    st.lists(st.sampled_from([BAD, NAMELESS]), max_size=2, unique=True),
    st.none() | st.just("So."),
)


policies = st.fixed_dictionaries(
    {
        "max_turns": st.integers(1, 5),
        "on_tool_error": st.sampled_from(["tell", "raise"]),
        "parallel": st.booleans(),
        "approve": st.sampled_from([None, lambda _: True, lambda _: False, lambda _: "No."]),
    }
)


def closed(messages):
    """Answer what is left to the caller, and see that nothing else is."""
    calls = open_calls(tuple(messages))
    assert {call.id for call in calls} <= {"c0"}
    return [*messages, *(ToolMessage(call.id, "Yes.") for call in calls)]


@given(st.lists(answers, max_size=5), st.integers(0, 30), policies)
def test_wherever_a_run_stops_its_history_can_be_gone_on_from(script, steps, policy):
    played = Played(*script, said(text="."), **policy)
    reply = None
    with contextlib.suppress(StopIteration, unillm.MaxTurnsError, ValueError):
        for _ in range(steps):
            reply = played.perform(played.flow.send(reply))
            require_valid(closed(played.progress.messages))
    played.progress.settle()
    messages = closed(played.progress.messages)
    require_valid(messages)
    again = Played(said(text="Done."), history=messages)
    assert again.run().text == "Done."
    assert again.groups == []


def test_two_hundred_turns_take_as_many_steps():
    def steps(turns):
        script = [said(call(n)) for n in range(turns)]
        played = Played(*script, said(text="."), max_turns=turns + 1)
        played.run()
        return len(played.prompts) + len(played.groups) + len(played.events)

    assert steps(200) - steps(100) == steps(100) - steps(0) == 300

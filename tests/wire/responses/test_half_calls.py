"""A call that an answer was cut off in is shown, and never offered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.drive import Told
from tests.wire.responses.sending import added, body, call, delta, done, incomplete, read
from unillm import ToolArgumentsError

INPUT = "rm -rf /ho"
PARIS = '{"city":"Paris"}'
CUT: dict[str, Any] = {
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
}


def custom(**fields: Any) -> dict[str, Any]:
    whole = {"id": "ctc_1", "type": "custom_tool_call", "call_id": "c1", "name": "get_weather"}
    return {**whole, "input": INPUT, **fields}


def function(**fields: Any) -> dict[str, Any]:
    item = call("fc_1", "c1", PARIS, **fields)
    return item if "status" in fields else {k: v for k, v in item.items() if k != "status"}


def refused(told: Told) -> str:
    """Return the arguments of the one call, of which nothing may be executed."""
    assert isinstance(told.error, ToolArgumentsError)
    assert told.error.response is not None
    assert told.error.response.tool_calls == ()
    (bad,) = told.error.response.invalid_tool_calls
    assert "incomplete" in bad.reason
    return bad.raw


PIECES = {
    "function": delta("fc_1", 0, PARIS, "function_call_arguments"),
    "custom": delta("ctc_1", 0, INPUT, "custom_tool_call_input"),
}
ITEMS = {"function": function, "custom": custom}
UNFINISHED: list[dict[str, Any]] = [
    {},
    {"status": None},
    {"status": "in_progress"},
    {"status": "incomplete"},
    {"status": ["completed"]},
]


@pytest.mark.parametrize("fields", UNFINISHED, ids=str)
@pytest.mark.parametrize("kind", ITEMS)
def test_a_call_that_does_not_say_it_is_whole_is_not(kind, fields):
    item = ITEMS[kind](**fields)
    opened = {**item, "status": "in_progress", "input": "", "arguments": ""}
    for told in (
        body([item], **CUT),
        read(incomplete(item)),
        read(added(0, opened), PIECES[kind], incomplete()),
        read(added(0, opened), PIECES[kind], incomplete(item)),
        read(added(0, item), incomplete()),
        read(PIECES[kind], added(0, opened), incomplete(item)),
    ):
        assert not refused(told).endswith('"}') or kind == "function"


@pytest.mark.parametrize("kind", ITEMS)
def test_a_call_that_says_it_is_whole_is_offered(kind):
    item = ITEMS[kind](status="completed")
    for told in (
        body([item], **CUT),
        read(incomplete(item)),
        read(done(0, item), incomplete()),
        read(done(0, item), incomplete(item)),
        read(PIECES[kind], done(0, item), incomplete(ITEMS[kind]())),
    ):
        assert told.error is None
        assert told.response is not None
        assert [made.id for made in told.response.tool_calls] == ["c1"]


def test_its_own_event_is_enough_for_a_function_but_not_for_text():
    told = read(done(0, function()), incomplete())
    assert told.response is not None
    assert [made.raw for made in told.response.tool_calls] == [PARIS]
    assert refused(read(done(0, custom()), incomplete()))
    for kind in ITEMS.values():
        assert refused(read(done(0, kind(status="in_progress")), incomplete()))


@pytest.mark.parametrize("status", ["weird", "", "incomplete"])
def test_a_body_of_any_other_status_is_cut_too(status):
    assert refused(body([custom()], status=status)) == f'{{"input": "{INPUT}'

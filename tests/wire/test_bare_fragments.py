"""More arguments of a call, and nothing else in the entry: read as any other entry is."""

from typing import Any

import pytest

from unillm._wire.calls import CallSlots, Ended, WholeCall
from unillm.types.events import Event
from unillm.types.tools import InvalidToolCall

BEGUN = {"index": 0, "id": "call_0", "function": {"name": "look", "arguments": ""}}
SECOND = {"index": 1, "id": "call_1", "function": {"name": "look", "arguments": "{"}}


def more(arguments: Any, index: Any = 0) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": arguments}}


def kept(call: WholeCall) -> list[Ended]:
    return [InvalidToolCall(call.id, call.name, raw=call.raw, reason="as it came")]


def read(entries: list[Any], extra: dict[str, Any], cut_after: int | None = None) -> Any:
    """Return everything told of some entries, each with more in it that says nothing."""
    slots, events = CallSlots(frozenset({"look"}), lambda: "seed"), list[Event]()
    news = []
    for place, entry in enumerate(entries):
        if place == cut_after:
            slots.leave_out_later()
        news.append(slots.add([entry | extra], events))
    return news, events, slots.finish(kept, cut=False, events=events), slots.repeated


@pytest.mark.parametrize(
    "entries",
    [
        [BEGUN, more('{"a":'), more(" 1"), more("}")],
        [BEGUN, SECOND, more('"a":1}', 1), more("{}", 0), more('{"b":2}', 0)],
        [BEGUN, more(""), more('{"a":1}'), more('{"a":1}')],
        [BEGUN, more('{"a":'), more('{"a":1'), more('{"a":1}')],
        [more('{"a":1}'), BEGUN, more("")],
        [BEGUN, more('{"a"', "0"), more(":1}", None), more("", True), more(None)],
        [BEGUN, more('{"a":1}', 7), SECOND, more("}", 1)],
        [BEGUN, more({"a": 1}), more('{"a":1}')],
    ],
)
@pytest.mark.parametrize("cut_after", [None, 1, 2])
def test_they_come_to_the_same_as_entries_with_more_in_them(
    entries: list[Any], cut_after: int | None
) -> None:
    assert read(entries, {}, cut_after) == read(entries, {"type": "function"}, cut_after)

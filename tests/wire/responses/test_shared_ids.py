"""Two calls that bear one item id at different places are two calls, however they come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.drive import WEATHER, decode

CITIES = ("Paris", "Rome")


def item(at: int, arguments: str, status: str = "completed") -> dict[str, Any]:
    call = {"type": "function_call", "id": "fc", "call_id": f"call_{at}", "name": "get_weather"}
    return {**call, "arguments": arguments, "status": status}


def events(*, streamed: bool, ended: bool) -> list[dict[str, Any]]:
    wholes = [item(at, json.dumps({"city": city})) for at, city in enumerate(CITIES)]
    told: list[dict[str, Any]] = []
    for at, whole in enumerate(wholes):
        place = {"output_index": at}
        if streamed:
            begun = item(at, "", "in_progress")
            told.append({"type": "response.output_item.added", **place, "item": begun})
            text = whole["arguments"]
            told += [
                {
                    "type": "response.function_call_arguments.delta",
                    "item_id": "fc",
                    **place,
                    "delta": piece,
                }
                for piece in (text[:5], text[5:])
            ]
        told.append({"type": "response.output_item.done", **place, "item": whole})
    output = wholes if ended else []
    response = {"id": "resp_1", "status": "completed", "output": output}
    return [*told, {"type": "response.completed", "response": response}]


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("streamed", [True, False])
def test_two_calls_with_one_item_id(streamed, ended):
    listed = events(streamed=streamed, ended=ended)
    body = b"".join(b"data: %b\n\n" % json.dumps(one).encode() for one in listed)
    told = decode([body], (WEATHER,), api="responses")
    assert told.response is not None
    assert [call.arguments["city"] for call in told.response.tool_calls] == list(CITIES)
    assert [call.id for call in told.response.tool_calls] == ["call_0", "call_1"]
    assert told.response.invalid_tool_calls == ()

"""Writing requests to the Responses API and reading its answers, for tests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.oracle import require_openai
from tests.wire.drive import Told, decode
from tests.wire.recordings import RECORDINGS, Recording
from unillm import AssistantMessage, ChatResponse, Tool
from unillm._wire.encode import encode
from unillm._wire.plan import Plan, plan
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.inputs import messages_from
from unillm.types.request import ChatRequest
from unillm.types.target import Target

ORIGIN = "http://x:80"
"""The host of `planned`."""
OURS = [recording for recording in RECORDINGS if recording.api == "responses"]
GOOD = [recording for recording in OURS if "error" not in recording.expect]


def planned(*given: Any, provider: str = "openai", model: str = "gpt-5.5", **more: Any) -> Plan:
    """Return the plan of a request that goes over the Responses API."""
    target = Target(
        provider=provider,
        model=model,
        base_url="http://x/v1",
        profile=profile_named("openai"),
        info=find(model),
        api="responses",
    )
    return plan(ChatRequest(messages=messages_from(list(given) or "Hi"), **more), target)


def sent(*given: Any, judged: bool = True, **more: Any) -> dict[str, Any]:
    """Return the body that is sent, held against the types of OpenAI's own package."""
    wire = encode(planned(*given, **more))
    assert wire.url == "http://x/v1/responses"
    body: dict[str, Any] = json.loads(wire.body)
    if judged:
        require_openai(body, "responses")
    return body


def inputs(*given: Any, **more: Any) -> list[dict[str, Any]]:
    """Return the input items that are sent."""
    items: list[dict[str, Any]] = sent(*given, **more)["input"]
    return items


def recorded(name: str) -> Recording:
    """Return one recording."""
    return next(recording for recording in OURS if recording.name == name)


def answer_of(name: str, provider: str = "openai") -> Any:
    """Return the message of a recorded answer, as this provider gave it."""
    recording = recorded(name)
    told = decode([recording.body], recording.tools, api="responses")
    assert told.response is not None
    return given_by(told.response, provider)


def given_by(response: ChatResponse, provider: str) -> AssistantMessage:
    """Return the message of a response as if this provider had given it."""
    native = response.message.native
    assert native is not None
    return replace(response.message, native=replace(native, provider=provider, origin=ORIGIN))


def stream(*events: dict[str, Any]) -> bytes:
    """Write events as a stream, numbered."""
    return b"".join(
        b"event: %b\ndata: %b\n\n"
        % (str(event["type"]).encode(), json.dumps({**event, "sequence_number": at}).encode())
        for at, event in enumerate(events)
    )


def read(*events: dict[str, Any], tools: tuple[Tool, ...] = (), **how: Any) -> Told:
    """Decode these events, their names without ``response.``."""
    full = [{**e, "type": f"response.{e['type']}"} if e["type"] != "error" else e for e in events]
    return decode([stream(*full)], tools, api="responses", **how)


def body(output: list[Any], *, tools: tuple[Tool, ...] = (), **fields: Any) -> Told:
    """Decode a body with this output."""
    whole = {"id": "resp_1", "object": "response", "status": "completed", "output": output}
    return decode([json.dumps({**whole, **fields}).encode()], tools, api="responses")


def added(place: Any, item: dict[str, Any]) -> dict[str, Any]:
    """Write the beginning of an item."""
    return {"type": "output_item.added", "output_index": place, "item": item}


def done(place: Any, item: dict[str, Any]) -> dict[str, Any]:
    """Write the end of an item."""
    return {"type": "output_item.done", "output_index": place, "item": item}


def message(item_id: str, text: str, **fields: Any) -> dict[str, Any]:
    """Write a message."""
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    whole = {"id": item_id, "type": "message", "role": "assistant", "status": "completed"}
    return {**whole, "content": content, **fields}


def call(item_id: str, call_id: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    """Write a call of ``get_weather``."""
    whole = {"id": item_id, "type": "function_call", "call_id": call_id, "name": "get_weather"}
    return {**whole, "arguments": arguments, "status": "completed", **fields}


def delta(item_id: str, place: Any, text: Any, kind: str = "output_text") -> dict[str, Any]:
    """Write a piece of a text, or with ``kind`` of something else."""
    whole = {"type": f"{kind}.delta", "item_id": item_id, "output_index": place, "delta": text}
    return {**whole, "content_index": 0, "summary_index": 0}


def whole(item_id: str, place: Any, kind: str = "output_text", **said: Any) -> dict[str, Any]:
    """Write the end of a text, or with ``kind`` of something else."""
    event = {"type": f"{kind}.done", "item_id": item_id, "output_index": place, **said}
    return {**event, "content_index": 0, "summary_index": 0}


def completed(*output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Write the last event of an answer."""
    return {"type": "completed", "response": {"status": "completed", "output": output, **fields}}


def incomplete(*output: dict[str, Any], reason: str = "max_output_tokens") -> dict[str, Any]:
    """Write the last event of an answer that was cut off."""
    response = {"status": "incomplete", "output": output, "incomplete_details": {"reason": reason}}
    return {"type": "incomplete", "response": response}

"""Settings of a call: a body that can be sent to every provider, or the reason why not."""

from __future__ import annotations

import json
from typing import Any

from tests.fuzz.pieces import value_of
from unillm import InvalidRequestError
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.providers import names, profile_named
from unillm.types.inputs import messages_from
from unillm.types.request import ChatRequest
from unillm.types.settings import checked
from unillm.types.target import Target

OUTSIDE = ("extra_body", "extra_headers", "extra_query")
TARGETS = [
    Target(provider=name, model="m", base_url="http://x/v1", profile=profile_named(name))
    for name in names()
]


def check(data: bytes) -> None:
    """Read an input as JSON and give it as settings."""
    try:
        value = value_of(data)
    except ValueError:
        return
    if not isinstance(value, dict):
        return
    try:
        known = checked(value)
    except InvalidRequestError:
        return
    assert known.keys() <= value.keys()
    for target in TARGETS:
        check_sent(known, target)


def check_sent(known: dict[str, Any], target: Target) -> None:
    """Write a request with these settings."""
    outside = {name: known[name] for name in OUTSIDE if name in known}
    own = {name: held for name, held in known.items() if name not in {*OUTSIDE, "tags", "session"}}
    try:
        request = ChatRequest(messages=messages_from("Hi"), settings=own, **outside)
        planned = plan(request, target)
        wire, notes = encode(planned), planned.notes
    except InvalidRequestError:
        return
    sent = json.loads(wire.body)
    noted = {note.message.split()[0] for note in notes}
    kept = own.keys() - {"max_tokens", "reasoning_effort"} - noted
    assert kept <= sent.keys()
    if "reasoning_effort" in own and not noted:
        told = {"reasoning_effort", "reasoning", "thinking", "chat_template_kwargs"}
        assert told & sent.keys()
    assert wire.url.startswith("http://x/v1/chat/completions")


def seeds() -> list[bytes]:
    """Return settings of every kind."""
    values: list[Any] = [
        {"temperature": 0.5, "top_p": 1, "max_tokens": 7, "stop": ["a", "b"], "seed": 1},
        {"frequency_penalty": 0, "presence_penalty": -1.5, "logit_bias": {"7": 1}, "store": True},
        {"logprobs": True, "top_logprobs": 2, "tool_choice": "auto", "parallel_tool_calls": False},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}, "user": "u", "n": 1},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
        {"reasoning_effort": "none", "verbosity": "low", "service_tier": "flex", "session": "s"},
        {"prompt_cache_key": "k", "safety_identifier": "i", "metadata": {"a": "b"}},
        {"extra_body": {"n": 1, "x": [None]}, "extra_headers": {"X": "y"}},
        {"tags": {"team": "x"}, "tool_choice": "required", "temprature": 1},
        {"extra_query": {"q": "\ud83d"}, "temperature": float("inf")},
    ]  # fmt: skip
    return [json.dumps(value).encode() for value in values]

"""What the packages of OpenAI and Anthropic make of an answer of the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import openai

from tests.gateway.running import Gateway
from tests.testing.oracle import complaints

UNTOLD = "untold"
"""The reason of an answer that is whole, and for whose end the provider has told none: null."""

Headers: TypeAlias = dict[str, str]


@dataclass
class Told:
    """What was understood of an answer.

    Attributes:
        text: What it says.
        reasoning: What it thinks.
        calls: What it calls: id, name, and the arguments, parsed.
        finish: Why it ended; None: it did not.
        error: What was raised instead of an end.
        usage: Tokens; None: not told.
    """

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    finish: str | None = None
    error: Exception | None = None
    usage: Any = None

    @property
    def said(self) -> tuple[str, list[tuple[str, Any]]]:
        return self.text, [(name, arguments) for _, name, arguments in self.calls]

    def check(self) -> None:
        """Hold that it is either an answer or an error, and that its calls can be executed."""
        assert (self.finish is None) == (self.error is not None), self
        ids = [call_id for call_id, _, _ in self.calls]
        assert all(ids)
        assert len(set(ids)) == len(ids)
        assert all(isinstance(arguments, dict) for _, _, arguments in self.calls)


_KNOWN = {"store", "unillm", "cost", "cost_state", "estimated", "cost_details", "reasoning_content"}
"""Fields that are ours, or DeepSeek's, and nobody of OpenAI's knows."""


def _sound(data: Any) -> None:
    wrong = [one for one in complaints(data) if not _is_known(one)]
    assert not wrong, wrong


_AS_SAID = ("finish_reason", "incomplete_details.reason", "service_tier")
"""What stands as the provider said it, where he says what OpenAI has no word for."""


def _is_known(complaint: str) -> bool:
    lines = complaint.splitlines()
    if len(lines) > 1:  # of types: each field, then what is wrong with it
        fields = [line for line in lines[1:] if not line.startswith(" ")]
        return all(field.endswith(_AS_SAID) for field in fields)
    where, _, rest = complaint.partition(" ")
    return rest == "is unknown" and where.rpartition(".")[2] in _KNOWN


def _given(body: dict[str, Any], *known: str) -> dict[str, Any]:
    """Return a body as arguments: what its package need not know goes as it is."""
    rest = {name: value for name, value in body.items() if name not in {*known, "stream"}}
    return {name: body[name] for name in known} | {"extra_body": rest}


def chat(
    gateway: Gateway, body: dict[str, Any], *, stream: bool, headers: Headers | None = None
) -> Told:
    """Ask over Chat Completions."""
    given = _given(body, "model", "messages") | {"extra_headers": headers}
    told = Told()
    asked: Any = gateway.openai.chat.completions
    try:
        if stream:
            options = {"include_usage": True}
            _chat_events(asked.create(stream=True, stream_options=options, **given), told)
        else:
            whole = asked.create(**given)
            _sound(whole.model_dump(exclude_unset=True))
            message, told.usage = whole.choices[0].message, whole.usage
            told.text = message.content or ""
            told.reasoning = getattr(message, "reasoning_content", None) or ""
            for call in message.tool_calls or ():
                arguments = json.loads(call.function.arguments)
                told.calls.append((call.id, call.function.name, arguments))
            told.finish = whole.choices[0].finish_reason
    except AssertionError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the package raises is an error
        told.error, told.finish = error, None
    told.check()
    return told


def _chat_events(chunks: Iterable[Any], told: Told) -> None:
    calls: dict[int, list[str]] = {}
    ends = 0
    for chunk in chunks:
        _sound(chunk.model_dump(exclude_unset=True))
        told.usage = chunk.usage or told.usage
        for choice in chunk.choices:
            assert choice.index == 0
            assert not ends
            delta = choice.delta
            told.text += delta.content or ""
            told.reasoning += getattr(delta, "reasoning_content", None) or ""
            for call in delta.tool_calls or ():
                assert call.index == len(calls)
                calls[call.index] = [call.id, call.function.name, call.function.arguments]
            if choice.finish_reason is not None:
                told.finish, ends = choice.finish_reason, ends + 1
    assert ends == 1, "the stream ended without an end, and nothing was raised"
    told.calls = [(call_id, name, json.loads(given)) for call_id, name, given in calls.values()]


def responses(
    gateway: Gateway, body: dict[str, Any], *, stream: bool, headers: Headers | None = None
) -> Told:
    """Ask over the Responses API."""
    given = _given(body, "model", "input") | {"extra_headers": headers}
    told = Told()
    asked: Any = gateway.openai.responses
    try:
        response = asked.create(stream=stream, **given)
        if stream:
            response = _responses_events(response)
        _sound(response.model_dump(exclude_unset=True, warnings=False))
        _responses_items(response, told)
    except AssertionError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        told.error, told.finish = error, None
    told.check()
    return told


def _responses_events(events: Iterable[Any]) -> Any:
    said, response = "", None
    for number, event in enumerate(events):
        assert event.sequence_number == number
        assert response is None
        if event.type == "response.output_text.delta":
            said += event.delta
        elif event.type in {"response.completed", "response.incomplete"}:
            response = event.response
        elif event.type == "response.failed":
            raise openai.APIError(event.response.error.message, None, body=None)  # type: ignore[arg-type] # it is not looked at
    assert response is not None, "the stream ended without an end, and nothing was raised"
    assert said == response.output_text
    return response


def _responses_items(response: Any, told: Told) -> None:
    told.usage = response.usage
    for item in response.output:
        if item.type == "message":
            told.text += "".join(part.text for part in item.content if part.type == "output_text")
        elif item.type == "reasoning":
            told.reasoning += "".join(part.text for part in item.summary)
        elif item.type == "function_call":
            told.calls.append((item.call_id, item.name, json.loads(item.arguments)))
    assert response.status in {"completed", "incomplete"}
    told.finish = response.status


def messages(
    gateway: Gateway, body: dict[str, Any], *, stream: bool, headers: Headers | None = None
) -> Told:
    """Ask over Anthropic's Messages."""
    given = _given(body, "model", "messages", "max_tokens") | {"extra_headers": headers}
    told = Told()
    asked: Any = gateway.anthropic.messages
    try:
        message = _messages_events(asked, given) if stream else asked.create(**given)
        told.usage = message.usage
        for block in message.content:
            if block.type == "text":
                told.text += block.text
            elif block.type == "thinking":
                told.reasoning += block.thinking
            elif block.type == "tool_use":
                told.calls.append((block.id, block.name, block.input))
        told.finish = message.stop_reason or UNTOLD
    except AssertionError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        told.error, told.finish = error, None
    told.check()
    return told


def _messages_events(asked: Any, body: dict[str, Any]) -> Any:
    open_block, blocks, ended = None, 0, False
    with asked.stream(**body) as stream:
        for event in stream:
            assert not ended
            if event.type == "content_block_start":
                assert open_block is None
                assert event.index == blocks
                open_block, blocks = event.index, blocks + 1
            elif event.type == "content_block_stop":
                assert open_block == event.index
                open_block = None
            elif event.type == "message_stop":
                ended = True
        assert ended, "the stream ended without an end, and nothing was raised"
        return stream.get_final_message()

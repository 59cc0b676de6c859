"""An answer of the Responses API back into its input: as it came, as far as it still stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unillm._wire.responses.entry import CALLS
from unillm._wire.responses.pieces import call_item, said_item, text_of_content, wire_id
from unillm._wire.responses.told import Told, told_by
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage
from unillm.types.tools import ToolCall


def replayed(
    message: AssistantMessage, items: Iterable[JsonObject], *, store: bool
) -> list[JsonObject]:
    """Return the items of an earlier answer.

    While the message says what its items say, they go back unchanged. Where it was changed, or a
    call was repaired or refused, text and calls are written anew, without ids, around what still
    holds: the reasoning, and what the provider's own tools did.

    Args:
        message: The answer as the caller sends it back.
        items: Its items as they came.
        store: Whether the provider stores answers, so that it knows items by their ids.
    """
    given = [_as_input(item) for item in items]
    usable = [item for item in given if store or _stands_alone(item)]
    told = told_by(given)
    same_text = (told.text or told.refusal) == (_text(message) or "")
    calls = [(wire_id(call.id), call.name, _as_received(call)) for call in message.tool_calls]
    same = same_text and calls == told.calls and not message.extra
    if same and len(usable) == len(given):
        return _followed(usable)
    return _followed([*_rewritten(message, usable, told, same_text=same_text)])


def _rewritten(
    message: AssistantMessage, items: list[JsonObject], told: Told, *, same_text: bool
) -> Iterator[JsonObject]:
    text, calls = _text(message), {wire_id(call.id): call for call in message.tool_calls}
    spoken = [item for item in items if item.get("type") == "message"]
    phase = spoken[0].get("phase") if len(spoken) == 1 else None
    if text and not spoken:
        yield said_item(text, extra=message.extra)
    for item in items:
        kind = item.get("type")
        if kind == "message":
            first = item is spoken[0]
            anew = text if first else ""
            words = told.of(item) if same_text else anew
            if words:
                kept = item.get("phase") if same_text else phase
                yield said_item(words, phase=kept, extra=message.extra if first else None)
        elif kind in CALLS:
            call = calls.pop(str(item.get("call_id")), None)
            if call is not None:
                yield _call(call, item)
        else:
            yield item
    yield from map(call_item, calls.values())


def _call(call: ToolCall, item: JsonObject) -> JsonObject:
    """Return a call anew; what a custom tool is given is no JSON and was never repaired."""
    if item.get("type") == "custom_tool_call":
        return {key: value for key, value in item.items() if key not in {"id", "status"}}
    return call_item(call)


def _text(message: AssistantMessage) -> str | None:
    return text_of_content(message.content) or message.refusal


def _as_received(call: ToolCall) -> str | None:
    """Return the arguments as the model wrote them; None: they are not what is sent back."""
    return None if call.repairs else call.raw


def _as_input(item: JsonObject) -> JsonObject:
    """Leave out what the API or hosts write and the API does not take.

    That is what is null (litellm#13420) and the status of reasoning (jcode#1028; read 2026-11-28).
    """
    odd = "status" if item.get("type") == "reasoning" else ""
    return {key: value for key, value in item.items() if value is not None and key != odd}


def _stands_alone(item: JsonObject) -> bool:
    """Tell whether an item is understood by what is in it, and not only by its id.

    Of reasoning that is not stored, an id alone is answered with "Item with id 'rs_…' not found.
    Items are not persisted when `store` is set to false" (vercel/ai#7543, read 2026-11-28).
    DeepSeek and vLLM give it in the open instead of encrypted.
    """
    if item.get("type") != "reasoning":
        return True
    return bool(item.get("encrypted_content") or item.get("content"))


def _followed(items: list[JsonObject]) -> list[JsonObject]:
    """Leave out reasoning at the end, which nothing follows any more.

    It is answered with "Item 'rs_…' of type 'reasoning' was provided without its required
    following item" (vercel/ai#7099, continuedev/continue#8933, read 2026-11-28).
    """
    end = len(items)
    while end and items[end - 1].get("type") == "reasoning":
        end -= 1
    return items[:end]

"""An answer of the Responses API back into its input: as it came, as far as it still stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unillm._wire.responses.entry import CALLS
from unillm._wire.responses.pieces import call_item, said_item, wire_id
from unillm._wire.responses.told import Told, arguments_in, thoughts_in, told_by
from unillm._wire.spoken import spoken_by, text_of
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage
from unillm.types.tools import CUSTOM_INPUT, ToolCall


def replayed(
    message: AssistantMessage, items: Iterable[JsonObject], *, store: bool, reasons: bool
) -> list[JsonObject]:
    """Return the items of an earlier answer.

    While the message says what its items say, they go back unchanged. Where it was changed, or a
    call was repaired or refused, text and calls are written anew, without ids, around what still
    holds: the reasoning, what was said on the way to the answer, and what the provider's own tools
    did. A text that was changed takes the place, and with it the phase, of the last that was said.

    Reasoning whose text is no longer the message's is left out: it was taken away, or is another.
    So it is with a model that does not reason: "Reasoning input items can only be provided to a
    reasoning or computer use model" (openai-agents-python#569, #2602, read 2026-11-28).

    Args:
        message: The answer as the caller sends it back.
        items: Its items as they came.
        store: Whether the provider stores answers, so that it knows items by their ids.
        reasons: Whether the model asked may reason.
    """
    given = [_as_input(item) for item in items]
    thinks = reasons and (message.reasoning or "") in thoughts_in(given)
    usable = [item for item in given if _is_usable(item, store=store, thinks=thinks)]
    told = told_by(usable)
    same_text = (told.text, told.refusal) == (text_of(message.content), message.refusal or "")
    calls = [(wire_id(call.id), call.name, _as_received(call)) for call in message.tool_calls]
    same = same_text and calls == told.calls and not message.extra
    if same and len(usable) == len(given):
        return _followed(usable)
    return _followed([*_rewritten(message, usable, told, same_text=same_text)])


def _rewritten(
    message: AssistantMessage, items: list[JsonObject], told: Told, *, same_text: bool
) -> Iterator[JsonObject]:
    text, calls = spoken_by(message), {wire_id(call.id): call for call in message.tool_calls}
    last = _last_said(items, told)
    if text and last is None:
        yield said_item(text, extra=message.extra)
    stays = bool(text or calls)
    for at, item in enumerate(items):
        kind = str(item.get("type"))
        if kind == "message":
            anew = text if at == last else ""
            kept = stays if at in told.asides else same_text
            words = told.of(item) if kept else anew
            if words:
                extra = message.extra if at == last else None
                yield said_item(words, phase=item.get("phase"), extra=extra)
        elif kind in CALLS:
            call = calls.pop(str(item.get("call_id")), None)
            if call is not None:
                yield _call(call, item)
        else:
            yield item
    yield from map(call_item, calls.values())


def _last_said(items: list[JsonObject], told: Told) -> int | None:
    """Return the place of the last message that is in the text, if there is one."""
    found = [
        at
        for at, item in enumerate(items)
        if item.get("type") == "message" and at not in told.asides
    ]
    return next((at for at in reversed(found) if told.of(items[at])), found[-1] if found else None)


def _call(call: ToolCall, item: JsonObject) -> JsonObject:
    """Return a call anew; a custom tool is given text, as long as that is what is sent back."""
    if item.get("type") != "custom_tool_call":
        return call_item(call)
    same = _as_received(call) == arguments_in(item)
    given = item.get("input") if same else call.arguments.get(CUSTOM_INPUT)
    if not isinstance(given, str):
        return call_item(call)
    kept = {key: value for key, value in item.items() if key not in {"id", "status"}}
    return {**kept, "name": call.name, "input": given}


def _as_received(call: ToolCall) -> str | None:
    """Return the arguments as the model wrote them; None: they are not what is sent back."""
    return None if call.repairs else call.raw


def _as_input(item: JsonObject) -> JsonObject:
    """Leave out what the API or hosts write and the API does not take.

    That is what is null (litellm#13420) and the status of reasoning (jcode#1028; read 2026-11-28).
    """
    odd = "status" if item.get("type") == "reasoning" else ""
    return {key: value for key, value in item.items() if value is not None and key != odd}


def _is_usable(item: JsonObject, *, store: bool, thinks: bool) -> bool:
    """Tell whether an item can go back: by what is in it, and not only by its id.

    Of reasoning that is not stored, an id alone is answered with "Item with id 'rs_…' not found.
    Items are not persisted when `store` is set to false" (vercel/ai#7543, read 2026-11-28).
    DeepSeek and vLLM give it in the open instead of encrypted.
    """
    if item.get("type") != "reasoning":
        return True
    return thinks and bool(store or item.get("encrypted_content") or item.get("content"))


def _followed(items: list[JsonObject]) -> list[JsonObject]:
    """Leave out reasoning at the end, which nothing follows any more.

    It is answered with "Item 'rs_…' of type 'reasoning' was provided without its required
    following item" (vercel/ai#7099, continuedev/continue#8933, read 2026-11-28).
    """
    end = len(items)
    while end and items[end - 1].get("type") == "reasoning":
        end -= 1
    return items[:end]

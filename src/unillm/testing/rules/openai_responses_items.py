"""What OpenAI does not take over the Responses API: the items of the input."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from unillm.testing._objects import objects
from unillm.testing._sealed import unseal
from unillm.testing.rules._openai_models import model_of
from unillm.testing.rules._reading import is_set
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_SDK = "openai-python 3.57.0, types/responses/response_input_item_param.py"
_ASSISTANTS = ("output_text", "refusal")
_INPUTS = ("input_text", "input_image", "input_file", "input_audio")
_DETAILS = ("low", "high", "auto", "original")
_ROLES = ("assistant", "system", "developer", "user")
_FIELDS = {
    "message": frozenset(["type", "id", "role", "content", "status", "phase"]),
    "function_call": frozenset(
        ["type", "id", "call_id", "name", "arguments", "status", "caller", "namespace", "async"]
    ),
    "function_call_output": frozenset(
        ["type", "id", "call_id", "output", "status", "caller", "name", "namespace"]
    ),
    "reasoning": frozenset(["type", "id", "summary", "content", "encrypted_content"]),
}
"""Of the items that there are most of; others may have any. ``status`` of reasoning is in the
package, and refused nevertheless: https://github.com/1jehuang/jcode/issues/1028."""
_BEGINNINGS = {"function_call": "fc", "reasoning": "rs", "message": "msg"}
_FOLLOWING = frozenset({"message", "function_call", "custom_tool_call", "reasoning"})
_OUTPUT = "_call"


def _kind(item: dict[str, Any]) -> str:
    return str(item.get("type", "message"))


def _stays(seen: Seen) -> bool:
    """Tell whether there may be items that the request does not name."""
    return is_set(seen.fields, "previous_response_id") or is_set(seen.fields, "conversation")


@rule("responses", source="https://github.com/1jehuang/jcode/issues/1028", checked="2026-11-28")
def item_field(seen: Seen) -> Refusal | None:
    """Refuse a field of an item that is not its, such as status of reasoning."""
    for at, item in enumerate(seen.items):
        known = _FIELDS.get(_kind(item), frozenset(item))
        odd = next((name for name in item if name not in known), None)
        if odd is not None:
            param = f"input[{at}].{odd}"
            said = f"Unknown parameter: '{param}'."
            return Refusal(message=said, param=param, code="unknown_parameter")
    return None


@rule(
    "responses",
    source=_SDK,
    checked="2026-11-28",
    doubt="The roles are documented, the words are those of other enumerations.",
)
def item_role(seen: Seen) -> Refusal | None:
    """Refuse a message of a role that there is not, such as tool."""
    for at, item in enumerate(seen.items):
        if _kind(item) == "message" and item.get("role") not in _ROLES:
            known = "'assistant', 'system', 'developer', and 'user'"
            said = f"Invalid value: '{item.get('role')}'. Supported values are: {known}."
            return Refusal(message=said, param=f"input[{at}].role", code="invalid_value")
    return None


@rule(
    "responses",
    source="https://github.com/epam/ai-dial-adapter-openai/issues/511",
    checked="2026-11-28",
)
def content_type(seen: Seen) -> Refusal | None:
    """Refuse a part of the wrong type: Chat's text, or input_text in the assistant's message."""
    for at, item in enumerate(seen.items):
        if _kind(item) not in {"message", "function_call_output"}:
            continue
        is_theirs = item.get("role") == "assistant"
        known = _ASSISTANTS if is_theirs else _INPUTS
        for index, part in enumerate(objects(item.get("content", item.get("output")))):
            if part.get("type") not in known:
                told = [f"'{one}'" for one in known]
                last = " and " if is_theirs else ", and "
                said = (
                    f"Invalid value: '{part.get('type')}'. Supported values are: "
                    f"{', '.join(told[:-1])}{last}{told[-1]}."
                )
                param = f"input[{at}].content[{index}]"
                return Refusal(message=said, param=param, code="invalid_value")
    return None


@rule(
    "responses",
    source="openai-python 3.57.0, types/responses/response_input_image_param.py",
    checked="2026-11-28",
    doubt="The values are documented, the words are those that Chat Completions has.",
)
def detail(seen: Seen) -> Refusal | None:
    """Refuse a detail of an image that there is not."""
    for at, item in enumerate(seen.items):
        for index, part in enumerate(objects(item.get("content"))):
            given = part.get("detail")
            if part.get("type") == "input_image" and given is not None and given not in _DETAILS:
                told = ", ".join(f"'{one}'" for one in _DETAILS[:-1])
                said = (
                    f"Invalid value: '{given}'. Supported values are: {told}, and '{_DETAILS[-1]}'."
                )
                param = f"input[{at}].content[{index}].detail"
                return Refusal(message=said, param=param, code="invalid_value")
    return None


@rule(
    "responses", source="https://github.com/continuedev/continue/issues/11494", checked="2026-11-28"
)
def item_id(seen: Seen) -> Refusal | None:
    """Refuse an item whose id does not begin as its type's do: a call's with fc, not call."""
    for at, item in enumerate(seen.items):
        begins = _BEGINNINGS.get(_kind(item))
        given = item.get("id")
        if begins and isinstance(given, str) and not given.startswith(begins):
            said = (
                f"Invalid 'input[{at}].id': '{given}'. Expected an ID that begins with '{begins}'."
            )
            return Refusal(message=said, param=f"input[{at}].id", code="invalid_value")
    return None


@rule(
    "responses", source="https://github.com/continuedev/continue/issues/10092", checked="2026-11-28"
)
def output_without_call(seen: Seen) -> Refusal | None:
    """Refuse the output of a call that is not in the input."""
    if _stays(seen):
        return None
    called: list[object] = []
    for item in seen.items:
        if _kind(item) == "function_call":
            called.append(item.get("call_id"))
        if _kind(item) == "function_call_output" and item.get("call_id") not in called:
            said = (
                f"No tool call found for function call output with call_id {item.get('call_id')}."
            )
            return Refusal(message=said, param="input")
    return None


@rule(
    "responses", source="https://github.com/bytedance/trae-agent/issues/358", checked="2026-11-28"
)
def call_without_output(seen: Seen) -> Refusal | None:
    """Refuse a call whose output is not in the input."""
    answered = [item.get("call_id") for item in seen.items if _kind(item) == "function_call_output"]
    for item in seen.items:
        if _kind(item) == "function_call" and item.get("call_id") not in answered:
            said = f"No tool output found for function call {item.get('call_id')}."
            return Refusal(message=said, param="input")
    return None


@rule(
    "responses", source="https://github.com/continuedev/continue/issues/8933", checked="2026-11-28"
)
def reasoning_alone(seen: Seen) -> Refusal | None:
    """Refuse reasoning that is not followed by what came of it."""
    for item, later in zip_longest(seen.items, seen.items[1:]):
        if _kind(item) == "reasoning" and not _came_of_it(later):
            said = (
                f"Item '{item.get('id')}' of type 'reasoning' was provided without its required "
                "following item."
            )
            return Refusal(message=said, param="input")
    return None


def _came_of_it(later: dict[str, Any] | None) -> bool:
    if later is None:
        return False
    if _kind(later) == "message":
        return later.get("role") == "assistant"
    return _kind(later) in _FOLLOWING or _kind(later).endswith(_OUTPUT)


@rule(
    "responses",
    source="https://github.com/openai/openai-agents-python/issues/569",
    checked="2026-11-28",
    doubt="The words are quoted in its pull request 2602; code and param are not, and whether a "
    "model that reasons if asked refuses with effort none is not known: here it does not.",
)
def reasoning_for_plain_model(seen: Seen) -> Refusal | None:
    """Refuse reasoning in the input of a model that does not reason."""
    model = model_of(seen)
    if model is None or model.efforts or all(_kind(item) != "reasoning" for item in seen.items):
        return None
    said = "Reasoning input items can only be provided to a reasoning or computer use model."
    return Refusal(message=said, param="input")


@rule("responses", source="https://github.com/vercel/ai/issues/7543", checked="2026-11-28")
def item_not_stored(seen: Seen) -> Refusal | None:
    """Refuse, with store false, an item that is only named: a reference, bare reasoning."""
    if seen.fields.get("store") is not False:
        return None
    for item in seen.items:
        bare = _kind(item) == "reasoning" and not is_set(item, "encrypted_content")
        if (bare and is_set(item, "id")) or _kind(item) == "item_reference":
            said = (
                f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` "
                "is set to false. Try again with `store` set to true, or remove this item from "
                "your input."
            )
            return Refusal(message=said, status=404, param="input")
    return None


@rule("responses", source="https://github.com/openai/codex/issues/8145", checked="2026-11-28")
def encrypted_content(seen: Seen) -> Refusal | None:
    """Refuse encrypted_content that no fake provider issued, or that was touched."""
    for item in seen.items:
        given = item.get("encrypted_content")
        if _kind(item) == "reasoning" and isinstance(given, str) and unseal(given) is None:
            said = f"The encrypted content {given[:4]}...{given[-4:]} could not be verified."
            return Refusal(message=said, code="invalid_encrypted_content")
    return None

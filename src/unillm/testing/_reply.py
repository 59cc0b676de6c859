"""What the fake says when nothing is queued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from unillm.testing._objects import single
from unillm.testing._schema import plausible
from unillm.testing._usage import prompt_text
from unillm.testing.answer import Answer, Dialect, FakeCall
from unillm.testing.seen import Seen

__all__ = ["reply_to"]


def reply_to(seen: Seen, dialect: Dialect) -> Answer:
    """Return the answer the request itself suggests; the same request gets the same one.

    A tool result is quoted. Offered tools are called, unless ``tool_choice`` is ``none``: the
    named one, else the first. A JSON schema is satisfied, and in JSON mode one that the prompt
    gives as such. Else the last user text is echoed.
    """
    last = seen.messages[-1] if seen.messages else {}
    said = next(
        (
            prompt_text(message)
            for message in reversed(seen.messages)
            if message.get("role") == "user"
        ),
        "",
    )
    if last.get("role") == "tool":
        return Answer(f"The tool answered: {prompt_text(last)}", dialect=dialect)
    tool = _tool(seen)
    if tool is not None and last.get("role") == "user":
        arguments = plausible(tool.get("parameters") or {"type": "object"}, said)
        return Answer(tool_calls=[FakeCall(str(tool.get("name")), arguments)], dialect=dialect)
    wanted = _format(seen)
    if wanted is not None:
        return Answer(json.dumps(plausible(wanted, said), ensure_ascii=False), dialect=dialect)
    return Answer(f"You said: {said}" if said else "You said nothing.", dialect=dialect)


def _tool(seen: Seen) -> dict[str, Any] | None:
    choice = seen.fields.get("tool_choice")
    if not seen.tools or choice == "none":
        return None
    chosen = single(choice)
    name = single(chosen.get("function", chosen)).get("name")
    return next((tool for tool in seen.tools if tool.get("name") == name), seen.tools[0])


def _format(seen: Seen) -> Mapping[str, Any] | None:
    asked = seen.fields
    wanted = single(asked.get("response_format", single(asked.get("text")).get("format")))
    match wanted.get("type"):
        case "json_schema":
            named = single(wanted.get("json_schema", wanted))
            return single(named.get("schema")) or {"type": "object"}
        case "json_object":
            return _schema_in_prompt(seen) or _ANY_OBJECT
        case _:
            return None


_ANY_OBJECT: Mapping[str, Any] = {"type": "object", "properties": {"answer": {"type": "string"}}}
_SAID = "JSON Schema: "


def _schema_in_prompt(seen: Seen) -> Mapping[str, Any] | None:
    """Return the schema that a message gives in words; None: none does."""
    for message in seen.messages:
        _, said, rest = prompt_text(message).partition(_SAID)
        if said:
            try:
                return single(json.JSONDecoder().raw_decode(rest)[0]) or None
            except ValueError:
                continue
    return None

"""What the fake says when nothing is queued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from unillm.testing._schema import plausible
from unillm.testing._usage import prompt_text
from unillm.testing.answer import Answer, Dialect, FakeCall
from unillm.testing.seen import Seen

__all__ = ["reply_to"]


def reply_to(seen: Seen, dialect: Dialect) -> Answer:
    """Return the answer the request itself suggests; the same request gets the same one.

    A tool result is quoted. Offered tools are called, unless ``tool_choice`` is ``none``: the
    named one, else the first. A JSON schema is satisfied. Else the last user text is echoed.
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
    if isinstance(choice, dict):
        function = cast("dict[str, dict[str, Any]]", choice).get("function", {})
        return next(
            (tool for tool in seen.tools if tool.get("name") == function.get("name")), seen.tools[0]
        )
    return seen.tools[0]


def _format(seen: Seen) -> Mapping[str, Any] | None:
    wanted = seen.fields.get("response_format")
    if not isinstance(wanted, dict):
        return None
    fields = cast("dict[str, Any]", wanted)
    match fields.get("type"):
        case "json_schema":
            return cast(
                "Mapping[str, Any]", fields.get("json_schema", {}).get("schema", {"type": "object"})
            )
        case "json_object":
            return {"type": "object", "properties": {"answer": {"type": "string"}}}
        case _:
            return None

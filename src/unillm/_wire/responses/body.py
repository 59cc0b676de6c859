"""A request into the body of the Responses API."""

from __future__ import annotations

from typing import Any

from unillm._wire.plan import Plan
from unillm.types.json import JsonObject, is_list, is_mapping
from unillm.types.tools import CHOICES, Tool

_RENAMED = {"max_tokens": "max_output_tokens"}
_INSIDE = {
    # the setting: the object of the body it is in, and what it is called there
    "reasoning_effort": ("reasoning", "effort"),
    "reasoning_summary": ("reasoning", "summary"),
    "verbosity": ("text", "verbosity"),
}
_NESTED = ("reasoning", "text")
"""Objects of the body that several settings share."""
_KEPT = ("previous_response_id", "conversation", "background")
"""Fields of the caller's own that rest on what the provider keeps of answers."""


def fields_of(plan: Plan) -> JsonObject:
    """Return the fields of the JSON body, the model first, without the input.

    Nothing is stored unless ``store`` asks for it, which is what Chat Completions does by default;
    the API itself stores for 30 days (openai-python 3.57.0,
    types/responses/response_create_params.py, read 2026-11-28). Who goes on from a stored answer
    or asks for one in the background rests on that, so nothing is said then and the API decides:
    an answer that was not stored cannot be gone on from (smg-project/smg#916,
    bigduu/Bamboo-agent#64), and the background demands it (agno-agi/agno#7444; read 2026-11-28).
    """
    request, target = plan.request, plan.target
    settings = dict(request.settings)
    store = settings.pop("store", None)
    body: JsonObject = {"model": target.model}
    if store is not None or not any(request.extra_body.get(name) for name in _KEPT):
        body["store"] = bool(store)
    tools = [*map(_tool, request.tools), *request.hosted_tools]
    if tools:
        body["tools"] = tools
    include = _include(plan)
    if include:
        body["include"] = include
    settings.pop("logprobs", None)
    for name, value in settings.items():
        if name in _INSIDE:
            outer, inner = _INSIDE[name]
            body.setdefault(outer, {})[inner] = value
        elif name == "response_format":
            body.setdefault("text", {})["format"] = _format(value)
        elif name == "tool_choice":
            body[name] = _tool_choice(value, tools)
        else:
            body[_RENAMED.get(name, name)] = value
    if request.stream:
        body["stream"] = True
    return body


def with_extra(body: JsonObject, extra: JsonObject) -> JsonObject:
    """Return a body with the caller's own fields over it.

    Where settings and the caller both write into ``reasoning`` or ``text``, both stand, the
    caller's over ours; what is to be included is added up.
    """
    merged = {**body, **extra}
    for name in _NESTED:
        ours, theirs = body.get(name), extra.get(name)
        if is_mapping(ours) and is_mapping(theirs):
            merged[name] = {**ours, **theirs}
    ours, theirs = body.get("include"), extra.get("include")
    if is_list(ours) and is_list(theirs):
        merged["include"] = [*ours, *(each for each in theirs if each not in ours)]
    return merged


def _include(plan: Plan) -> list[str]:
    """Return what must be asked for to be in the answer.

    Reasoning goes back encrypted where nothing is stored. It is given by default now, but not by
    every host, and models that do not reason refuse to be asked ("Encrypted content is not
    supported with this model", pydantic-ai#2865, #3326; openai-python 3.57.0,
    types/responses/response_reasoning_item.py; read 2026-11-28).
    """
    info, settings = plan.target.info, plan.request.settings
    include: list[str] = []
    if info is not None and info.efforts:
        include.append("reasoning.encrypted_content")
    if settings.get("logprobs") or settings.get("top_logprobs"):
        include.append("message.output_text.logprobs")
    return include


def _tool(tool: Tool) -> JsonObject:
    """Return a tool in the flat form of this API.

    Without ``strict`` the API would rewrite the schema, every optional argument a required one
    (https://developers.openai.com/api/docs/guides/function-calling, as of 2026-04-01;
    langchain#39309), which Chat Completions does not.
    """
    wire: JsonObject = {
        "type": "function",
        "name": tool.name,
        "parameters": tool.parameters,
        "strict": bool(tool.strict),
    }
    if tool.description is not None:
        wire["description"] = tool.description
    return wire


def _format(given: Any) -> JsonObject:
    """Return ``response_format`` in the flat form of this API."""
    inner: Any = given.get("json_schema")
    return {"type": given.get("type"), **inner} if is_mapping(inner) else given


def _tool_choice(value: Any, tools: list[JsonObject]) -> Any:
    if isinstance(value, str):
        return value if value in CHOICES else _named(value, tools)
    kind: Any = value.get("type")
    inner: Any = value.get(kind) if isinstance(kind, str) else None
    flat: JsonObject = {"type": kind, **inner} if is_mapping(inner) else dict(value)
    if is_list(flat.get("tools")):
        flat["tools"] = [_tool_choice(t, tools) if is_mapping(t) else t for t in flat["tools"]]
    return flat


def _named(name: str, tools: list[JsonObject]) -> JsonObject:
    """Return the choice of a tool by its name, or of one that the provider runs by its type."""
    found = next((tool for tool in tools if tool.get("name") == name), None)
    return {"type": name} if found is None else {"type": found.get("type"), "name": name}

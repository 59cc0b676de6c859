"""A request, normalised, before any provider's dialect is applied."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.messages import Message
from unillm.types.tools import CUSTOM_INPUT, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest(JsonRoundTrip):
    """One request to one model.

    Attributes:
        messages: The conversation so far.
        tools: The tools the model may call.
        hosted_tools: Tools the provider runs itself, sent as given: ``{"type": "web_search"}``.
        settings: What `ChatSettings` lists and was set, without the fields below.
        stream: Whether the answer is wanted as a stream.
        extra_body: Merged into the body last.
        extra_headers: Added to the HTTP headers.
        extra_query: Added to the URL's query.
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    hosted_tools: tuple[JsonObject, ...] = ()
    settings: JsonObject = field(default_factory=dict[str, Any])
    stream: bool = False
    extra_body: JsonObject = field(default_factory=dict[str, Any])
    extra_headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    extra_query: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def offered(self) -> tuple[Tool, ...]:
        """Return the tools whose calls come to the caller: functions, and custom tools.

        What the model gives a custom tool is plain text; it stands as the one argument ``input``.
        """
        return (*self.tools, *self.custom_tools) if self.hosted_tools else self.tools

    @property
    def custom_tools(self) -> tuple[Tool, ...]:
        """Return the tools that are given plain text."""
        custom = (tool for tool in self.hosted_tools if tool.get("type") == "custom")
        return tuple(Tool(str(tool.get("name")), parameters=_INPUT) for tool in custom)


_INPUT: JsonObject = {
    "type": "object",
    "properties": {CUSTOM_INPUT: {"type": "string"}},
    "required": [CUSTOM_INPUT],
}

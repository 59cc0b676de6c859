"""A request as somebody who speaks a protocol of the field made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias

from unillm._wire.serve.sealed import OPEN, Seal
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.json import JsonObject
from unillm.types.messages import Message
from unillm.types.request import ChatRequest

Face: TypeAlias = Literal["chat", "responses", "messages"]
"""A protocol that is served: Chat Completions, the Responses API, Anthropic's Messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        face: The protocol it came over, and the answer goes back over.
        model: The model or route that was named; None: none was.
        request: What is asked.
        options: What its field ``unillm`` says: ``tags``, ``session``, ``timeout``, ``rewrite``.
        wants_usage: Whether a stream is to tell the usage. The Responses API always does.
        echo: What the body of a response of the Responses API repeats of the request.
        stores: Whether the answer may be gone on from, by its id.
        shows: Whether the client wants to be told the thinking. Over Chat Completions and the
            Responses API it always is.
        seals: Whether the client wants the thinking in a form that it sends back unread.
        seal: What that form is made with, and read.
        conversation: The messages without the instructions, which hold for this answer alone.
        asks_for: For whom it is asked, as the client says it, which may name the conversation too.
        renamed: What the client calls a tool whose name is too long for providers, by the name
            that it has here.
        estimates: Whether usage that nobody reported is told as it was counted here, and marked.
        size: How many bytes the body had.
        notes: What was left out, and why.
        spaces: The group and the name that a tool has for the client, by the name that it has here.
    """

    face: Face
    model: str | None
    request: ChatRequest
    options: JsonObject = field(default_factory=dict[str, Any])
    wants_usage: bool = True
    echo: JsonObject = field(default_factory=dict[str, Any])
    stores: bool = False
    shows: bool = True
    seals: bool = False
    seal: Seal = OPEN
    conversation: tuple[Message, ...] = ()
    asks_for: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    estimates: bool = False
    size: int = 0
    notes: tuple[Note, ...] = ()
    spaces: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, "tuple[str, str]"])

    @property
    def call(self) -> JsonObject:
        """Return the same as the arguments of a client's ``chat`` and ``stream``."""
        request = self.request
        made: JsonObject = {
            "messages": request.messages,
            "model": self.model,
            **request.settings,
            **self.options,
        }
        if request.tools or request.hosted_tools:
            made["tools"] = [*request.tools, *request.hosted_tools]
        if request.extra_body:
            made["extra_body"] = request.extra_body
        return made

    @property
    def custom(self) -> frozenset[str]:
        """Return the names of tools that are given plain text."""
        return frozenset(tool.name for tool in self.request.custom_tools)

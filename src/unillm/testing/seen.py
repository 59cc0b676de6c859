"""One request as the fake provider received it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from unillm.testing._objects import objects, single
from unillm.testing._views import items_in, messages_in
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api

__all__ = ["Seen", "seen_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Hold one request, byte for byte, as the fake provider received it.

    Attributes:
        method: The HTTP method, upper case.
        path: The path, without the query.
        query: The query parameters; of a repeated one the last value.
        headers: The headers, names in lower case; repeated ones joined with ``", "``.
        body: The request body.
        json: The body as JSON, or None when it is not JSON.
        number: Position among all requests to this provider, from 1.
        connection: Position of its TCP connection among all accepted, from 1; two requests with the
            same number shared one connection. Without sockets each has one of its own.
        at: When its last byte arrived, in seconds of ``time.monotonic()``.
        ignored: Top-level fields that the host whose rules are played takes and ignores.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    json: Any
    number: int
    connection: int
    at: float
    ignored: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        """Return the JSON body when it is an object, else an empty dict."""
        body: object = self.json
        return cast("dict[str, Any]", body) if isinstance(body, dict) else {}

    @property
    def model(self) -> str:
        """Return the requested model, or ``"fake-model"`` when none is named.

        A deployment with an address of its own (Azure's ``…/deployments/NAME/…``) is named there.
        """
        _, _, deployed = self.path.partition("/deployments/")
        model = deployed.removesuffix("/chat/completions") or self.fields.get("model")
        return model if isinstance(model, str) else "fake-model"

    @property
    def wants_stream(self) -> bool:
        """Tell whether the request asks for a stream."""
        return self.fields.get("stream") is True

    @property
    def wants_usage(self) -> bool:
        """Tell whether the request asks for usage in its stream."""
        return single(self.fields.get("stream_options")).get("include_usage") is True

    @property
    def api(self) -> Api:
        """Return the interface that was asked: ``responses`` where the path ends so."""
        return "responses" if self.path.endswith("/responses") else "chat"

    @property
    def items(self) -> list[dict[str, Any]]:
        """Return the input items of a request to the Responses API, as they came, in order.

        A text alone is given as the user's message that it stands for.
        """
        return items_in(self.fields) if self.api == "responses" else []

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that are JSON objects, in order.

        Of a request to the Responses API, the instructions and the items, written as Chat
        Completions has them: a call is in ``tool_calls``, its result a message of the ``tool``.
        """
        if self.api == "responses":
            return messages_in(self.fields)
        return objects(self.fields.get("messages"))

    @property
    def tools(self) -> list[dict[str, Any]]:
        """Return the function definitions of the request's tools, in order, of either interface."""
        tools = objects(self.fields.get("tools"))
        if self.api == "chat":
            return objects([tool.get("function") for tool in tools])
        functions = [tool for tool in tools if tool.get("type") == "function"]
        return [{k: v for k, v in tool.items() if k != "type"} for tool in functions]


def seen_of(
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    number: int,
    connection: int,
) -> Seen:
    """Return a request that has just become complete.

    Args:
        method: The HTTP method.
        target: The path and query, or a full URL.
        headers: The headers; names are lower case.
        body: The body.
        number: Position among all requests.
        connection: Position of its connection among all accepted.
    """
    path, _, query = target.partition("?")
    if not path.startswith("/"):
        path = urlsplit(path).path
    return Seen(
        method=method,
        path=unquote(path),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
        json=_json(body),
        number=number,
        connection=connection,
        at=time.monotonic(),
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None

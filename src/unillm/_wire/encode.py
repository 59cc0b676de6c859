"""A plan into the HTTP request that carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from unillm._wire.interface import Interface, interface
from unillm._wire.plan import Plan
from unillm._wire.written import written
from unillm.errors import InvalidRequestError
from unillm.types.transport import WireRequest


def encode(plan: Plan) -> WireRequest:
    """Return the HTTP request, without its key.

    Raises:
        InvalidRequestError: Something in it cannot be written.
    """
    request = plan.request
    over = interface(plan.api)
    headers = {
        "accept": "text/event-stream" if request.stream else "application/json",
        "content-type": "application/json",
        **{name.lower(): value for name, value in request.extra_headers.items()},
    }
    if request.stream:
        # A compressing proxy would hold events back until its window is full.
        headers.setdefault("accept-encoding", "identity")
    return WireRequest(
        method="POST",
        url=url_of(plan.base_url, over.path, request.extra_query),
        headers=headers,
        body=_body(plan, over),
        api_key=plan.target.api_key,
        key_header=plan.target.profile.key_header.lower(),
    )


def _body(plan: Plan, over: Interface) -> bytes:
    """Return the body: the model, the conversation, and what else there is, joined once."""
    extra = plan.request.extra_body
    fields = over.merged(over.fields_of(plan), extra) if extra else over.fields_of(plan)
    model = fields.pop("model")
    head = _head(model) if isinstance(model, str) else written({"model": model})[:-1]
    if over.field in fields:
        # The caller's own conversation takes the place of this one.
        said = [head + b"," + written({over.field: fields.pop(over.field)})[1:-1]]
    else:
        said = over.messages_of(plan) or [b""]
        said[0] = head + over.opening + said[0]
        said[-1] += b"]"
    said[-1] += b"," + written(fields)[1:] if fields else b"}"
    return b",".join(said)


@lru_cache(maxsize=256)
def _head(model: str) -> bytes:
    """Return the beginning of a body, with the model."""
    return written({"model": model})[:-1]


def url_of(base_url: str, path: str, query: Mapping[str, str]) -> str:
    """Return the URL of an endpoint; what the base URL has in its query stays.

    Raises:
        InvalidRequestError: The query cannot be written.
    """
    address, mark, own = base_url.partition("?")
    if not (mark or query):
        return f"{address.rstrip('/')}{path}"
    try:
        joined = "&".join(part for part in (own, urlencode(query)) if part)
    except UnicodeEncodeError as error:
        raise InvalidRequestError(f"extra_query cannot be written into a URL: {error}") from error
    return f"{address.rstrip('/')}{path}{'?' if mark or joined else ''}{joined}"

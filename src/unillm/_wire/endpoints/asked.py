"""Requests that are no chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm._wire.encode import url_of
from unillm._wire.written import written
from unillm.types.json import JsonObject
from unillm.types.target import Target
from unillm.types.transport import WireRequest


def asked(
    target: Target,
    path: str,
    settings: Mapping[str, Any],
    *,
    base_url: str | None = None,
    body: JsonObject | bytes | None = None,
    content_type: str = "application/json",
    query: Mapping[str, str] | None = None,
) -> WireRequest:
    """Return a request to an endpoint of a provider, without its key.

    Args:
        target: Whom to ask.
        path: The endpoint, behind the base URL.
        settings: What the caller set; ``extra_headers`` and ``extra_query`` are heeded.
        base_url: Another base URL than the target's own.
        body: What is sent with POST; None: nothing is, with GET.
        content_type: What the body is.
        query: More of the query.

    Raises:
        InvalidRequestError: Something in it cannot be written.
    """
    given: Mapping[str, str] = settings.get("extra_headers") or {}
    more: Mapping[str, str] = settings.get("extra_query") or {}
    headers = {"accept": "application/json"}
    if body is not None:
        headers["content-type"] = content_type
    headers |= {name.lower(): value for name, value in given.items()}
    return WireRequest(
        method="GET" if body is None else "POST",
        url=url_of(base_url or target.base_url, path, {**(query or {}), **more}),
        headers=headers,
        body=written(body) if isinstance(body, dict) else body or b"",
        api_key=target.api_key,
        key_header=target.profile.key_header.lower(),
    )


def without(base_url: str, *endings: str) -> str:
    """Return a base URL without the first of some endings that it has; its query stays."""
    address, mark, query = base_url.partition("?")
    address = address.rstrip("/")
    for ending in endings:
        if address.endswith(ending):
            return f"{address.removesuffix(ending)}{mark}{query}"
    return base_url

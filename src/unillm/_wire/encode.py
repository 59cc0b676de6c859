"""A plan into the HTTP request that carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from unillm._wire.interface import interface
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
        body=written(over.merged(over.body_of(plan), request.extra_body)),
        api_key=plan.target.api_key,
        key_header=plan.target.profile.key_header.lower(),
    )


def url_of(base_url: str, path: str, query: Mapping[str, str]) -> str:
    """Return the URL of an endpoint; what the base URL has in its query stays.

    Raises:
        InvalidRequestError: The query cannot be written.
    """
    address, mark, own = base_url.partition("?")
    try:
        joined = "&".join(part for part in (own, urlencode(query)) if part)
    except UnicodeEncodeError as error:
        raise InvalidRequestError(f"extra_query cannot be written into a URL: {error}") from error
    return f"{address.rstrip('/')}{path}{'?' if mark or joined else ''}{joined}"

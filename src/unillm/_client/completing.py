"""Text that goes on from a beginning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unillm._client.asking import Asked, asking
from unillm._client.budgets import spending_of
from unillm._client.config import Config
from unillm._client.warning import warn_of
from unillm._flow.bounds import bounds_of_text
from unillm._flow.ceiling import Ceiling
from unillm._flow.effects import Flow
from unillm._flow.fetch import Fetched
from unillm._flow.operation import Operation
from unillm._io import clock
from unillm._wire.endpoints.answered import json_in
from unillm._wire.endpoints.asked import asked
from unillm._wire.endpoints.completion import TAKEN, completion_body, completion_in
from unillm._wire.plan import base_url_for
from unillm.errors import InvalidRequestError
from unillm.providers import resolve
from unillm.types.endpoints import Completion

_TAKEN = (*TAKEN, "extra_body", "extra_headers", "extra_query", "timeout", "retry", "budget")


def asked_completion(
    config: Config,
    prompt: str,
    suffix: str | None,
    model: str | None,
    options: Mapping[str, Any],
) -> Asked[Completion]:
    """Return the exchange that asks for the text between a beginning and an end.

    Raises:
        InvalidRequestError: The call as written cannot be sent.
        AuthenticationError: The provider needs a key and none was given.
    """
    for name, value in options.items():
        if value is not None and name not in _TAKEN:
            known = ", ".join(_TAKEN)
            raise InvalidRequestError(f"complete() does not take {name!r}; it takes {known}")
    config = config.changed(options)
    target = resolve(model or config.model, config.servers, today=clock.today())
    warn_of(target.notes)
    body = completion_body(prompt, suffix, target, config.settings)
    base_url = base_url_for(target, {"completions": True})
    wire = asked(target, "/completions", config.settings, base_url=base_url, body=body)

    def read(fetched: Fetched) -> Completion:
        return completion_in(json_in(fetched.body, fetched.headers), target, fetched.request_id)

    exchange = asking(config, target, wire, read)
    spending = exchange.operation.spending = spending_of(config)
    if spending is not None:
        has = target.profile.completions
        longest = None if has is None else has.max_tokens
        spending.ceiling = Ceiling(
            book=spending.billing.book,
            target=target,
            bounds=bounds_of_text(wire.body, body, target, longest),
            total=config.timeout.total,
        )
    return replace(exchange, flow=_listed(exchange.flow, exchange.operation))


def _listed(flow: Flow[Completion], operation: Operation) -> Flow[Completion]:
    """Return the answer with every attempt on it, the last with what it used."""
    completion = yield from flow
    *failed, last = operation.attempts
    return replace(completion, attempts=(*failed, replace(last, usage=completion.usage)))

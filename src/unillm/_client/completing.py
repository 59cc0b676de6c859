"""Text that goes on from a beginning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unillm._client.asking import Asked, asking
from unillm._client.budgets import spending_of
from unillm._client.config import Config
from unillm._client.routes import refuse_route
from unillm._client.warning import warn_of
from unillm._flow.bounds import Beside, bounds_of_text
from unillm._flow.ceiling import Ceiling
from unillm._flow.effects import Flow
from unillm._flow.fetch import Fetched
from unillm._flow.operation import Operation
from unillm._flow.quote import tier_asked
from unillm._io import clock
from unillm._wire.endpoints.answered import json_in
from unillm._wire.endpoints.asked import asked
from unillm._wire.endpoints.completion import TAKEN, completion_body, completion_in
from unillm._wire.plan import base_url_for
from unillm.errors import InvalidRequestError
from unillm.providers import resolve
from unillm.telemetry.follow import traced
from unillm.types.endpoints import Completion
from unillm.types.messages import AssistantMessage, UserMessage
from unillm.types.request import ChatRequest
from unillm.types.response import ChatResponse

_TAKEN = (
    *(*TAKEN, "extra_body", "extra_headers", "extra_query", "timeout", "retry"),
    *("prices", "observers", "tags", "session", "budget", "constraints"),
)


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
        NoTargetError: The constraints do not hold of whom it asks.
    """
    for name, value in options.items():
        if value is not None and name not in _TAKEN:
            known = ", ".join(_TAKEN)
            raise InvalidRequestError(f"complete() does not take {name!r}; it takes {known}")
    config = config.changed(options)
    refuse_route(config, model, "complete()")
    target = resolve(model or config.model, config.servers, today=clock.today())
    config.permitted(target, prompt=0)
    warn_of(target.notes)
    body = completion_body(prompt, suffix, target, config.settings)
    base_url = base_url_for(target, {"completions": True})
    wire = asked(target, "/completions", config.settings, base_url=base_url, body=body)

    def read(fetched: Fetched) -> Completion:
        return completion_in(json_in(fetched.body, fetched.headers), target, fetched.request_id)

    extra = config.settings.get("extra_body", {})
    prompted = ChatRequest(messages=(UserMessage(f"{prompt}{suffix or ''}"),), extra_body=extra)
    has = target.profile.completions
    bounds = bounds_of_text(wire.body, body, target, None if has is None else has.max_tokens)
    beside = Beside(request=prompted, bounds=bounds, answer=_as_answer)
    exchange = asking(config, target, wire, read, beside=beside)
    exchange.operation.traced = traced(config.telemetry, "text_completion")
    spending = exchange.operation.spending = spending_of(config, exchange.operation.scope)
    if spending is not None:
        book, total = spending.billing.book, config.timeout.total
        spending.ceiling = Ceiling(
            book=book, target=target, bounds=bounds, asked=tier_asked(prompted), total=total
        )
    flow = _listed(exchange.flow, exchange.operation)
    return replace(exchange, flow=flow, watchers=config.watchers())


def _as_answer(completion: Completion) -> ChatResponse:
    """Return a text as an answer: so observers are told of it, and so it is billed."""
    return ChatResponse(
        message=AssistantMessage(completion.text),
        finish_reason=completion.finish_reason,
        finish_reason_raw=completion.finish_reason_raw,
        usage=completion.usage,
        provider=completion.provider,
        model=completion.model,
        id=completion.id,
        request_id=completion.request_id,
        raw=completion.raw,
    )


def _listed(flow: Flow[Completion], operation: Operation) -> Flow[Completion]:
    """Return the answer with every attempt on it, and what they cost."""
    completion = yield from flow
    attempts, cost = tuple(operation.attempts), operation.cost
    if operation.response is not None:
        operation.response = replace(operation.response, attempts=attempts, cost=cost)
    return replace(completion, attempts=attempts, cost=cost)

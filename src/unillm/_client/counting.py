"""How many tokens a prompt has, told without asking anyone."""

from __future__ import annotations

from dataclasses import replace

from unillm._client.config import Call, Config
from unillm._client.foreseeing import asked_by
from unillm._io.tokenizer import Tokenizer, tokenizer_for
from unillm.tokens import estimate, rule_for
from unillm.types.endpoints import TokenEstimate
from unillm.types.request import ChatRequest
from unillm.types.target import Target


def estimated(config: Config, call: Call) -> TokenEstimate:
    """Return the estimate for a call as written; of a route, at the target that it asks first.

    Raises:
        InvalidRequestError: The call as written cannot be sent.
        NoTargetError: The route has nobody for it.
    """
    request = config.request(call, asynchronous=True)
    (target, *_), route = asked_by(config, call, request)
    found = counted(request, target)
    return replace(found, source=f"{found.source}; {route}") if route else found


def counted(request: ChatRequest, target: Target) -> TokenEstimate:
    """Return how many tokens the prompt of a request has at a target."""
    info = target.info
    vendor = info.vendor if info is not None else None
    here = tokenizer_for(target.model if info is None else info.id)
    if vendor != "openai":
        here = Tokenizer(None, exact=False, told="")
    rule = rule_for(vendor, count=here.count, exact=here.exact, told=here.told)
    return estimate(request, rule)

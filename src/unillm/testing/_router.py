"""Which answer a request gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import field, replace
from random import Random
from typing import TypeAlias

from unillm.testing import faults
from unillm.testing._batches import Batches
from unillm.testing._beside import completed, told
from unillm.testing._chunks import CREATED
from unillm.testing._error import error
from unillm.testing._render import render
from unillm.testing._reply import reply_to
from unillm.testing.answer import Answer, Dialect
from unillm.testing.faults import Fault
from unillm.testing.raw import Raw
from unillm.testing.rules.rule import Rules, broken
from unillm.testing.seen import Seen
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api

__all__ = ["Chance", "Queued", "Routed", "Router"]

Queued: TypeAlias = Answer | Raw | Fault | str
Chance: TypeAlias = tuple[Fault, float]


@dataclass(frozen=True, slots=True)
class Routed:
    """An answer, and the name of the fault that it is, or of the rule that was broken."""

    raw: Raw
    fault: str | None = None
    rule: str | None = None


@dataclass(slots=True, kw_only=True)
class Router:
    """Choose answers: by chance, from the queue, from the model's name, or from the request."""

    api_key: str | None
    models: Sequence[str] | None
    dialect: Dialect
    rules: Rules | None
    chances: Sequence[Chance]
    random: Random
    strict: bool
    batches: Batches
    queue: deque[Queued] = field(default_factory=deque[Queued])
    unexpected: list[Seen] = field(default_factory=list[Seen])

    def route(self, seen: Seen) -> Routed:
        """Return the answer to a request, ready to be written."""
        refusal = self._refusal(seen)
        if refusal is not None:
            return Routed(refusal)
        if seen.method == "POST" and seen.path.endswith(("/chat/completions", "/responses")):
            return self._chat(seen)
        if seen.method == "POST" and self.queue and isinstance(self.queue[0], Raw):
            return self._written(seen, self.queue.popleft())
        beside = self._beside(seen)
        if beside is not None:
            return Routed(beside)
        message = f"Unknown request URL: {seen.method} {seen.path}"
        return Routed(error(message, status=404, code="unknown_url"))

    def _beside(self, seen: Seen) -> Raw | None:
        """Return the answer to a request that is no chat, or None if there is no such endpoint."""
        if seen.method == "POST" and seen.path.endswith("/completions"):
            queued = self.queue.popleft() if self.queue else None
            said = Answer(queued) if isinstance(queued, str) else queued
            return completed(seen, said if isinstance(said, Answer) else None)
        if seen.method == "GET" and seen.path.endswith("/models"):
            return self._list()
        if seen.method == "GET" and (found := told(seen)) is not None:
            return found
        return self.batches.route(seen, lambda row: self._chat(row).raw)

    def judged(self, seen: Seen) -> Seen:
        """Return a request with what the host ignores of it."""
        ignored = self.rules.ignores(seen) if self.rules and seen.fields else ()
        return replace(seen, ignored=ignored) if ignored else seen

    def clear(self) -> None:
        """Forget what is queued and what was unexpected."""
        self.queue.clear()
        self.batches.clear()
        self.unexpected.clear()

    def _refusal(self, seen: Seen) -> Raw | None:
        key, host = self.api_key, self._host
        given = seen.headers.get(host.key_header) if host.key_header else None
        if key is None or key == given or seen.headers.get("authorization") == f"Bearer {key}":
            return None
        refusal = host.no_key(seen)
        return Raw.of_json(refusal.body, status=refusal.status)

    @property
    def _host(self) -> Rules:
        return self.rules or _ANY

    def _chat(self, seen: Seen) -> Routed:
        if not isinstance(seen.json, dict):
            message = "We could not parse the JSON body of your request."
            return Routed(error(message, status=400))
        if self.models is not None and seen.model not in self.models:
            refusal = self._host.no_model(seen)
            return Routed(Raw.of_json(refusal.body, status=refusal.status))
        return self._broken(seen) or self._answered(seen)

    def _broken(self, seen: Seen) -> Routed | None:
        if self.rules is None:
            return None
        any_model = self.models is not None or _fault(seen.model) is not None
        found = broken(self.rules, seen, any_model=any_model)
        if found is None:
            return None
        rule, refusal = found
        return Routed(refusal.served(rule.name), rule=rule.name)

    def _answered(self, seen: Seen) -> Routed:
        fault = self._drawn(seen.api)
        if fault is not None:
            return self._written(seen, fault)
        if self.queue:
            return self._written(seen, self.queue.popleft())
        if self.strict:
            return Routed(self._nothing_queued(seen))
        fault = _fault(seen.model)
        return self._written(seen, reply_to(seen, self.dialect) if fault is None else fault)

    def _written(self, seen: Seen, reply: Queued) -> Routed:
        if isinstance(reply, Fault):
            made = reply.make(seen) if reply.spoils(seen.api) else _foreign(reply, seen)
            return Routed(render(seen, made) if isinstance(made, Answer) else made, reply.name)
        if isinstance(reply, Raw):
            return Routed(reply)
        answer = Answer(reply) if isinstance(reply, str) else reply
        return Routed(render(seen, self.rules.shape(seen, answer) if self.rules else answer))

    def _drawn(self, api: Api) -> Fault | None:
        if not self.chances:
            return None
        drawn = self.random.random()
        for fault, probability in self.chances:
            drawn -= probability
            if drawn < 0:
                return fault if fault.spoils(api) else None
        return None

    def _nothing_queued(self, seen: Seen) -> Raw:
        self.unexpected.append(seen)
        message = f"Nothing was queued for request {seen.number}, and this fake provider is strict."
        # Another attempt would only be another surprise.
        never = {"x-should-retry": "false"}
        return error(message, status=500, code="nothing_queued", headers=never)

    def _list(self) -> Raw:
        names = ["fake-model", *faults.names()] if self.models is None else self.models
        data = [
            {"id": name, "object": "model", "created": CREATED, "owned_by": "unillm-fake"}
            for name in names
        ]
        return Raw.of_json({"object": "list", "data": data})


_ANY = Rules(host="any", rules=())


def _fault(model: str) -> Fault | None:
    try:
        return faults.get(model.removeprefix("fault/"))
    except KeyError:
        return None


def _foreign(fault: Fault, seen: Seen) -> Raw:
    message = f"The fault {fault.name!r} is one of {fault.api} alone, and {seen.path} was asked."
    return error(message, status=400, code="fault_of_another_interface")

"""Which answer a request gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from unillm.testing import faults
from unillm.testing._chunks import CREATED
from unillm.testing._error import error
from unillm.testing._render import render
from unillm.testing._reply import reply_to
from unillm.testing.answer import Answer, Dialect
from unillm.testing.faults import Fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

__all__ = ["Queued", "Router"]

Queued: TypeAlias = Answer | Raw | Fault | str


@dataclass(slots=True, kw_only=True)
class Router:
    """Choose answers: from the queue, from the model's name, or from the request."""

    api_key: str | None
    models: Sequence[str] | None
    dialect: Dialect
    queue: deque[Queued] = field(default_factory=deque[Queued])

    def route(self, seen: Seen) -> Raw:
        """Return the answer to a request, ready to be written."""
        if (
            self.api_key is not None
            and seen.headers.get("authorization") != f"Bearer {self.api_key}"
        ):
            return error("Incorrect API key provided.", status=401, code="invalid_api_key")
        chat = seen.method == "POST" and seen.path.endswith("/chat/completions")
        if chat:
            return self._chat(seen)
        if seen.method == "POST" and self.queue and isinstance(self.queue[0], Raw):
            return _written(seen, self.queue.popleft())
        if seen.method == "GET" and seen.path.endswith("/models"):
            return self._list()
        return error(
            f"Unknown request URL: {seen.method} {seen.path}", status=404, code="unknown_url"
        )

    def _chat(self, seen: Seen) -> Raw:
        if not isinstance(seen.json, dict):
            return error("We could not parse the JSON body of your request.", status=400)
        if self.models is not None and seen.model not in self.models:
            message = f"The model `{seen.model}` does not exist or you do not have access to it."
            return error(message, status=404, code="model_not_found")
        if self.queue:
            return _written(seen, self.queue.popleft())
        fault = _fault(seen.model)
        return _written(seen, reply_to(seen, self.dialect) if fault is None else fault)

    def _list(self) -> Raw:
        names = ["fake-model", *faults.names()] if self.models is None else self.models
        data = [
            {"id": name, "object": "model", "created": CREATED, "owned_by": "unillm-fake"}
            for name in names
        ]
        return Raw.of_json({"object": "list", "data": data})


def _fault(model: str) -> Fault | None:
    try:
        return faults.get(model.removeprefix("fault/"))
    except KeyError:
        return None


def _written(seen: Seen, reply: Queued) -> Raw:
    if isinstance(reply, Fault):
        reply = reply.make(seen)
    if isinstance(reply, str):
        reply = Answer(reply)
    return render(seen, reply) if isinstance(reply, Answer) else reply

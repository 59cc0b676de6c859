"""A whole answer, as a body or as the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm.testing._responses.envelope import Envelope, ending
from unillm.testing._responses.events import events_of, numbered
from unillm.testing._responses.items import items_of
from unillm.testing.answer import Answer
from unillm.testing.seen import Seen

__all__ = ["body_of", "stream_of"]


def body_of(seen: Seen, answer: Answer) -> dict[str, Any]:
    """Return the JSON body of an answer."""
    envelope = Envelope(seen, answer.model, answer.extra)
    return ending(seen, answer, items_of(seen, answer), envelope)


def stream_of(seen: Seen, answer: Answer) -> Iterator[dict[str, Any]]:
    """Return the events of an answer."""
    under_way = Envelope(seen, answer.model, answer.extra).under_way()
    return numbered(events_of(under_way, body_of(seen, answer)))

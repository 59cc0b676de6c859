"""Redirects to another host, which must not get the key."""

from __future__ import annotations

from unillm.testing.answer import Answer
from unillm.testing.faults._scene import TEXT
from unillm.testing.faults.fault import Fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

__all__ = ["FAULTS"]

_STATUSES = (301, 302, 303, 307, 308)
_PREFIX = "/redirected"


def _redirect(status: int) -> Fault:
    def make(seen: Seen) -> Answer | Raw:
        if seen.path.startswith(_PREFIX):
            return TEXT
        return Raw(status=status, headers={"location": _elsewhere(seen)}, framing="length")

    summary = f"Status {status} to another host: the same fake, as localhost, below {_PREFIX}."
    return Fault(f"redirect-{status}", summary, make)


def _elsewhere(seen: Seen) -> str:
    port = seen.headers.get("host", "").rpartition(":")[2]
    return f"http://localhost:{port}{_PREFIX}{seen.path}"


FAULTS = (
    *(_redirect(status) for status in _STATUSES),
    Fault(
        "redirect-loop",
        "Status 307 to itself, for ever.",
        lambda seen: Raw(status=307, headers={"location": seen.path}, framing="length"),
    ),
)

"""Error answers: one exception of the tree, short, and without the key."""

from __future__ import annotations

import json

from tests.fuzz.pieces import value_of
from tests.wire.invariants import check_failure
from tests.wire.test_failure import ECHOES, KEY, REFINED
from unillm._wire.failure import failure_from_status, failure_in_band


def check(data: bytes) -> None:
    """Read two bytes as the status, lines up to a blank one as headers, the rest as the body."""
    status = 100 + int.from_bytes(data[:2]) % 900
    head, _, body = data[2:].partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    error = failure_from_status(status, headers, body, now=0.0)
    check_failure(error)
    check_silence(error, body)
    try:
        value = value_of(body)
    except ValueError:
        return
    error = failure_in_band(value, headers)
    check_failure(error)
    check_silence(error, body)


def check_silence(error: Exception, body: bytes) -> None:
    """Look for a key that the body holds between marks."""
    if all(not mark.isalnum() and mark not in "_\\" for mark in marks(body)):
        assert KEY not in f"{error} {error!r} {getattr(error, 'body', None)!r}"


def marks(body: bytes) -> list[str]:
    """Return the characters before the key wherever it stands."""
    parts = body.decode("utf-8", "replace").split(KEY)[:-1]
    return [part[-1:] or " " for part in parts]


def seeds() -> list[bytes]:
    """Return the bodies that the tests of this mapping know."""
    headers = b"retry-after: Wed, 21 Oct 2026 07:28:00 GMT\nlocation: https://u:p@x/y?z\n\n"
    bodies = [json.dumps(body).encode() for body in ECHOES]
    cases = [(status, json.dumps(body).encode()) for status, body, *_ in REFINED]
    numbered = [*((500, body) for body in bodies), *cases]
    return [(status - 100).to_bytes(2) + headers + body for status, body in numbered]

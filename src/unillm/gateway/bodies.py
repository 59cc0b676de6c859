"""The body of a request, as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


async def body_of(request: Request, most: int) -> bytes | None:
    """Return the body of a request; None: it has more than so many bytes, and was not read on."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def nothing_before(_name: str) -> None:
    """Know no earlier answer: clients send the whole conversation."""

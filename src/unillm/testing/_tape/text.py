"""The text of a recording; docs/decisions/recordings.md shows one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unillm.testing._tape.json_block import laid_out
from unillm.testing._tape.lines import cut, shown
from unillm.testing._tape.taped import Failure, Piece, Taped, Told

__all__ = ["FIRST_LINE", "INDENT", "write"]

FIRST_LINE = "unillm recording 1"
INDENT = "  "
"""What the lines of a laid-out JSON body begin with."""


def write(tapes: Sequence[Taped]) -> str:
    """Return the text of a recording."""
    lines = [FIRST_LINE]
    for taped in tapes:
        lines += ["", *_exchange(taped)]
    return "\n".join([*lines, ""])


def _exchange(taped: Taped) -> Iterator[str]:
    asked = taped.asked
    yield "-->" + shown(f"{asked.method} {asked.url}".encode("utf-8", "surrogateescape"))
    yield from _headers(">", asked.headers)
    yield from _body((Piece(asked.body),) if asked.body else ())
    yield from _told(taped.told)


def _told(told: Told) -> Iterator[str]:
    if told.pause is not None:
        yield _pause(told.pause)
    if told.status is not None:
        yield f"<-- {told.status}"
    yield from _headers("<", told.headers)
    yield from _body(told.pieces)
    if told.failure is not None:
        yield _failure(told.failure)
    elif told.end != "left":
        yield told.end


def _headers(mark: str, headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        line = f"{name}: {value}" if value else f"{name}:"
        yield mark + shown(line.encode("utf-8", "surrogateescape"))


def _body(pieces: Sequence[Piece]) -> Iterator[str]:
    timed = any(piece.pause is not None for piece in pieces)
    block = None if timed else laid_out(b"".join(piece.data for piece in pieces))
    if block is None:
        for piece in pieces:
            yield from _piece(piece)
        return
    style, lines = block
    cuts, at = "", 0
    for piece in pieces[:-1]:
        at += len(piece.data)
        cuts += f" {at}"
    yield f"json {style}{cuts}"
    for line in lines:
        yield INDENT + line


def _piece(piece: Piece) -> Iterator[str]:
    if piece.pause is not None:
        yield _pause(piece.pause)
    begin = ""
    for mark, line in cut(piece.data):
        yield begin + mark + shown(line)
        begin = " "


def _pause(seconds: float) -> str:
    return f"@ {seconds:.3f}"


def _failure(failure: Failure) -> str:
    lasting = "" if failure.retryable else " lasting"
    said = shown(failure.message.encode("utf-8", "surrogateescape"))
    return f"raise {failure.kind}{lasting}:{said}"

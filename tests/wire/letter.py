"""Event streams by the letter of the specification, to hold the decoder against.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from collections.abc import Iterable

from unillm._wire.sse import ServerEvent, SSEDecoder

Event = tuple[str, str, str]


def by_the_letter(stream: bytes) -> list[Event]:
    """Interpret a whole stream as the specification says, sentence by sentence: data, type, id."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines.pop()  # what follows the last line end is no line
    data, kind, last_id = "", "", ""
    events: list[Event] = []
    for line in lines:
        if line == "":  # dispatch the event
            if data == "":
                kind = ""
                continue
            events.append((data.removesuffix("\n"), kind or "message", last_id))
            data, kind = "", ""
            continue
        if line.startswith(":"):
            continue
        if ":" in line:
            field, value = line.split(":", 1)
            value = value.removeprefix(" ")
        else:
            field, value = line, ""
        if field == "event":
            kind = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            last_id = value
    return events


def shown(events: list[ServerEvent]) -> list[Event]:
    """Return events as the reference gives them."""
    return [(event.data.decode("utf-8", "replace"), event.type, event.id) for event in events]


def fed(chunks: Iterable[bytes]) -> list[Event]:
    """Decode these pieces, without the end."""
    decoder = SSEDecoder()
    return shown([event for chunk in chunks for event in decoder.feed(chunk)])

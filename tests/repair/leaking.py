"""Running a scanner over text, whole and in pieces, for the tests."""

import json
from pathlib import Path

from unillm.repair import CallScanner, Format
from unillm.repair.formats import FORMATS, formats_named

TOOLS = [
    {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
    {
        "type": "function",
        "function": {
            "name": "note",
            "parameters": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "pinned": {"type": "boolean"},
                },
            },
        },
    },
    {"name": "ping", "parameters": {"type": "object", "properties": {}}},
]

EVERY: tuple[Format, ...] = formats_named(FORMATS)
"""All formats, with those that must be asked for."""

FOLDER = Path(__file__).parent / "formats"


def rows() -> list[tuple[str, dict]]:
    """Give every text of the corpora beside this file, with its format."""
    return [
        (path.stem, json.loads(line))
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def scanned(parts, tools=None, formats=None):
    """Return the calls and the text that come out of a text in pieces."""
    scanner = CallScanner(TOOLS if tools is None else tools, formats)
    out = [piece for part in parts for piece in scanner.feed(part)] + scanner.close()
    calls = tuple(piece for piece in out if not isinstance(piece, str))
    return calls, "".join(piece for piece in out if isinstance(piece, str))


def said(calls):
    """Return calls as the corpora have them."""
    return [{"name": call.name, "arguments": call.arguments} for call in calls]

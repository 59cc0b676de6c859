"""gpt-oss: ``<|channel|>commentary to=functions.name <|constrain|>json<|message|>{…}<|call|>``.

Where a host strips the special tokens, ``commentary to=functions.name json{…}`` is left
(raullenchai/Rapid-MLX#480). Source: the harmony response format of openai/harmony.
"""

from __future__ import annotations

import re

from unillm.repair.formats.format import Candidate, Declared, Format
from unillm.repair.formats.source import NotACallError, Source, Steps

_HEADER = re.compile(
    r"(?:<\|start\|>)?(?:assistant)?"
    r"(?:\s?to=functions\.(?P<before>[\w.\-]+))?"
    r"(?:<\|channel\|>)?(?:commentary|analysis)"
    r"(?:\s?to=functions\.(?P<after>[\w.\-]+))?"
    r"\s?(?:<\|constrain\|>)?\s?(?:json|code)?\s?(?:<\|message\|>)?\s?"
)


def _read(source: Source, declared: Declared) -> Steps[None]:
    del declared
    head, _ = yield from source.head("{")
    found = _HEADER.fullmatch(head)
    name = found and (found["before"] or found["after"])
    if not name:
        raise NotACallError
    source.commit()
    source.at -= 1
    text = yield from source.balanced()
    yield [Candidate(name, text)]
    yield from source.follows("<|call|>", "<|end|>")


FORMAT = Format(
    name="harmony",
    read=_read,
    markers=(
        "<|start|>assistant",
        "<|channel|>commentary",
        "<|channel|>analysis to=",
        "assistantcommentary to=functions.",
        "commentary to=functions.",
        "analysis to=functions.",
    ),
)

"""Adding up what a prompt is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import ceil, floor
from typing import Any

from pydantic_core import to_json

from unillm.tokens.rules import Rule
from unillm.types.document import FilePart
from unillm.types.endpoints import TokenEstimate
from unillm.types.image import ImagePart
from unillm.types.json import is_mapping
from unillm.types.messages import AssistantMessage, Message
from unillm.types.parts import Part, TextPart
from unillm.types.request import ChatRequest
from unillm.types.response import ChatResponse

_Range = tuple[float, float, float]
"""Hardly less, likely, hardly more."""
_Measure = Callable[[str, Rule], _Range]
"""Tells how many tokens a text has."""

_IMAGE: _Range = (50, 800, 6_000)
_FILE: _Range = (50, 2_000, 200_000)
"""What is no text: rules of thumb of our own. Every vendor counts by size, detail and pages in a
way of its own."""
_TOOLS: _Range = (0, 100, 900)
"""What stands before tools: hosts tell the model in words how to call them."""
_TOOL: _Range = (0.3, 1.0, 1.3)
"""How the tokens of a tool's JSON are to those it makes: OpenAI writes it shorter."""
_EMOJI = 2.0
"""Tokens that an emoji makes: of four bytes, it is one to four."""
_BLANKS = re.compile(r"\s+")
_NO_WORD = re.compile(r"[^\s]{40,}")
_SIGNS = re.compile(r"[^\w\s]{3,}")
_HAN = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")
_FAR = re.compile(r"[\U00010000-\U0001ffff\U00040000-\U0010ffff]+")


def estimate(request: ChatRequest, rule: Rule) -> TokenEstimate:
    """Return how many tokens the prompt of a request has."""
    low = likely = high = float(rule.reply)
    sure = True
    for of, certain in _ranges(request, rule, _of_text):
        low, likely, high = low + of[0], likely + of[1], high + of[2]
        sure = sure and certain
    return TokenEstimate(
        tokens=round(likely),
        low=min(floor(low), round(likely)),
        high=max(ceil(high), round(likely)),
        method=rule.method if sure else "guess",
        source=rule.source if sure else f"{rule.source}; tools, images and files are guessed",
    )


def likely_tokens(request: ChatRequest, rule: Rule) -> int:
    """Return the likeliest number alone, as `estimate` tells it; routes ask often."""
    likely = float(rule.reply)
    for of, _ in _ranges(request, rule, _likely_alone):
        likely += of[1]
    return round(likely)


def generated(answer: ChatResponse, rule: Rule) -> TokenEstimate:
    """Return how many tokens an answer has, its thinking as far as that is shown."""
    message = answer.message
    texts = [answer.text, message.reasoning, message.refusal]
    texts += [f"{c.name} {c.raw or _json(c.arguments)}" for c in message.tool_calls]
    texts += [f"{call.name} {call.raw}" for call in answer.invalid_tool_calls]
    found = [_of_text(text, rule) for text in texts if text]
    low, likely, high = (sum(of) for of in zip(*found, strict=True)) if found else (0, 0, 0)
    return TokenEstimate(
        tokens=round(likely),
        low=min(floor(low), round(likely)),
        high=max(ceil(high), round(likely)),
        method="guess",
        source=f"{rule.source}; of the answer, what was shown",
    )


def _ranges(request: ChatRequest, rule: Rule, measure: _Measure) -> Iterator[tuple[_Range, bool]]:
    """Give for each piece of the prompt its tokens, and whether the rule speaks of it."""
    for message in request.messages:
        yield rule.message, True
        yield from _of_message(message, rule, measure)
    tools = [_json(tool) for tool in (*request.tools, *request.hosted_tools)]
    if tools:
        yield _TOOLS, False
    for tool in tools:
        of = measure(tool, rule)
        yield (of[0] * _TOOL[0], of[1] * _TOOL[1], of[2] * _TOOL[2]), False
    wanted = request.settings.get("response_format")
    if wanted and is_mapping(wanted) and wanted.get("json_schema"):
        of = measure(_json(wanted), rule)
        yield (0, of[1], of[2] * _TOOL[2]), False


def _of_message(message: Message, rule: Rule, measure: _Measure) -> Iterator[tuple[_Range, bool]]:
    content = message.content
    if message.name is not None:
        yield measure(message.name, rule), True
        yield (0, 1, 2), True
    if isinstance(content, str):
        yield measure(content, rule), True
    else:
        for part in content or ():
            yield _of_part(part, rule, measure)
    if isinstance(message, AssistantMessage):
        for call in message.tool_calls:
            of = measure(f"{call.name} {call.raw or _json(call.arguments)}", rule)
            yield (of[0] * 0.7, of[1], of[2] + 40), False
        if message.reasoning:
            # Whether it goes back is the host's to say.
            of = measure(message.reasoning, rule)
            yield (0, of[1] / 2, of[2]), False


def _of_part(part: Part, rule: Rule, measure: _Measure) -> tuple[_Range, bool]:
    if isinstance(part, TextPart):
        return measure(part.text, rule), True
    if isinstance(part, ImagePart):
        return _IMAGE, False
    if isinstance(part, FilePart):
        return _FILE, False
    return (_IMAGE if "image" in str(part.data.get("type")) else _FILE), False


def _of_text(text: str, rule: Rule) -> _Range:
    if not text:
        return (0, 0, 0)
    # One byte is one token at most, whatever the tokenizer.
    most = len(text.encode("utf-8", "surrogatepass"))
    if rule.count is not None:
        counted = rule.count(text)
        return counted * rule.least, counted, max(counted, min(counted * rule.most, most))
    likely = min(max(_by_signs(text, rule), 1), most)
    # Blanks in a row are few tokens; signs, emoji, and what is no word, many.
    least = min(_by_signs(_BLANKS.sub(" ", text), rule), likely) * rule.least
    odd = sum(map(len, _NO_WORD.findall(text))) + sum(map(len, _SIGNS.findall(text)))
    return least, likely, min(likely * rule.most + odd + 3, most)


def _likely_alone(text: str, rule: Rule) -> _Range:
    """Return the second figure of `_of_text`, without the others, which take long."""
    if not text:
        return (0, 0, 0)
    if rule.count is not None:
        return (0, rule.count(text), 0)
    most = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    likely = _by_signs(text, rule)
    return (0, min(likely, most), 0) if likely > 1 else (0, 1, 0)


def _by_signs(text: str, rule: Rule) -> float:
    if text.isascii():
        return len(text) * rule.latin
    # Not sign by sign: routes count the prompt of each call.
    latin = len(text.encode("ascii", "ignore"))
    han = sum(map(len, _HAN.findall(text)))
    far = sum(map(len, _FAR.findall(text)))
    other = len(text) - latin - han - far
    return latin * rule.latin + han * rule.han + other * rule.other + far * _EMOJI


def _json(value: Any) -> str:
    return to_json(value, inf_nan_mode="constants", serialize_unknown=True).decode()

"""How many tokens an exchange can have at most, told before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized, normalize

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_list, is_mapping
from unillm.types.messages import AssistantMessage, Message
from unillm.types.parts import TextPart
from unillm.types.usage import Usage

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm.types.request import ChatRequest
    from unillm.types.response import ChatResponse
    from unillm.types.target import Target

AROUND = 96
"""Tokens that a template may put around a message, a tool, a call and each argument of a call,
beyond the bytes of their JSON. The widest known is that of DeepSeek's V4.1, which writes an
argument in 75 bytes where JSON takes 6 (vllm-project/vllm@21f4c25c,
vllm/tokenizers/deepseek_v41_encoding.py, read 2026-11-28)."""
BEFORE = 2_048
"""Tokens that a template may put before a conversation: instructions of the model's maker where the
caller gives none, how hard it is to think."""
TOOLS = 2_048
"""The same before tools. DeepSeek's V4.1 explains in some 1,500 bytes how to call them (there)."""
_MARKS = b",:{["
"""After each of these a template may put blanks that are not in the body: JSON that is written with
spaces, or on several lines."""
_BLANKS = 2
"""Tokens that such blanks are: a line feed, and an indent."""
_AS_JSON = frozenset(
    {
        "documents",
        "functions",
        "guided_json",
        "input",
        "messages",
        "response_format",
        "text",
        "tools",
    }
)
"""Fields of the caller's own that a template may write so."""
_MOST = ("max_completion_tokens", "max_output_tokens", "max_tokens")
_STORED = ("previous_response_id", "conversation", "prompt")
"""Fields by which the provider adds to the prompt what it has stored."""
_BESIDE = {
    "plugins": "plugins are billed beside tokens",
    "web_search_options": "a web search is billed beside tokens",
    "models": "it may be answered by other models than the one that is asked",
    "model": "extra_body names another model",
    "modalities": "what is not text is billed in its own way",
    "audio": "what is not text is billed in its own way",
    "best_of": "several answers are billed, of which one comes",
    "prediction": "what is predicted and not said is billed as well",
    "background": "what goes on in the background is not seen here",
}
"""Fields of the caller's own that make costs of which nobody knows the most."""
_HARMLESS: dict[str, tuple[Any, ...]] = {
    "modalities": (["text"], ("text",)),
    "best_of": (1,),
    "background": (False,),
}
_PLAIN = frozenset({"role", "content", "name"})
"""Fields of a message that is text and nothing else."""
_HELD = frozenset({"audio", "content", "file", "files", "image", "image_url", "images", "input"})
"""Fields of a message by which it may hold what is not text."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most tokens an exchange can have; None: no bound is known.

    Attributes:
        input_tokens: Of the prompt.
        output_tokens: Of the answer, reasoning included.
        together: Of both together; None: no bound but the sum is known.
        beside: Why it may cost more than its tokens; empty: it does not.
    """

    input_tokens: int | None
    output_tokens: int | None
    together: int | None = None
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What must be known of an exchange that is no chat, so that it can be billed.

    Attributes:
        request: The prompt, as a message: its tokens are counted where none are reported.
        bounds: The most tokens it can have.
        answer: Gives what was read as the answer to that.
    """

    request: ChatRequest
    bounds: Bounds
    answer: Callable[[Any], ChatResponse]


def bounds_of(what: Exchanged, saved: int = 0) -> Bounds:
    """Return the most tokens that an exchange can have.

    A token of text is at least one byte long, as all tokenizers cut that work on bytes; and JSON
    is no shorter than what it says. So a prompt has no more tokens than its body has bytes, and
    what templates put around. Of what is not text only the window of the model is a bound.

    Args:
        what: The exchange.
        saved: By how many its texts are known to have fewer tokens than bytes.
    """
    request, target = what.plan.request, what.plan.target
    extra = request.extra_body
    most = _size(what.wire.body) - saved + _around(request, what.wire.body)
    hosted = _is_hosted(request)
    inside = most if is_text(request) and not hosted else None
    found = _within(inside, _asked(extra, request.settings), target, choices(extra))
    why = "tools that the provider runs are billed beside tokens, and nobody knows how often"
    beside = why if hosted else _beside(extra)
    return replace(found, beside=beside) if beside else found


def bounds_of_text(body: bytes, fields: Any, target: Target, most: int | None) -> Bounds:
    """Return the most tokens that the continuation of a text can have.

    Args:
        body: What is sent.
        fields: The fields of it.
        target: Whom it asks.
        most: The longest answer of the endpoint; None: not known.
    """
    answer = _least(_asked(fields, {}), most)
    found = _within(_size(body) + AROUND, answer, target, choices(fields))
    return replace(found, beside=_beside({**fields, "model": None, "prompt": None}))


def most_tokens(bounds: Bounds, usage: Usage | None) -> tuple[Usage | None, str]:
    """Return the most tokens there can be; or None, and what has no bound.

    Args:
        bounds: What is known of the exchange.
        usage: What has been reported of it so far.
    """
    given = bounds.input_tokens if usage is None else usage.input_tokens
    made = bounds.output_tokens
    if given is None or made is None:
        part = "the prompt" if given is None else "the answer"
        advice = "" if given is None else "; max_tokens would bound it"
        return None, f"nothing is known of how long {part} can be{advice}"
    if usage is None:
        return Usage(input_tokens=given, output_tokens=made), ""
    return replace(usage, output_tokens=max(made, usage.output_tokens)), ""


def choices(extra: Any) -> int:
    """Return how many answers are made, each of which is paid for."""
    if not extra:
        return 1
    asked = (extra.get(name) for name in ("n", "best_of"))
    return max([1, *(number for number in asked if type(number) is int)])


def _size(body: bytes) -> int:
    """Return how many bytes a text has, or has once it is composed (NFC), whichever is more.

    Qwen's tokenizers compose a text first, and 92 characters are longer then, up to three times
    (huggingface/transformers@168c83fa, models/qwen2/tokenization_qwen2.py, read 2026-11-28).
    """
    if body.isascii():
        return len(body)
    text = body.decode("utf-8", "surrogatepass")
    if is_normalized("NFC", text):
        return len(body)
    return max(len(body), len(normalize("NFC", text).encode("utf-8", "surrogatepass")))


def _within(prompt: int | None, answer: int | None, target: Target, times: int) -> Bounds:
    """Return bounds that are no wider than the model's own; of so many answers."""
    info = target.info
    if info is not None:
        prompt = _least(prompt, info.max_input or info.context)
        answer = _least(answer, info.max_output or info.context)
    # The window is that of one answer.
    together = None if info is None or times > 1 else info.context
    return Bounds(prompt, None if answer is None else answer * times, together)


def _around(request: ChatRequest, body: bytes) -> int:
    """Return how many tokens a template may put around the messages and tools of a body."""
    own: Any = request.extra_body.get("messages") or request.extra_body.get("input")
    pieces = max(len(request.messages), len(own) if is_list(own) else 0)
    calls = [
        call
        for message in request.messages
        if isinstance(message, AssistantMessage)
        for call in message.tool_calls
    ]
    pieces += len(calls) + sum(len(call.arguments) for call in calls)
    tools = len(request.offered)
    around = BEFORE + AROUND * (pieces + tools)
    if tools or "tools" in request.extra_body:
        around += TOOLS
    if tools or calls or _wanted_as_json(request):
        around += _BLANKS * sum(body.count(mark) for mark in _MARKS)
    return around


def _wanted_as_json(request: ChatRequest) -> bool:
    """Tell whether a template may write parts of a request as JSON of its own."""
    return "response_format" in request.settings or not _AS_JSON.isdisjoint(request.extra_body)


def is_text(request: ChatRequest) -> bool:
    """Tell whether the body of a request holds all of its prompt, as text."""
    extra = request.extra_body
    if extra and any(extra.get(name) is not None for name in _STORED):
        return False
    if extra and any(_holds_more(extra.get(name)) for name in ("messages", "input")):
        return False
    return all(map(_is_plain, request.messages))


def _is_plain(message: Message) -> bool:
    content = message.content
    if not _HELD.isdisjoint(message.extra):
        return False
    native = message.native if isinstance(message, AssistantMessage) else None
    if native is not None and not all(map(_says_all, native.items)):
        return False
    return content is None or isinstance(content, str) or all(type(p) is TextPart for p in content)


def _says_all(item: JsonObject) -> bool:
    """Tell whether an item of an answer holds all it says, and stands for nothing stored."""
    if item.get("type") == "reasoning":
        return bool(item.get("encrypted_content") or item.get("content"))
    return item.get("type") in {"message", "function_call", "custom_tool_call"}


def _holds_more(own: Any) -> bool:
    """Tell whether messages of the caller's own may hold what is not text."""
    if not own or isinstance(own, str):
        return False
    return not is_list(own) or not all(
        is_mapping(one) and one.keys() <= _PLAIN and isinstance(one.get("content"), str)
        for one in own
    )


def _is_hosted(request: ChatRequest) -> bool:
    """Tell whether the provider runs tools; custom ones it only writes calls of."""
    own: Any = request.extra_body.get("tools")
    tools: Iterable[Any] = (*request.hosted_tools, *(own if is_list(own) else ()))
    return bool(tools) and any(
        not is_mapping(tool) or tool.get("type") not in {"custom", "function"} for tool in tools
    )


def _beside(extra: Any) -> str:
    if not extra:
        return ""
    for name, why in _BESIDE.items():
        value = extra.get(name)
        if value is not None and value not in _HARMLESS.get(name, ()):
            return why
    return ""


def _asked(extra: Any, settings: Any) -> int | None:
    """Return how long the answer may be: the longest that any spelling allows.

    Which of several a provider heeds, it alone knows; what the caller wrote himself is written over
    the setting.
    """
    for told in (extra, settings):
        given = [told[name] for name in _MOST if told.get(name) is not None]
        if given:
            numbers = [limit for limit in given if type(limit) is int and limit > 0]
            return max(numbers) if len(numbers) == len(given) else None
    return None


def _least(one: int | None, other: int | None) -> int | None:
    return min((bound for bound in (one, other) if bound is not None), default=None)

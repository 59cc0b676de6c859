"""Tool calls that a host left in the text, in the notation of the model."""

from __future__ import annotations

from unillm.testing._chunks import Chunks
from unillm.testing.answer import Answer, FakeCall
from unillm.testing.faults._scene import PARIS, streamed
from unillm.testing.faults.fault import Fault, chat_fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_SAID = "Let me check.\n\n"


def _dsml(block: str, *cities: str, tool: str = "get_weather", gap: str = "") -> str:
    """Write calls as DeepSeek's models do since V3.2."""
    invokes = "".join(
        f'<|DSML|{gap}invoke name="{tool}">\n'
        f'<|DSML|{gap}parameter name="city" string="true">{city}</|DSML|{gap}parameter>\n'
        f"</|DSML|{gap}invoke>\n"
        for city in cities
    )
    whole = f"<|DSML|{gap}{block}>\n{invokes}</|DSML|{gap}{block}>"
    return whole.replace("|", "\N{FULLWIDTH VERTICAL LINE}")


def _v3(name: str) -> str:
    """Write a token of DeepSeek's models before V3.2."""
    gap, bar = "\N{LOWER ONE EIGHTH BLOCK}", "\N{FULLWIDTH VERTICAL LINE}"
    return f"<{bar}tool{gap}{name.replace('_', gap)}{bar}>"


_V4 = _dsml("tool_calls", "Paris")
_HERMES = f'<tool_call>\n{{"name": "get_weather", "arguments": {PARIS}}}\n</tool_call>'
_LEAKS = {
    "dsml-v32": (_dsml("function_calls", "Paris"), "as DeepSeek V3.2 writes it"),
    "dsml-v41": (_dsml("calls", "Paris", gap=" "), "as DeepSeek V4.1 writes it"),
    "dsml-ascii": (
        _V4.replace("\N{FULLWIDTH VERTICAL LINE}", "|"),
        "as DeepSeek V4 writes it, with the bars of ASCII",
    ),
    "deepseek-v31": (
        (
            f"{_v3('calls_begin')}{_v3('call_begin')}get_weather{_v3('sep')}{PARIS}"
            f"{_v3('call_end')}{_v3('calls_end')}"
        ),
        "as DeepSeek V3.1 writes it",
    ),
    "hermes": (_HERMES, "as Hermes and Qwen write it"),
    "hermes-single-quotes": (
        _HERMES.replace('"', "'"),
        "as Hermes writes it, but in single quotes",
    ),
    "qwen-coder": (
        (
            "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n"
            "</function>\n</tool_call>"
        ),
        "as Qwen3-Coder writes it",
    ),
    "kimi": (
        (
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
            f"<|tool_call_argument_begin|>{PARIS}<|tool_call_end|><|tool_calls_section_end|>"
        ),
        "as Kimi K2 writes it",
    ),
    "glm": (
        (
            "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n"
            "</tool_call>"
        ),
        "as GLM writes it",
    ),
    "mistral": (f"[TOOL_CALLS]get_weather[ARGS]{PARIS}", "as Mistral's models write it"),
}
_NO_CALLS = {
    "fence": (f"```\n{_V4}\n```", "A call in a code fence, which is talked about"),
    "other-tool": (
        _dsml("tool_calls", "Paris", tool="launch"),
        "A call of a tool that was not offered",
    ),
    "orphan-end": (_V4[_V4.index("</") :], "The closing tags of a call, without the call"),
}


def _leak(kind: str) -> Fault:
    text, how = _LEAKS[kind]
    summary = f"A tool call in the text, {how}; finish_reason stop."
    return Fault(f"leaked-{kind}", summary, lambda _: Answer(_SAID + text))


def _no_call(kind: str) -> Fault:
    text, summary = _NO_CALLS[kind]
    return Fault(f"leaked-{kind}", f"{summary}.", lambda _: Answer(_SAID + text))


FAULTS = (*(_leak(kind) for kind in _LEAKS), *(_no_call(kind) for kind in _NO_CALLS))


@fault
def leaked_two_calls(_: Seen) -> Answer:
    """Serve two calls in the text, Paris and Tokyo, as DeepSeek V4 writes them."""
    return Answer(_SAID + _dsml("tool_calls", "Paris", "Tokyo"))


@fault
def leaked_alone(_: Seen) -> Answer:
    """Serve a call in the text, as DeepSeek V4 writes it, and no other text."""
    return Answer(_V4)


@fault
def leaked_beside_empty_call(_: Seen) -> Answer:
    """Serve a call in the text, and the same call without its arguments where it belongs."""
    return Answer(_SAID + _V4, tool_calls=[FakeCall("get_weather", "{}")])


@fault
def leaked_beside_same_call(_: Seen) -> Answer:
    """Serve a call in the text, and the same call once more where it belongs."""
    return Answer(_SAID + _V4, tool_calls=[FakeCall("get_weather", PARIS)])


@fault
def leaked_in_reasoning(_: Seen) -> Answer:
    """Serve a call in the reasoning, as DeepSeek V4 writes it."""
    return Answer(_SAID.strip(), reasoning=_V4)


@chat_fault
def leaked_then_cut(seen: Seen) -> Raw:
    """Serve a whole call in the text, then the stream ends too early."""
    c = Chunks(seen)
    said = (c.text(piece) for piece in (_SAID, _V4[:30], _V4[30:]))
    return streamed(seen, c.role(), *said, meant=Answer(_SAID + _V4), done=False)


@chat_fault
def leaked_cut_inside(seen: Seen) -> Raw:
    """Serve the beginning of a call in the text, then the stream ends too early."""
    c = Chunks(seen)
    half = _V4[: _V4.index("is</")]
    said = (c.text(piece) for piece in (_SAID, half[:30], half[30:]))
    return streamed(seen, c.role(), *said, meant=Answer(_SAID + half), done=False)


@chat_fault
def leaked_byte_by_byte(seen: Seen) -> Raw:
    """Serve a call in the text, as DeepSeek V4 writes it, one character an event."""
    c = Chunks(seen)
    text = _SAID + _V4
    said = (c.text(char) for char in text)
    return streamed(seen, c.role(), *said, c.finish("stop"), meant=Answer(text))

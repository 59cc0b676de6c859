"""The rows of the matrix: which fault, asked how, judged by which rule."""

from dataclasses import dataclass

from benchmarks.faults.outcome import Case


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fault and how it is asked for.

    Attributes:
        name: What the row is called in the measured data.
        title: What the server does, in the words of the page.
        rule: The rule in `RULES` that judges it.
        fault: The fault's name in `unillm.testing.faults`; empty: a sound answer.
        stream: Whether a stream is asked for.
        tools: Whether the tool is offered.
        deepseek: Whether each client uses what it has for DeepSeek.
        idle: A read or idle time limit in seconds; None: the client's default.
        retries: How many retries are allowed; None: the client's default.
        turns: How many turns the conversation has.
        readme: Whether the row is in the excerpt of the README.
    """

    name: str
    title: str
    rule: str
    fault: str = ""
    stream: bool = True
    tools: bool = False
    deepseek: bool = False
    idle: float | None = None
    retries: int | None = None
    turns: int = 1
    readme: bool = False

    def case(self, base_url: str) -> Case:
        """Return what a client is asked."""
        return Case(
            base_url=base_url,
            model=self.fault or "sound",
            stream=self.stream,
            tools=self.tools,
            deepseek=self.deepseek,
            idle=self.idle,
            retries=self.retries,
            turns=self.turns,
        )


def _row(fault: str, title: str, rule: str, *, name: str = "", **more: object) -> Row:
    return Row(name=name or fault, fault=fault, title=title, rule=rule, **more)  # pyright: ignore[reportArgumentType]


_CONTROL = (
    Row(name="sound-stream", title="Nothing is wrong: a text, streamed", rule="sound-text"),
    Row(
        name="sound-call",
        title="Nothing is wrong: a tool call, streamed",
        rule="sound-call",
        tools=True,
    ),
    Row(
        name="sound-body",
        title="Nothing is wrong: a text, as a body",
        rule="sound-text",
        stream=False,
    ),
)

_ENDS = (
    _row(
        "eof-in-text",
        "A text stops: no finish reason, no `[DONE]`",
        "cut-text",
        readme=True,
    ),
    _row("cut-in-text", "The connection closes in the middle of a chunked text", "cut-text"),
    _row("reset-in-text", "The connection is reset in the middle of a text", "cut-text"),
    _row("eof-in-utf8", "A text stops inside a character", "cut-text"),
    _row(
        "eof-in-arguments",
        'A tool call stops inside its JSON, at `{"city": "Par`',
        "cut-call",
        tools=True,
        readme=True,
    ),
    _row(
        "call-finish-hides-cut",
        'A tool call stops at `{"city": "Par`, with finish reason `tool_calls`',
        "hidden-cut",
        tools=True,
        readme=True,
    ),
    _row(
        "call-finish-length",
        'A tool call stops at `{"city": "Par`, with finish reason `length`',
        "hidden-cut",
        tools=True,
    ),
    _row(
        "stall-in-text",
        "A text stops and the connection stays open; read limit 2 s",
        "limited",
        idle=2,
    ),
    _row(
        "comments-for-ever",
        "Keep-alive comments and nothing else; read limit 2 s",
        "limited",
        idle=2,
        readme=True,
    ),
)

_ERRORS = (
    _row("error-in-text", "An error object in the middle of a stream", "failure"),
    _row(
        "error-choices-null",
        "Status 200, an error object and `choices: null`",
        "failure",
        stream=False,
        readme=True,
    ),
    _row("html-page", "Status 200 and an HTML page, as a body", "failure", stream=False),
    _row(
        "html-page",
        "Status 200 and an HTML page, for a stream",
        "failure",
        name="html-page-stream",
        readme=True,
    ),
    _row(
        "finish-error",
        "Half a text with finish reason `error`, as a body",
        "failed-finish",
        stream=False,
        readme=True,
    ),
    _row(
        "finish-error",
        "Half a text with finish reason `error`, streamed",
        "failed-finish",
        name="finish-error-stream",
    ),
    _row("finish-empty", 'A text with finish reason `""`', "empty-finish", stream=False),
)

_CALLS = (
    _row(
        "call-index-zero",
        "Two parallel calls with ids of their own, both at index 0",
        "two-calls",
        tools=True,
        readme=True,
    ),
    _row(
        "call-index-zero-in-pieces",
        "The same, each call in pieces",
        "two-calls",
        tools=True,
    ),
    _row(
        "arguments-cumulative",
        "Every chunk repeats the arguments so far",
        "one-call",
        tools=True,
        readme=True,
    ),
    _row(
        "arguments-object",
        "The arguments are an object instead of a string",
        "one-call",
        stream=False,
        tools=True,
    ),
    _row(
        "arguments-single-quotes",
        "Arguments in single quotes",
        "broken-arguments",
        stream=False,
        tools=True,
    ),
    _row(
        "arguments-two-objects",
        "Two objects, Paris and Tokyo, in the arguments of one call",
        "two-in-one",
        stream=False,
        tools=True,
    ),
    _row(
        "dsml-in-text",
        "A call in DeepSeek's own notation leaks into the text",
        "leaked",
        stream=False,
        tools=True,
        deepseek=True,
        readme=True,
    ),
)

_TOKENS = (
    _row(
        "reasoning-content",
        "`reasoning_content` in a stream of any host",
        "reasoning",
        readme=True,
    ),
    _row(
        "reasoning-content",
        "The same, of DeepSeek",
        "reasoning",
        name="reasoning-content-deepseek",
        deepseek=True,
    ),
    _row("reasoning-field", "`reasoning` in a stream, as of vLLM", "reasoning"),
    _row(
        "reasoning-demanded",
        "DeepSeek wants the reasoning back with the tool's result",
        "replay",
        stream=False,
        tools=True,
        deepseek=True,
        turns=2,
        readme=True,
    ),
    _row(
        "usage-cache-fields",
        "`prompt_cache_hit_tokens: 900` without `prompt_tokens_details`, of any host",
        "cached",
        stream=False,
        readme=True,
    ),
    _row(
        "usage-cache-fields",
        "The same, of DeepSeek",
        "cached",
        name="usage-cache-fields-deepseek",
        stream=False,
        deepseek=True,
    ),
    _row("usage-missing", "No usage in a body", "uncounted", stream=False),
    _row("odd-segments", "Characters split over TCP segments", "whole-text"),
    _row("invalid-utf8", "A byte that is not UTF-8 in a stream", "bad-byte"),
)

_STATUSES = (
    _row("status-500", "Status 500 for ever", "three-requests", stream=False),
    _row(
        "status-500",
        "Status 500 for ever, one retry allowed",
        "two-requests",
        name="status-500-one-retry",
        stream=False,
        retries=1,
        readme=True,
    ),
    _row("status-429-retry-after", "Status 429 with `Retry-After: 1`", "retry-after", stream=False),
    _row("status-429-quota", "Status 429 `insufficient_quota`: no money", "no-money", stream=False),
)

ROWS = (*_CONTROL, *_ENDS, *_ERRORS, *_CALLS, *_TOKENS, *_STATUSES)

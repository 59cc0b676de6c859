"""What is asked of a client, and what came of it: plain data that crosses the process border.

The clients run in environments of their own, so this file needs the standard library alone.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

QUESTION = "What is the weather in Paris?"
KEY = "dummy-key"
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Ask one thing of a client.

    Attributes:
        base_url: Where the fake provider listens.
        model: The model, which is the name of the fault.
        stream: Whether to stream, to the end.
        tools: Whether to offer the tool.
        deepseek: Whether to use what the client has for DeepSeek, if it has something.
        idle: A read or idle time limit in seconds, set in the client's own way; None: its default.
        retries: How many retries to allow, set in the client's own way; None: its default.
        turns: 2: run the tool that is called, send the result back, and tell of the second answer.
    """

    base_url: str
    model: str
    stream: bool = False
    tools: bool = False
    deepseek: bool = False
    idle: float | None = None
    retries: int | None = None
    turns: int = 1


@dataclass(kw_only=True)
class Outcome:
    """Hold what the caller of a client is left with.

    Attributes:
        error: The class that was raised, with its top package (``openai.APIError``), or None.
        says: The error's message, cut.
        in_caller: The error was not raised by the client but by the code that reads its answer.
        text: The text.
        reasoning: The reasoning.
        calls: The arguments of the calls that are offered for execution, as they are handed over.
        refused: The arguments of the calls that the client lists as invalid.
        finish: The finish reason as the client tells it, or its word for an incomplete answer.
        tokens: Input and output tokens, or None when the client tells of none.
        cached: Cached input tokens.
        untyped: Which of these are reached only under the provider's name for them, in fields that
            the client passes on but does not declare.
        returned: False: the client was still busy when patience ended.
        wire: How many requests it made.
        gap: The shortest time between two requests, in seconds; None: there was one.
        seconds: How long it took.
    """

    error: str | None = None
    says: str = ""
    in_caller: bool = False
    text: str = ""
    reasoning: str | None = None
    calls: list[dict[str, Any] | str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    finish: str | None = None
    tokens: list[int] | None = None
    cached: int | None = None
    untyped: list[str] = field(default_factory=list)
    returned: bool = True
    wire: int = 0
    gap: float | None = None
    seconds: float = 0.0

    def brief(self) -> dict[str, Any]:
        """Return it as JSON, without what has its default."""
        plain = Outcome()
        return {key: value for key, value in asdict(self).items() if value != getattr(plain, key)}


Run = Callable[[Case], Outcome]


def attempt(run: Run, case: Case) -> Outcome:
    """Run a case; an exception is an outcome too."""
    try:
        return run(case)
    except Exception as error:  # noqa: BLE001 - whatever a client raises is what is measured
        kind = type(error)
        package = kind.__module__.partition(".")[0]
        name = kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"
        return Outcome(error=name, says=str(error)[:300], in_caller=_from_caller(error))


def _from_caller(error: BaseException) -> bool:
    """Tell whether the code in `clients/` raised it while it read what the client had returned."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    return str(trace.tb_frame.f_globals.get("__name__")).startswith("benchmarks.faults.")

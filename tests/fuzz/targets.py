"""What is fuzzed, by name: a function that raises when something is wrong, and where to begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "sse",
    "answers",
    "responses",
    "failures",
    "tool_arguments",
    "calls",
    "arguments",
    "messages",
    "settings",
)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is fuzzed.

    Attributes:
        name: Its module in this folder.
        check: Takes any bytes; every exception is a finding.
        seeds: Gives inputs to begin with.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]

    @property
    def findings(self) -> Path:
        """Return the folder of inputs that once failed."""
        return HERE / "findings" / self.name


def target_named(name: str) -> Target:
    """Return a target; it is imported only now, so that a fuzzer can watch its lines."""
    module = import_module(f"tests.fuzz.{name}")
    return Target(name, module.check, module.seeds)

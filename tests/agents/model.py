"""A model that makes a file with whatever tools an agent offers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.agents.troubles import Trouble, spoken
from unillm.testing import Answer, FakeCall, Fault, Raw, Seen
from unillm.testing.rules.rule import broken

__all__ = ["FILES", "Model"]

FILES = {"hello.txt": "hi", "bye.txt": "bye"}
"""What the model makes: the first file, and the second where it makes two calls at once."""
WRITERS = ("write_file", "write_to_file", "create_new_file", "create_file", "write", "editor")
"""Tools that write a file, by the end of their name, lower case; the first that is offered."""
SHELLS = ("exec_command", "shell_command", "run_commands", "shell", "bash", "execute_command")
"""Tools that run a command, likewise."""


@dataclass(slots=True)
class Model:
    """Play the model for one run of an agent.

    Attributes:
        folder: Where the agent works.
        trouble: What goes wrong.
        said: What it says where no tools are offered, and to end; some agents edit by text.
        ending: The command that an agent waits for to be told that the work is done, or None.
        turns: How many turns with calls it was asked for.
        ended: How often it said that the work is done, or all that it has to say.
    """

    folder: Path
    trouble: Trouble
    said: str = "Done: the file is there."
    ending: str | None = None
    turns: int = 0
    ended: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def wanted(self) -> dict[str, str]:
        """Return what must be in the folder in the end, by name."""
        return dict(list(FILES.items())[: 2 if self.trouble.two else 1])

    def as_fault(self) -> Fault:
        """Return what a fake provider is given to answer each request with."""
        return Fault("agents", "What an agent's model says.", self.answer)

    def answer(self, seen: Seen) -> Answer | Raw:
        """Answer one request."""
        host = self.trouble.rules
        found = host and broken(host, seen, any_model=True)
        if found:
            rule, refusal = found
            return refusal.served(rule.name)
        calls = self._calls(seen)
        if not calls:
            with self._lock:
                self.ended += bool(_results(seen)) or not seen.tools
            return replace(spoken(seen, Answer(self.said)), usage=self.trouble.usage)
        with self._lock:
            self.turns += 1
            turn = self.turns
        given = self.trouble.make(seen, calls, turn)
        return replace(given, usage=self.trouble.usage) if isinstance(given, Answer) else given

    def _calls(self, seen: Seen) -> list[FakeCall]:
        """Return the calls that are missing: as a model does that is told that its calls failed."""
        missing = {n: t for n, t in self.wanted.items() if not (self.folder / n).is_file()}
        if missing or not _results(seen):
            made = (
                _making(seen.tools, self.folder / n, t) for n, t in (missing or self.wanted).items()
            )
            return [call for call in made if call is not None]
        if self.ending is not None and not _called(seen, self.ending):
            self.ended += 1  # it asks no more once the command has run
            return [
                FakeCall(tool["name"], _arguments(tool, {"command": self.ending}))
                for tool in seen.tools[:1]
            ]
        return []


def _results(seen: Seen) -> int:
    """Return how many results of tools the history has."""
    return sum(message.get("role") == "tool" for message in seen.messages)


def _called(seen: Seen, command: str) -> bool:
    """Tell whether a call in the history has this command."""
    return any(command in json.dumps(message.get("tool_calls")) for message in seen.messages)


def _making(tools: list[dict[str, Any]], path: Path, text: str) -> FakeCall | None:
    """Return a call that makes a file, or None where nothing that is offered can."""
    told = {"path": str(path), "text": text, "command": f"printf {text} > {path}"}
    for kind in (*WRITERS, *SHELLS):
        for tool in tools:
            if re.search(rf"(^|[._]){kind}$", str(tool.get("name")).lower()):
                return FakeCall(tool["name"], _arguments(tool, told))
    return None


_MEANT = {
    **dict.fromkeys(("path", "file_path", "filepath", "filename", "file"), "path"),
    **dict.fromkeys(("content", "contents", "text", "file_text", "new_text"), "text"),
    **dict.fromkeys(("command", "cmd", "commands"), "command"),
}
"""What arguments of tools mean, by their name, lower case."""


def _arguments(tool: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    schema: Mapping[str, Any] = tool.get("parameters") or {}
    required = schema.get("required") or []
    filled: dict[str, Any] = {}
    for key, described in (schema.get("properties") or {}).items():
        meant = _MEANT.get(key.lower(), "")
        if meant in told:
            filled[key] = _fitting(described, told[meant])
        elif key in required:
            filled[key] = _any(described)
    return filled


def _fitting(described: Mapping[str, Any], value: str) -> Any:
    """Return a text as the argument wants it: one of its words, a list, or as it is."""
    if described.get("enum"):
        return next((one for one in described["enum"] if one in {"write", "create"}), value)
    if described.get("type") == "array":
        return [value]
    return value


def _any(described: Mapping[str, Any]) -> Any:
    if described.get("enum"):
        return described["enum"][0]
    plain = {"string": "make a file", "boolean": False, "integer": 1, "number": 1, "array": []}
    return plain.get(str(described.get("type")), {})

"""What an agent is to the runner: data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["ROOT", "TASK", "Agent", "Place", "Setup"]

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venvs" / "agents"
TASK = "Create the file hello.txt in the current folder. It must contain exactly: hi"

Face = Literal["chat", "responses", "messages"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run happens, and whom the agent asks.

    Attributes:
        home: Its home, fresh.
        work: The folder it works in, fresh.
        url: The address it asks, without a path.
        key: The key it is given.
        model: The model it asks for.
    """

    home: Path
    work: Path
    url: str
    key: str
    model: str

    @property
    def base_url(self) -> str:
        """Return the address as OpenAI's clients want it."""
        return f"{self.url}/v1"


@dataclass(frozen=True, slots=True)
class Setup:
    """How an agent is run in a place.

    Attributes:
        command: Its command line.
        env: Its environment, beside what every agent gets.
        files: Files that it finds, by their path under its home.
        before: Commands that prepare it.
    """

    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    before: tuple[list[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent.

    Attributes:
        name: Its name.
        tier: 1: run on every change that CI sees; 2: run at times.
        program: What must be there for it to be installed, under ``.venvs/agents``.
        face: The interface it speaks.
        requests: How many answers of a model a clean run asks for.
        setup: Tells how it is run in a place.
        said: What the model has to say where no tools are offered.
        ending: The command that tells it that the work is done, or None.
        alone: What is added to its command line where nobody is there to be asked.
        calls_tools: Whether it calls tools; else it edits by text.
        streams: Whether it asks for streams.
    """

    name: str
    tier: Literal[1, 2]
    program: str
    face: Face
    requests: int
    setup: Callable[[Place], Setup]
    said: str = "Done: the file is there."
    ending: str | None = None
    alone: tuple[str, ...] = ()
    calls_tools: bool = True
    streams: bool = True

    @property
    def path(self) -> Path:
        """Return what is started."""
        return FOLDER / self.program

    @property
    def installed(self) -> bool:
        """Tell whether it is there."""
        return self.path.exists()

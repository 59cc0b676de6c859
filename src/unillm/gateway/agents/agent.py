"""What an agent is, and what is set for it to ask a gateway: data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass

KEY = "UNILLM_SERVE_KEY"
"""The variable that has the key where an agent reads it from one of our choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Whom an agent is to ask.

    Attributes:
        root: The address, without a path: ``http://127.0.0.1:8787``.
        key: The key it shows.
        model: The model it asks for.
        context: How many tokens the model reads and writes in all; None: not known.
        output: How many it writes at the most; None: not known.
    """

    root: str
    key: str = field(repr=False)
    model: str
    context: int | None = None
    output: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no name of a model.

        Raises:
            InvalidRequestError: The name is empty, or has spaces or what is not printed.
        """
        name = self.model
        if not name or not name.isprintable() or any(letter.isspace() for letter in name):
            raise InvalidRequestError(f"{name!r} is no name of a model")

    @property
    def url(self) -> str:
        """Return the address as clients of OpenAI's APIs are told it."""
        return f"{self.root}/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of its own that an agent reads: none that a user may have written.

    Attributes:
        path: Where, as a word of a POSIX shell.
        text: What it holds. The key is not in it.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is set for one agent.

    Attributes:
        variables: The environment; a variable whose value is None is taken out of it.
        files: Files that are written.
        commands: Commands that are run once.
        first: The command line of a first run, as a shell takes it.
    """

    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    files: tuple[File, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    first: str


Protocol: TypeAlias = Literal["Chat Completions", "Responses", "Messages"]
Setting: TypeAlias = Callable[[Gateway], Setup]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent, or what else asks a gateway.

    Attributes:
        name: What it is called by in the command line.
        title: What its makers call it.
        speaks: The protocols it asks over.
        setup: Tells what is set for it.
        tried: The version that this was tried with; None: it is no program of its own.
        on: When, as a date.
        source: Who says how it is configured.
    """

    name: str
    title: str
    speaks: tuple[Protocol, ...]
    setup: Setting
    tried: str | None
    on: str
    source: str


ASKED = "What is this project about?"
"""What a first run asks: nothing that changes anything."""


def own_file(name: str) -> str:
    """Return where a file of ours is that an agent is told of, as a word of a shell."""
    return f'"${{XDG_STATE_HOME:-$HOME/.local/state}}/unillm/agents/{name}"'

"""What a format of calls in text is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, Protocol, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.repair.formats.source import Source, Steps
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument as a tag or the like gives it.

    Attributes:
        name: What it is called.
        text: What stands there.
        kind: How to read it: a ``string`` as it stands, ``json``, as the schema ``typed`` it, or
            ``nested``: parts of which each is typed.
        parts: The texts of a nested one, in dicts and lists.
    """

    name: str
    text: str
    kind: Literal["string", "json", "typed", "nested"] = "typed"
    parts: Any = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a call: its tool may not exist, and its arguments may be wrong.

    Attributes:
        name: The tool named.
        arguments: JSON, as good as it is, or parameters to make it from; None: there are none.
        within: A broken text the arguments were found in, and what was changed to read it.
        at: Where in the mended text the arguments are.
        closed: Whether the end of the arguments was marked.
    """

    name: str
    arguments: str | tuple[Parameter, ...] | None
    within: tuple[str, tuple[Edit, ...]] | None = None
    at: int = 0
    closed: bool = True


class Declared(Protocol):
    """The tools that were declared."""

    @property
    def names(self) -> Collection[str]:
        """The names of all."""
        ...

    def parameters(self, name: str) -> Collection[str]:
        """Return the names of one tool's declared parameters; none if it is not declared."""
        ...


Reader: TypeAlias = Callable[[Source, Declared], Steps[None]]
"""Reads one block, in steps, from the start of its marker to its end.

It yields a list of `Candidate` for each call, or for several that stand and fall together; calls
`Source.commit` once it is sure that this is a block; and raises `NotACallError` if it is none.
Before it commits it must look at no more than a few hundred characters. After, an error means
that the rest of the answer is text: what follows may be what the block was about.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way in which models write calls in text.

    Attributes:
        name: What it is called, mostly as the parsers of vLLM and SGLang are.
        read: What reads a block of it.
        markers: How a block begins.
        after_name: What follows directly on a tool's name, where that begins a block.
        bare: How an answer begins that is nothing but calls. Text may begin like that without being
            a call: the client looks for this only where the format is named.
        only_named: Whether all of it is looked for only if it is asked for by name.
    """

    name: str
    read: Reader
    markers: tuple[str, ...] = ()
    after_name: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    only_named: bool = False

    def __post_init__(self) -> None:
        """Refuse what can read nothing.

        Raises:
            InvalidRequestError: It has no name, no reader, or nothing to be recognised by.
        """
        if not self.name or not callable(self.read):
            raise InvalidRequestError("Format(name=…, read=…) needs a name and what reads a block")
        if not (self.markers or self.after_name or self.bare):
            raise InvalidRequestError(f"Format({self.name!r}) needs markers: how a block begins")

"""Tools a model may call, and the calls it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, field
from typing import Any, Literal, Self

from unillm.types.brief import brief
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit
from unillm.types.json import JsonObject, JsonRoundTrip

CHOICES = frozenset({"auto", "none", "required"})
"""What ``tool_choice`` may be, beside the name of a tool."""

CUSTOM_INPUT = "input"
"""The one argument of a custom tool, which a model gives plain text."""


class _Calling:
    """Hold the function of a tool, beside the fields: it is neither compared, shown nor written."""

    __slots__ = ("_function",)
    _function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Tool(JsonRoundTrip, _Calling):
    """A function the model may ask to have called: pure data.

    `unillm.tool` makes one from a Python function, a pydantic model or an OpenAI-style dict.

    Attributes:
        name: 1 to 128 characters (OpenAI: 64) of ``A-Z a-z 0-9 _ -``.
        description: When and how the model should use it.
        parameters: JSON Schema of the arguments object.
        strict: Ask the provider to enforce the schema while decoding; None leaves it alone.
    """

    name: str
    _: KW_ONLY
    description: str | None = None
    parameters: JsonObject = field(
        default_factory=lambda: {"type": "object", "properties": {}}, repr=False
    )
    strict: bool | None = None

    @property
    def function(self) -> Callable[..., Any] | None:
        """Return the function `unillm.tool` made it of, which a run calls.

        None: it was made of something else, by hand, or as a copy of another tool.
        """
        return getattr(self, "_function", None)

    def calling(self, function: Callable[..., Any]) -> Self:
        """Have a run call a function for this tool; return the tool itself."""
        object.__setattr__(self, "_function", function)
        return self


@dataclass(frozen=True, slots=True, repr=False)
class ToolCall(JsonRoundTrip):
    """One complete call of a tool, its arguments parsed and valid against the tool's schema.

    Attributes:
        id: The provider's id of the call, or one made from the response where it gave none.
        name: The tool called.
        arguments: The parsed arguments object.
        raw: The arguments as received: the text of one whole object where a host repeats or
            resends it; JSON where it came as an object. Empty for a call made by hand.
        repairs: What was changed to make ``arguments`` out of ``raw``; empty if untouched.
        origin: ``native`` if it came in the protocol's own field, ``rescued`` if from text.
        raw_name: The name as received where it was not ``name``, but clearly meant it: in another
            case, say, or with ``functions.`` before it.
    """

    id: str
    name: str
    arguments: JsonObject
    _: KW_ONLY
    raw: str = ""
    repairs: tuple[Edit, ...] = ()
    origin: Literal["native", "rescued"] = "native"
    raw_name: str | None = None

    def __repr__(self) -> str:
        """Show id, name and the arguments, cut."""
        return f"ToolCall({self.id!r}, {self.name!r}, {brief(repr(self.arguments))})"

    def __hash__(self) -> int:
        """Hash by identity of the call, not by its (unhashable) arguments."""
        return hash((self.id, self.name, self.raw))


@dataclass(frozen=True, slots=True, repr=False)
class InvalidToolCall(JsonRoundTrip):
    """A call that must not be executed.

    Attributes:
        id: Its id, as for `ToolCall`.
        name: The tool named, or an empty string if none was.
        raw: The arguments exactly as received.
        reason: Why it was refused.
        position: Where in ``raw`` the trouble is, in characters; None if it is nowhere exactly.
        candidates: What the arguments may have meant, if they may have meant several things.
        schema_path: Where in the arguments the schema was not met, for example ``("days", 0)``;
            None if the arguments could not be read at all.
    """

    id: str
    name: str
    _: KW_ONLY
    raw: str
    reason: str
    position: int | None = None
    candidates: tuple[Any, ...] = ()
    schema_path: tuple[str | int, ...] | None = None

    def __repr__(self) -> str:
        """Show name, reason and the raw arguments, cut."""
        return f"InvalidToolCall({self.name!r}, {self.reason!r}, raw={brief(self.raw)!r})"

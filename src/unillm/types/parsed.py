"""An answer made into what was asked for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Generic, Literal, Self, TypeAlias, TypeVar

from unillm.types.brief import brief
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit
from unillm.types.json import JsonRoundTrip
from unillm.types.pickled import restored
from unillm.types.response import ChatResponse, FinishReason
from unillm.types.usage import Usage

T = TypeVar("T")

OutputMode: TypeAlias = Literal["native", "tool", "json", "prompt"]
"""How a model is asked for structured output.

``native``: its host holds it to the schema. ``tool``: it must call a tool that takes the output.
``json``: its host holds it to JSON, the schema is in the prompt. ``prompt``: the schema is there,
and that is all.
"""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParsedResponse(ChatResponse, Generic[T]):
    """A whole answer, with the value it holds.

    Attributes:
        output: The value: an instance of the type, or JSON that satisfies the schema. Read back
            with ``from_json`` it is JSON.
        mode: How the model was asked for it.
        repairs: What was changed to make ``output`` of the text; empty if untouched.
    """

    output: T
    mode: OutputMode = "native"
    repairs: tuple[Edit, ...] = ()

    __setstate__ = restored

    @classmethod
    def of(
        cls, response: ChatResponse, output: T, mode: OutputMode, repairs: tuple[Edit, ...]
    ) -> Self:
        """Return a response with the value it holds."""
        given: dict[str, Any] = {f.name: getattr(response, f.name) for f in fields(ChatResponse)}
        return cls(**given, output=output, mode=mode, repairs=repairs)

    def __repr__(self) -> str:
        """Show the output, cut, what was repaired, and whose it is."""
        edits = f", repairs={len(self.repairs)}" if self.repairs else ""
        whom = f"{self.provider}:{self.model}"
        return (
            f"ParsedResponse({brief(repr(self.output))}{edits}, mode={self.mode!r}, "
            f"model={whom!r}, usage={self.usage!r}, cost={self.cost.brief!r})"
        )

    def _repr_markdown_(self) -> str:
        from unillm.types.display import parsed

        return parsed(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTry(JsonRoundTrip):
    """An answer that was not what was wanted.

    Attributes:
        text: What the model said, or gave the tool that takes the output.
        reason: Why it is not what was wanted.
        path: Where in the value the trouble is; empty: as a whole, or it could not be read.
        finish_reason: Why the model stopped.
        usage: Tokens used; None: the provider did not say.
    """

    text: str
    reason: str
    path: tuple[str | int, ...] = ()
    finish_reason: FinishReason
    usage: Usage | None = None

"""A named fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TypeAlias

from unillm.testing.answer import Answer
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api

__all__ = ["Fault", "Make", "chat_fault", "fault", "responses_fault"]

Make: TypeAlias = Callable[[Seen], Answer | Raw]
"""Turns a request into the faulty answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Name one way in which a provider goes wrong.

    Attributes:
        name: Its name, in kebab case; also the model id that asks for it.
        summary: What the client should see, in one line.
        make: Makes the answer to a request.
        api: The interface whose answers it spoils; None: both.
    """

    name: str
    summary: str
    make: Make = field(repr=False)
    api: Api | None = field(default=None, repr=False)

    def spoils(self, api: Api) -> bool:
        """Tell whether it is a fault of answers over this interface."""
        return self.api in {None, api}


def fault(make: Make) -> Fault:
    """Turn a function into the fault that bears its name; its docstring is the summary."""
    return _named(make, None)


def chat_fault(make: Make) -> Fault:
    """Turn a function into a fault of Chat Completions alone, as `fault` does."""
    return _named(make, "chat")


def responses_fault(make: Make) -> Fault:
    """Turn a function into a fault of the Responses API alone, as `fault` does."""
    return _named(make, "responses")


def _named(make: Make, api: Api | None) -> Fault:
    name = getattr(make, "__name__", "").replace("_", "-")
    served = (make.__doc__ or "").removeprefix("Serve ")
    return Fault(name, served[:1].upper() + served[1:], make, api)

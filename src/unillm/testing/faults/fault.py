"""A named fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from unillm.testing.answer import Answer
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

__all__ = ["Fault", "Make", "fault"]

Make: TypeAlias = Callable[[Seen], Answer | Raw]
"""Turns a request into the faulty answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Name one way in which a provider goes wrong.

    Attributes:
        name: Its name, in kebab case; also the model id that asks for it.
        summary: What the client should see, in one line.
        make: Makes the answer to a request.
    """

    name: str
    summary: str
    make: Make = field(repr=False)


def fault(make: Make) -> Fault:
    """Turn a function into the fault that bears its name; its docstring is the summary."""
    name = getattr(make, "__name__", "").replace("_", "-")
    served = (make.__doc__ or "").removeprefix("Serve ")
    return Fault(name, served[:1].upper() + served[1:], make)

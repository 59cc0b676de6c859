"""Cascade: the cheap one first, and the next where its answer will not do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from unillm.errors import InvalidRequestError
from unillm.routing.figures import costs_of, names_of
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest, Verify

if TYPE_CHECKING:
    from unillm.types.response import ChatResponse


def valid(response: ChatResponse) -> bool:
    """Tell whether an answer can be used: whole, not refused, and its tool calls fit their tools.

    Args:
        response: The answer.
    """
    return (
        not response.invalid_tool_calls
        and response.finish_reason not in {"length", "content_filter"}
        and response.refusal is None
        and bool(response.tool_calls or response.text.strip() or response.images)
    )


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(function, "__call__", None)  # noqa: B004 - whether it is async, not whether
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


@dataclass(frozen=True, slots=True)
class Cascade:
    """Rank candidates with the cheapest first; whoever answers must stand up to ``verify``.

    An answer that does not, other than the last one's, is thrown away and the next is asked: both
    are on the bill, and the caller waits for both.

    Attributes:
        verify: Looks at an answer and says whether it will do. Plain, quick and pure.
        in_order: Whether to keep the order of the route instead.

    Raises:
        InvalidRequestError: ``verify`` is no plain function, or ``in_order`` neither True nor
            False.
    """

    name: ClassVar[str] = "cascade"

    verify: Verify = valid
    in_order: bool = False

    def __post_init__(self) -> None:
        """Look at what was given."""
        if not callable(self.verify):
            raise InvalidRequestError(
                f"verify must be a function of the answer that says whether it will do, "
                f"not {self.verify!r}"
            )
        if _is_async(self.verify):
            raise InvalidRequestError(
                f"verify must be a plain def, since it is called in the flow, and {self.verify!r} "
                "is async: let it look at the answer alone"
            )
        if self.in_order not in {True, False}:
            raise InvalidRequestError(f"in_order must be True or False, not {self.in_order!r}")

    def __call__(
        self, _request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        order = names_of(candidates)
        scores: dict[str, float] = {}
        if not self.in_order:
            costs = zip(order, costs_of(candidates), strict=True)
            known = {name: usd for name, usd in costs if usd is not None}
            unknown = [name for name in order if name not in known]
            order = (*sorted(known, key=known.__getitem__), *unknown)
            scores = {name: float(usd) for name, usd in known.items()}
        return Ranked(order, scores, sticks=False, verify=self.verify)

"""What a strategy gives back, looked at before it is gone by: it may be anybody's function."""

from __future__ import annotations

import inspect
import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from unillm.errors import InvalidRequestError
from unillm.types.brief import shown
from unillm.types.json import is_iterable, is_mapping
from unillm.types.routing import Ranked

if TYPE_CHECKING:
    from unillm._flow.tree import Tree


_T = TypeVar("_T")

_LISTS = frozenset({tuple, list})
_DICTS = frozenset({dict})
"""What strategies give as a rule: told at once, without asking what else it may be."""


def checked(given: Any, names: Collection[str], tree: Tree) -> Ranked:
    """Return what a strategy gave back.

    Args:
        given: It.
        names: Those it was to put in order.
        tree: The route it is of.

    Raises:
        InvalidRequestError: It is no order of them, or says of them what cannot be kept.
    """
    if not isinstance(given, Ranked):
        if inspect.iscoroutine(given):
            given.close()
        raise _wrong(tree, f"must return unillm.routing.Ranked, not {shown(given)}")
    order: Any = given.order
    listed: list[Any] | None = [*order] if type(order) in _LISTS else None
    if listed is None or not _is_order(listed, names):
        told = shown(order) if listed is None else ", ".join(map(str, listed))
        raise _wrong(
            tree,
            f"must return each of its candidates once ({', '.join(names)}), and returned "
            f"{told or None}",
        )
    if given.verify is not None and not callable(given.verify):
        raise _wrong(tree, f"must have a function look at answers, not {shown(given.verify)}")
    mirror: Any = given.mirror
    if type(mirror) is not tuple and (isinstance(mirror, str) or not is_iterable(mirror)):
        raise _wrong(tree, f"must name mirrors in a tuple, not as {shown(mirror)}")
    return given


def scores_of(ranked: Ranked, tree: Tree) -> dict[str, float]:
    """Return the scores that a strategy gave; without what no file can hold: infinity, or NaN.

    Raises:
        InvalidRequestError: One is no number.
    """
    given: Any = ranked.scores
    if _holds(given, float) and math.isfinite(sum(given.values())):
        return given
    kept: dict[str, float] = {}
    for name, score in _entries(given, tree, "scores"):
        if isinstance(score, str) or not hasattr(score, "__float__"):
            raise _wrong(tree, f"must give numbers as scores, not {shown(score)}")
        if math.isfinite(score):
            kept[name] = float(score)  # of a Decimal, such as a price, too
    return kept


def reasons_of(ranked: Ranked, tree: Tree) -> dict[str, str]:
    """Return the reasons that a strategy gave.

    Raises:
        InvalidRequestError: They are none.
    """
    given: Any = ranked.reasons
    if _holds(given, str):
        return given
    return {name: str(reason) for name, reason in _entries(given, tree, "reasons")}


def _holds(given: Any, kind: type[_T]) -> TypeGuard[dict[str, _T]]:
    """Tell whether it is a dict of texts to values of just one type, as strategies give as a rule.

    That is told at once, not value by value.
    """
    if type(given) not in _DICTS:
        return False
    return {str}.issuperset(map(type, given)) and {kind}.issuperset(map(type, given.values()))


def _is_order(order: Collection[Any], names: Collection[str]) -> bool:
    try:
        return len(order) == len(names) and {*order} == {*names}
    except TypeError:  # something that cannot be hashed is no name
        return False


def _entries(given: Any, tree: Tree, what: str) -> Collection[tuple[str, Any]]:
    names: Any = given if type(given) in _DICTS or is_mapping(given) else (None,)
    for name in names:
        if not isinstance(name, str):
            whose = f"by the names of its candidates, not {shown(given)}"
            raise _wrong(tree, f"must give {what} {whose}")
    found: Mapping[str, Any] = given
    return found.items()


def _wrong(tree: Tree, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"the strategy {tree.ranked_by!r} of the route {tree.name!r} {what}")

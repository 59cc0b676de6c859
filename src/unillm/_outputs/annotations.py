"""Types as they are annotated, told apart by how their JSON comes."""

from __future__ import annotations

import typing
from collections import abc, deque
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

PLAIN = (str, bool, int, float, type(None))
LISTS: Mapping[Any, Callable[[list[Any]], Any] | None] = {
    list: None,
    abc.Sequence: None,
    abc.MutableSequence: None,
    abc.Iterable: None,
    abc.Collection: None,
    tuple: tuple,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
    deque: deque,
}
"""Types that come as a list, and what one becomes at its end; None: it stays one."""
DICTS = frozenset({dict, abc.Mapping, abc.MutableMapping})


def bare(given: Any) -> Any:
    """Return a type without its name, and without what it is annotated with."""
    while True:
        origin = get_origin(given)
        if origin is typing.Annotated:
            given = get_args(given)[0]
        elif hasattr(given, "__value__"):  # a TypeAliasType
            given = given.__value__
        elif hasattr(given, "__supertype__"):  # a NewType
            given = given.__supertype__
        else:
            return given

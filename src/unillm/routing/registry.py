"""Strategies by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any, TypeGuard

from unillm.errors import InvalidRequestError
from unillm.types.json import is_mapping
from unillm.types.routing import Strategy

GROUP = "unillm.strategies"
"""The group of entry points in which packages offer strategies: what makes one, by name."""

_HOME = {  # modules are loaded when they are first asked for
    "fallback": "Fallback",
    "weighted": "Weighted",
    "cheapest": "Cheapest",
    "fastest": "Fastest",
    "least_busy": "LeastBusy",
    "rules": "Rules",
    "multi_factor": "MultiFactor",
    "use_case": "UseCase",
    "cascade": "Cascade",
    "table": "Table",
    "shadow": "Shadow",
}


def strategies() -> tuple[str, ...]:
    """Return the names of the package's own strategies."""
    return tuple(_HOME)


def strategy_named(name: str, **options: Any) -> Strategy:
    """Return a strategy by its name, made with its options.

    A name that is not the package's own is looked up among the entry points of the group
    ``unillm.strategies`` of what is installed.

    Raises:
        InvalidRequestError: There is none of that name, or it does not take the options.
    """
    make = _maker(name)
    if name == "shadow" and "strategy" in options:
        options = {**options, "strategy": strategy_from(options["strategy"])}
    _check_options(name, make, options)
    try:
        made = make(**options)
    except InvalidRequestError as problem:
        raise InvalidRequestError(f"strategy {name!r}: {problem}") from problem
    if not is_strategy(made):
        raise InvalidRequestError(f"what makes the strategy {name!r} gave {made!r}: no function")
    return made


def strategy_from(given: Any) -> Strategy:
    """Return the strategy that a route names.

    Args:
        given: A name; a mapping with ``name`` and options; or a strategy itself.

    Raises:
        InvalidRequestError: It is none of these, or as `strategy_named` says.
    """
    if isinstance(given, str):
        return strategy_named(given)
    if is_mapping(given):
        options = {str(key): value for key, value in given.items()}
        name = options.pop("name", None)
        if not isinstance(name, str):
            raise InvalidRequestError(f'a strategy\'s mapping needs a "name", and has {given!r}')
        return strategy_named(name, **options)
    if not is_strategy(given):
        shown = f"the class {given.__name__}" if isinstance(given, type) else repr(given)
        raise InvalidRequestError(
            f"a strategy is a name, a mapping with one, or a function of (request, candidates, "
            f"stats), not {shown}"
        )
    return given


def is_strategy(given: Any) -> TypeGuard[Strategy]:
    """Tell whether something can rank: a function, not the class that makes one."""
    return callable(given) and not isinstance(given, type)


def name_of(strategy: str | Strategy) -> str:
    """Return what a strategy is called, for decisions and reports."""
    if isinstance(strategy, str):
        return strategy
    while isinstance(strategy, partial):
        strategy = strategy.func
    for attribute in ("name", "__name__"):
        name = getattr(strategy, attribute, None)
        if isinstance(name, str):
            return name
    return type(strategy).__name__


def _maker(name: str) -> Callable[..., Any]:
    if name in _HOME:
        return _loaded(name)
    from importlib.metadata import entry_points  # it reads the metadata of what is installed

    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    entry = found.get(name)
    if entry is None:
        raise InvalidRequestError(f"no strategy is named {name!r}; {_hint(name, (*_HOME, *found))}")
    try:
        loaded: Any = entry.load()
    except Exception as problem:
        raise InvalidRequestError(
            f"the strategy {name!r} ({entry.value}) cannot be loaded: {problem}"
        ) from problem
    if not callable(loaded):
        raise InvalidRequestError(f"the strategy {name!r} ({entry.value}) is {loaded!r}: no maker")
    make: Callable[..., Any] = loaded
    return make


def _loaded(name: str) -> Callable[..., Any]:
    made: Callable[..., Any] = getattr(import_module(f"unillm.routing.{name}"), _HOME[name])
    return made


def _check_options(name: str, make: Callable[..., Any], options: Mapping[str, Any]) -> None:
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):  # of a callable that has none, the call itself will tell
        return
    try:
        signature.bind(**options)
    except TypeError as problem:
        taken = list(signature.parameters)
        unknown = [option for option in options if option not in taken]
        hint = f"; {_hint(unknown[0], taken)}" if unknown and taken else ""
        takes = f"takes {', '.join(taken)}" if taken else "takes no options"
        raise InvalidRequestError(f"strategy {name!r} {takes}: {problem}{hint}") from problem


def _hint(name: str, known: Iterable[str]) -> str:
    there = list(known)
    close = get_close_matches(name, there, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(there)}"

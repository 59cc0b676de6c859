"""What is made of a function once, and forgotten with it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


def remembered(make: Callable[[Any], T]) -> Callable[[Any], T]:
    """Have something made but once of each function, for as long as the function lives.

    Functions made for one request hold what belongs to it, so that nothing may hold them. Of a
    method it is made once for all objects. What takes no weak reference, or has no hash, is
    remembered nowhere. What is made must not hold the function.
    """
    functions: WeakKeyDictionary[Any, T] = WeakKeyDictionary()
    methods: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    @wraps(make)
    def get(function: Any) -> T:
        is_method = inspect.ismethod(function)
        known = methods if is_method else functions
        key = function.__func__ if is_method else function
        try:
            found = known.get(key)
        except TypeError:
            return make(function)
        if found is None:
            found = known[key] = make(function)
        return found

    return get

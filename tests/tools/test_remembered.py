"""What is made of a function is made once, and does not keep the function."""

import functools
import gc
import weakref

import pytest

import unillm
from unillm.tools import bind
from unillm.tools.remembered import remembered


class Box:
    """Something with a method."""

    def open(self, key: int) -> int:
        return key

    def __call__(self, key: int) -> int:
        return key


def counted():
    made = []

    @remembered
    def make(function):
        made.append(function)
        return len(made)

    return make, made


def add(first: int) -> int:
    return first


def test_it_is_made_once_of_a_function_an_object_and_of_a_method_for_all_objects():
    make, made = counted()
    box = Box()
    assert [make(add), make(add), make(box), make(box)] == [1, 1, 2, 2]
    assert [make(box.open), make(Box().open), make(Box.open)] == [3, 3, 4]
    assert len(made) == 4


def test_what_cannot_be_remembered_is_made_each_time():
    make, _ = counted()

    class Odd(Box):
        __hash__ = None  # type: ignore[assignment]  # an object that no cache takes

    class Tight:
        __slots__ = ()

    odd, tight = Odd(), Tight()
    assert [make(odd), make(odd), make(tight), make(tight)] == [1, 2, 3, 4]


def closure():
    held = Box()

    def use(key: int) -> int:
        return held.open(key)

    return use


@pytest.mark.parametrize("make", [closure, lambda: functools.partial(add, 1), Box])
def test_nothing_keeps_a_tool_once_it_is_used(make):
    tool = unillm.tool(made := make(), name="go")
    bind(made, {} if isinstance(made, functools.partial) else {"key": 1})()
    gone = weakref.ref(made)
    del made, tool
    gc.collect()
    assert gone() is None

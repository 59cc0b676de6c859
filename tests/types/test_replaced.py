"""Values with some fields replaced, and values that are completed before anybody has them."""

from dataclasses import dataclass, replace

import pytest

from unillm.types.replaced import completed, replaced


@dataclass(frozen=True, slots=True)
class Value:
    one: int
    two: str = "two"
    three: tuple[int, ...] = ()


def test_it_is_as_the_standard_library_has_it():
    value = Value(1, three=(3,))
    made = replaced(value, two="other")
    assert made == replace(value, two="other")
    assert value == Value(1, three=(3,))


def test_what_is_completed_is_the_same_object():
    value = Value(1)
    assert completed(value, two="other", three=(3,)) is value
    assert value == Value(1, "other", (3,))


def test_a_field_that_there_is_not_is_refused():
    with pytest.raises(KeyError, match="four"):
        replaced(Value(1), four=4)

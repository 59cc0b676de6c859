"""The table of failures is what the code does, and says something of each exception."""

import inspect

import pytest

from tables.failures import PAGE, page
from unillm import errors
from unillm.errors import UnillmError
from unillm.routing.failures import TABLE

KINDS = sorted(
    (
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, UnillmError)
    ),
    key=lambda kind: kind.__name__,
)
APART = {
    # The store may be back for the same call made again; within this one the target is left out.
    errors.BudgetUnavailableError
}


def row_of(kind):
    rows = {error: row for row in TABLE for error in row.errors}
    return next(rows[one] for one in kind.__mro__ if one in rows)


def test_the_table_is_made_from_what_the_code_does():
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "make tables"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_exception_has_a_row_that_agrees_with_it(kind):
    row = row_of(kind)
    assert (row.stays == kind.retryable) is (kind not in APART)


def test_no_exception_has_two_rows_and_every_row_is_reached():
    named = [error for row in TABLE for error in row.errors]
    assert len(named) == len(set(named))
    reached = {row_of(kind).kind for kind in KINDS}
    assert reached == {row.kind for row in TABLE}
    assert set(named) <= set(KINDS)

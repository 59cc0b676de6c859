"""Many rows in one test: a test for each would cost more than what it looks at."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def faulty(rows: Iterable[tuple[str, Any]], look: Callable[[Any], None]) -> list[str]:
    """Name each row that a look at it does not pass, with what was seen.

    Args:
        rows: The rows, each with its name.
        look: Raises, as an assertion does, if a row is not as it should be.
    """
    told: list[str] = []
    for name, row in rows:
        try:
            look(row)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told to the test
            told.append(f"{name}: {type(error).__name__}: {error}")
    return told

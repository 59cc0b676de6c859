"""How much the tests look at: while one works a part of it is enough, with CI=true it is all."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

ALL = os.environ.get("CI") == "true"
T = TypeVar("T")

FAMILIES = frozenset(
    f"tests/{name}.py"
    for name in (
        *("benchmarks/test_repair", "catalog/test_models", "client/test_keepalive"),
        *("client/test_recordings", "faults/test_matrix", "faults/test_over_responses"),
        *("faults/test_responses", "io/test_cancellation", "io/test_retries", "io/test_secrets"),
        *(
            "io/test_race_cancellation",
            "io/test_timeouts",
            "providers/test_over_strict_fakes",
            "repair/test_formats",
        ),
        *("repair/test_properties", "strict/test_conversations", "strict/test_matrix"),
        *("testing/test_fault_wire", "testing/test_rules", "wire/responses/test_wrong_types"),
        *("wire/test_fuzz", "wire/test_tears", "wire/test_torn_faults"),
    )
)
"""Files whose tests are run over dozens of cases of one kind: while one works, some of each do."""

_EVERY = 3
_FEW = 6


def share(count: int) -> int:
    """Return how many examples to try of a number of them."""
    return count if ALL else count * 2 // 5


def part(items: Sequence[T]) -> Sequence[T]:
    """Return what to try of some things: all, or every second."""
    return items if ALL else items[::2]


def cuts(body: bytes) -> Iterable[int]:
    """Give the places where bytes are cut in two: all, or those at line ends and every fifth.

    Within a line one place is much like the next.
    """
    if ALL:
        return range(1, len(body))
    ends = [at for at in range(len(body)) if body[at] in b"\r\n"]
    near = {place for at in ends for place in range(at - 1, at + 3)}
    return sorted({*range(1, len(body), 5), *near} & {*range(1, len(body))})


def thinned(items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Part tests into those to run and the others: of large families every third case is enough.

    The cases are taken as they stand, so that every process and every run takes the same.
    """
    sizes = Counter(family for item in items if (family := _family(item)))
    seen = Counter[str]()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        family = _family(item)
        few = family is None or sizes[family] <= _FEW
        (kept if few or seen[str(family)] % _EVERY == 0 else left).append(item)
        seen[str(family)] += 1
    return kept, left


def _family(item: pytest.Item) -> str | None:
    """Return the test that an item is one of many cases of; None: it stands for itself."""
    test, bracket, _ = item.nodeid.partition("[")
    return test if bracket and test.partition("::")[0] in FAMILIES else None

"""One way of searching for counterexamples: the same examples in every run."""

from hypothesis import HealthCheck, settings

from tests.effort import share

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def examples(count: int) -> settings:
    """Return settings that try so many examples with CI=true, the same ones each time."""
    return settings(
        max_examples=share(count),
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=SLOW,
    )

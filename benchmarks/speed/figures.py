"""Arithmetic over what was measured: medians, ratios within a round, spread between rounds."""

import statistics
from collections.abc import Mapping
from typing import Any

Measured = Mapping[str, Any]


def values(data: Measured, job: str, client: str, figure: str) -> list[float]:
    """Return the values of all rounds; none, if it was not measured."""
    return data["figures"].get(job, {}).get(client, {}).get(figure, [])


def median(data: Measured, job: str, client: str, figure: str) -> float | None:
    """Return the median over the rounds."""
    found = values(data, job, client, figure)
    return statistics.median(found) if found else None


def ratio(data: Measured, job: str, figure: str, one: str, other: str) -> float | None:
    """Return the median of the ratios of two clients, each taken within one round."""
    found = ratios(data, figure, (job, one), (job, other))
    return statistics.median(found) if found else None


def spreads(data: Measured, one: str) -> list[float]:
    """Return (largest - smallest) / median of the CPU ratios of a client to each other, sorted.

    Those with fewer than three rounds are left out.
    """
    found = [
        ratios(data, "cpu", (job, one), (job, other))
        for job, clients in data["figures"].items()
        for other in clients
        if other != one
    ]
    return sorted((max(r) - min(r)) / statistics.median(r) for r in found if len(r) >= 3)


def ratios(
    data: Measured, figure: str, one: tuple[str, str], other: tuple[str, str]
) -> list[float]:
    """Return the ratio in each round of what two clients came to, each in a job."""
    pairs = zip(
        values(data, *one, figure), values(data, *other, figure), strict=False
    )  # a slow one has fewer rounds
    return [first / second for first, second in pairs if second > 0]

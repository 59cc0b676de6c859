"""Arithmetic over what was measured: medians, ratios within a round, spread between rounds."""

import statistics
from collections.abc import Iterator, Mapping
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
    pairs = zip(
        values(data, job, one, figure), values(data, job, other, figure), strict=False
    )  # a slow one has fewer rounds
    found = [first / second for first, second in pairs if second > 0]
    return statistics.median(found) if found else None


def spreads(data: Measured) -> list[float]:
    """Return (largest - smallest) / median of each CPU figure with three rounds or more, sorted."""
    return sorted(_spreads(data))


def _spreads(data: Measured) -> Iterator[float]:
    for clients in data["figures"].values():
        for figures in clients.values():
            found = figures.get("cpu", [])
            if len(found) >= 3:
                yield (max(found) - min(found)) / statistics.median(found)

"""Who is asked first: strategies, constraints, and the arithmetic of health, all of it pure.

>>> from unillm.routing import Weighted
>>> Weighted({"openai:gpt-5.5": 3, "deepseek:deepseek-v4-pro": 1})
Weighted(weights={'openai:gpt-5.5': 3.0, 'deepseek:deepseek-v4-pro': 1.0})
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm.types.late import names_from

if TYPE_CHECKING:
    from unillm.routing.calibration import worth_keeping
    from unillm.routing.cascade import Cascade
    from unillm.routing.cheapest import Cheapest
    from unillm.routing.fallback import Fallback
    from unillm.routing.fastest import Fastest
    from unillm.routing.least_busy import LeastBusy
    from unillm.routing.multi_factor import MultiFactor
    from unillm.routing.registry import name_of, strategies, strategy_from, strategy_named
    from unillm.routing.route_table import Expected, RouteTable
    from unillm.routing.rules import Rules
    from unillm.routing.shadow import Shadow
    from unillm.routing.table import Table
    from unillm.routing.use_case import Recommendation, UseCase, recommendations
    from unillm.routing.weighted import Weighted
    from unillm.types.health import Stats
    from unillm.types.routing import Candidate, ExpectedCost, Ranked, RouteRequest, Strategy

__all__ = [
    "Candidate",
    "Cascade",
    "Cheapest",
    "Expected",
    "ExpectedCost",
    "Fallback",
    "Fastest",
    "LeastBusy",
    "MultiFactor",
    "Ranked",
    "Recommendation",
    "RouteRequest",
    "RouteTable",
    "Rules",
    "Shadow",
    "Stats",
    "Strategy",
    "Table",
    "UseCase",
    "Weighted",
    "name_of",
    "recommendations",
    "strategies",
    "strategy_from",
    "strategy_named",
    "worth_keeping",
]

_HOME = {  # loaded when they are first asked for
    "Candidate": "unillm.types.routing",
    "Cascade": "unillm.routing.cascade",
    "Cheapest": "unillm.routing.cheapest",
    "Expected": "unillm.routing.route_table",
    "ExpectedCost": "unillm.types.routing",
    "Fallback": "unillm.routing.fallback",
    "Fastest": "unillm.routing.fastest",
    "LeastBusy": "unillm.routing.least_busy",
    "MultiFactor": "unillm.routing.multi_factor",
    "Ranked": "unillm.types.routing",
    "Recommendation": "unillm.routing.use_case",
    "RouteRequest": "unillm.types.routing",
    "RouteTable": "unillm.routing.route_table",
    "Rules": "unillm.routing.rules",
    "Shadow": "unillm.routing.shadow",
    "Stats": "unillm.types.health",
    "Strategy": "unillm.types.routing",
    "Table": "unillm.routing.table",
    "UseCase": "unillm.routing.use_case",
    "Weighted": "unillm.routing.weighted",
    "name_of": "unillm.routing.registry",
    "recommendations": "unillm.routing.use_case",
    "strategies": "unillm.routing.registry",
    "strategy_from": "unillm.routing.registry",
    "strategy_named": "unillm.routing.registry",
    "worth_keeping": "unillm.routing.calibration",
}

__getattr__ = names_from(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)

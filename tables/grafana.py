"""The Grafana dashboard over what telemetry counts: `make tables`.

It reads the published names of metrics, as an OpenTelemetry SDK gives them to Prometheus: dots are
underscores, units and ``_total`` are at the end. Panels stand in rows of 24 columns.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

BOARD = Path(__file__).parent.parent / "docs" / "grafana" / "unillm.json"

WHO = 'gen_ai_provider_name=~"$provider", gen_ai_request_model=~"$model"'
COST = f"unillm_client_cost_total{{{WHO}}}"
UNKNOWN = f"unillm_client_cost_unknown_total{{{WHO}}}"
ATTEMPTS = f"unillm_client_attempts_total{{{WHO}}}"
CALLS = f"gen_ai_client_operation_duration_seconds_count{{{WHO}}}"
FAILED = f'gen_ai_client_operation_duration_seconds_count{{{WHO}, error_type!=""}}'
TOKENS = f"gen_ai_client_token_usage_sum{{{WHO}}}"
INPUT = f'gen_ai_client_token_usage_sum{{{WHO}, gen_ai_token_type="input"}}'
PARTS = f"unillm_client_token_parts_total{{{WHO}}}"
CACHED = f'unillm_client_token_parts_total{{{WHO}, unillm_token_part="cached_input"}}'

MONTH = "days_in_month() * 86400"
GONE = "clamp_min((day_of_month() - 1) * 86400 + hour() * 3600 + minute() * 60, 3600)"
"""Seconds of the month that are over, an hour at least: of less nothing can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        title: What it shows.
        queries: Its queries, each with the legend of its lines.
        kind: How it shows it.
        unit: Grafana's word for the unit.
        width: Columns of 24.
        height: Rows.
        since: The time it shows; None: what the dashboard is set to.
        about: What should be known of it.
        stacked: Whether its lines stand on each other.
        red_from: The value from which it is alarming; None: none is.
    """

    title: str
    queries: Sequence[tuple[str, str]]
    kind: Literal["stat", "timeseries", "table"] = "timeseries"
    unit: str = "short"
    width: int = 12
    height: int = 8
    since: str | None = None
    about: str = ""
    stacked: bool = False
    red_from: float | None = None


@dataclass(slots=True)
class _Place:
    x: int = 0
    y: int = 0
    lowest: int = 0
    panels: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def _quantiles(metric: str) -> list[tuple[str, str]]:
    rate = f"sum by (le) (rate({metric}_bucket{{{WHO}}}[$__rate_interval]))"
    return [(f"histogram_quantile({q / 100:g}, {rate})", f"p{q}") for q in (50, 95, 99)]


def _hourly(by: str) -> str:
    return f"3600 * sum by ({by}) (rate({COST}[$__rate_interval]))"


PANELS: Sequence[str | Panel] = (
    "Money",
    Panel(
        title="Spend today",
        queries=[(f"sum(increase({COST}[$__range]))", "today")],
        kind="stat",
        unit="currencyUSD",
        width=4,
        height=4,
        since="now/d",
        about="Exact and estimated costs, and of bounded ones the upper bound.",
    ),
    Panel(
        title="Spend this month",
        queries=[(f"sum(increase({COST}[$__range]))", "month")],
        kind="stat",
        unit="currencyUSD",
        width=4,
        height=4,
        since="now/M",
    ),
    Panel(
        title="Projected month",
        queries=[(f"sum(increase({COST}[$__range])) / ({GONE}) * ({MONTH})", "projected")],
        kind="stat",
        unit="currencyUSD",
        width=4,
        height=4,
        since="now/M",
        about="This month so far, carried on at the same pace to its end.",
    ),
    Panel(
        title="Known as a bound only",
        queries=[
            (
                (
                    f'(sum(increase(unillm_client_cost_total{{{WHO}, unillm_cost_state="bounded"}}'
                    f"[$__range])) or vector(0)) / sum(increase({COST}[$__range]))"
                ),
                "bounded",
            )
        ],
        kind="stat",
        unit="percentunit",
        width=4,
        height=4,
        red_from=0.1,
        about="The share of the spend that is an upper bound: streams that were cut or cancelled.",
    ),
    Panel(
        title="Calls without a known cost",
        queries=[(f"sum(increase({UNKNOWN}[$__range])) or vector(0)", "unknown")],
        kind="stat",
        width=4,
        height=4,
        red_from=1,
        about="A part of their cost is in no sum of this page. Add a price for their model.",
    ),
    Panel(
        title="Cost of a call",
        queries=[(f"sum(increase({COST}[$__range])) / sum(increase({CALLS}[$__range]))", "mean")],
        kind="stat",
        unit="currencyUSD",
        width=4,
        height=4,
    ),
    Panel(
        title="Cost by model, an hour",
        queries=[(_hourly("gen_ai_request_model"), "{{gen_ai_request_model}}")],
        unit="currencyUSD",
        width=8,
        stacked=True,
    ),
    Panel(
        title="Cost by provider, an hour",
        queries=[(_hourly("gen_ai_provider_name"), "{{gen_ai_provider_name}}")],
        unit="currencyUSD",
        width=8,
        stacked=True,
    ),
    Panel(
        title="Cost by ${tag}, an hour",
        queries=[(_hourly("unillm_tag_${tag}"), "{{unillm_tag_${tag}}}")],
        unit="currencyUSD",
        width=8,
        stacked=True,
        about="A tag that Telemetry(metric_tags=…) names.",
    ),
    Panel(
        title="Spend by provider and model",
        queries=[
            (
                (
                    "sort_desc(sum by (gen_ai_provider_name, gen_ai_request_model) "
                    f"(increase({COST}[$__range])))"
                ),
                "spend",
            )
        ],
        kind="table",
        unit="currencyUSD",
    ),
    Panel(
        title="Cost by how sure it is, an hour",
        queries=[(_hourly("unillm_cost_state"), "{{unillm_cost_state}}")],
        unit="currencyUSD",
        stacked=True,
    ),
    "Tokens",
    Panel(
        title="Tokens, a second",
        queries=[
            (
                f"sum by (gen_ai_token_type) (rate({TOKENS}[$__rate_interval]))",
                "{{gen_ai_token_type}}",
            ),
            (
                f"sum by (unillm_token_part) (rate({PARTS}[$__rate_interval]))",
                "of these {{unillm_token_part}}",
            ),
        ],
    ),
    Panel(
        title="Share of the prompts from a cache",
        queries=[
            (
                (
                    f"sum by (gen_ai_request_model) (rate({CACHED}[$__rate_interval])) / "
                    f"sum by (gen_ai_request_model) (rate({INPUT}[$__rate_interval]))"
                ),
                "{{gen_ai_request_model}}",
            )
        ],
        unit="percentunit",
    ),
    "Calls",
    Panel(
        title="Calls",
        queries=[(f"sum(increase({CALLS}[$__range]))", "calls")],
        kind="stat",
        width=4,
        height=4,
    ),
    Panel(
        title="Calls that failed",
        queries=[
            (
                (
                    f"(sum(increase({FAILED}[$__range])) or vector(0)) / "
                    f"sum(increase({CALLS}[$__range]))"
                ),
                "failed",
            )
        ],
        kind="stat",
        unit="percentunit",
        width=4,
        height=4,
        red_from=0.05,
    ),
    Panel(
        title="Attempts for a call",
        queries=[
            (f"sum(increase({ATTEMPTS}[$__range])) / sum(increase({CALLS}[$__range]))", "attempts")
        ],
        kind="stat",
        width=4,
        height=4,
        red_from=1.5,
        about="1 where nothing is tried again. Retries, fallbacks and asking again count.",
    ),
    Panel(
        title="Attempts that failed, by reason",
        queries=[
            (
                (
                    "sum by (gen_ai_provider_name, error_type) "
                    f'(rate(unillm_client_attempts_total{{{WHO}, unillm_outcome="error"}}'
                    "[$__rate_interval]))"
                ),
                "{{gen_ai_provider_name}} {{error_type}}",
            )
        ],
        width=12,
        height=8,
        unit="reqps",
        stacked=True,
    ),
    Panel(
        title="Calls by model, a second",
        queries=[
            (
                f"sum by (gen_ai_request_model) (rate({CALLS}[$__rate_interval]))",
                "{{gen_ai_request_model}}",
            )
        ],
        unit="reqps",
        stacked=True,
    ),
    Panel(
        title="Attempts by provider, a second",
        queries=[
            (
                (
                    f"sum by (gen_ai_provider_name, unillm_outcome) (rate({ATTEMPTS}"
                    "[$__rate_interval]))"
                ),
                "{{gen_ai_provider_name}} {{unillm_outcome}}",
            )
        ],
        unit="reqps",
        stacked=True,
    ),
    "Time",
    Panel(
        title="Duration of a call",
        queries=_quantiles("gen_ai_client_operation_duration_seconds"),
        unit="s",
        width=8,
    ),
    Panel(
        title="Time to the first chunk of a stream",
        queries=_quantiles("gen_ai_client_operation_time_to_first_chunk_seconds"),
        unit="s",
        width=8,
    ),
    Panel(
        title="Time of each further chunk",
        queries=_quantiles("gen_ai_client_operation_time_per_output_chunk_seconds"),
        unit="s",
        width=8,
    ),
)


def board() -> str:
    """Return the dashboard as Grafana imports it."""
    place = _Place()
    for number, panel in enumerate(PANELS, 1):
        if isinstance(panel, str):
            place.panels.append(_row(panel, number, place))
        else:
            place.panels.append(_panel(panel, number, place))
    made = {
        "title": "unillm",
        "uid": "unillm",
        "description": "What language models cost, how much they are used, how long they take.",
        "tags": ["unillm", "llm"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": _variables()},
        "annotations": {"list": []},
        "panels": place.panels,
    }
    return json.dumps(made, indent=2) + "\n"


def _source() -> dict[str, str]:
    return {"type": "prometheus", "uid": "${datasource}"}


def _variables() -> list[dict[str, Any]]:
    asked = "gen_ai_client_operation_duration_seconds_count"
    chosen = [
        {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": _source(),
            "query": f"label_values({asked}, {label})",
            "refresh": 2,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        }
        for name, label in (("provider", "gen_ai_provider_name"), ("model", "gen_ai_request_model"))
    ]
    tag = {
        "name": "tag",
        "label": "Tag",
        "type": "textbox",
        "query": "team",
        "current": {"text": "team", "value": "team"},
    }
    source = {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
    }
    return [source, *chosen, tag]


def _row(title: str, number: int, place: _Place) -> dict[str, Any]:
    place.x, place.y = 0, place.lowest
    at = {"x": 0, "y": place.y, "w": 24, "h": 1}
    place.y += 1
    place.lowest = place.y
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": at}


def _panel(panel: Panel, number: int, place: _Place) -> dict[str, Any]:
    if place.x + panel.width > 24:
        place.x, place.y = 0, place.lowest
    at = {"x": place.x, "y": place.y, "w": panel.width, "h": panel.height}
    place.x += panel.width
    place.lowest = max(place.lowest, place.y + panel.height)
    made = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _source(),
        "gridPos": at,
        "targets": [
            {
                "refId": chr(ord("A") + letter),
                "datasource": _source(),
                "expr": expr,
                "legendFormat": legend,
                "instant": panel.kind != "timeseries",
                "range": panel.kind == "timeseries",
                **({"format": "table"} if panel.kind == "table" else {}),
            }
            for letter, (expr, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
    }
    if panel.about:
        made["description"] = panel.about
    if panel.since is not None:
        made["timeFrom"] = panel.since
    return made


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    made: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if panel.kind == "timeseries":
        made["custom"] = {
            "fillOpacity": 30 if panel.stacked else 0,
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "showPoints": "never",
        }
    return made


def _options(panel: Panel) -> dict[str, Any]:
    match panel.kind:
        case "stat":
            return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
        case "table":
            return {"showHeader": True}
        case "timeseries":
            return {"legend": {"showLegend": True, "calcs": ["max", "lastNotNull"]}}


if __name__ == "__main__":
    BOARD.parent.mkdir(exist_ok=True)
    BOARD.write_text(board(), encoding="utf-8")
    sys.stdout.write("tables  ok: docs/grafana/unillm.json\n")

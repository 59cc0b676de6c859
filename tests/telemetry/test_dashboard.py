"""Each query of the dashboard asks for what an export has, and a real Prometheus answers it."""

import json
import re
from collections.abc import Iterator

import prometheus_client
import promql_parser as promql
import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client.parser import text_string_to_metric_families

from tables.grafana import BOARD, board
from tests.telemetry.prometheus import binary, make_calls, running
from unillm.testing import FakeProvider

SAVED = json.loads(BOARD.read_text(encoding="utf-8"))
PANELS = [panel for panel in SAVED["panels"] if panel["type"] != "row"]
FILLED = {
    "$provider": ".*",
    "$model": ".*",
    "${tag}": "team",
    "$__rate_interval": "1m",
    "$__range": "5m",
}
QUERIES = {
    f"{panel['title']} {target['refId']}": target for panel in PANELS for target in panel["targets"]
}


def filled(text):
    """Put in what Grafana puts in for its variables."""
    for variable, value in FILLED.items():
        text = text.replace(variable, value)
    return text


def selected(node, grouped=frozenset()) -> Iterator[tuple[str, set[str]]]:
    """Give each metric that an expression reads, and the labels that are asked of it."""
    match type(node).__name__:
        case "VectorSelector":
            asked = {matcher.name for matcher in node.matchers.matchers}
            yield node.name, asked | grouped
        case "MatrixSelector":
            yield from selected(node.vector_selector, grouped)
        case "AggregateExpr":
            labels = set(node.modifier.labels) if node.modifier else set()
            yield from selected(node.expr, grouped | labels)
        case "Call":
            for argument in node.args:
                yield from selected(argument, grouped)
        case "BinaryExpr":
            yield from selected(node.lhs, grouped)
            yield from selected(node.rhs, grouped)
        case "ParenExpr":
            yield from selected(node.expr, grouped)
        case "NumberLiteral":
            return
        case other:
            pytest.fail(f"a query has what this test does not read: {other}")


@pytest.fixture(scope="module")
def meters():
    reader = PrometheusMetricReader()
    made = MeterProvider([reader])
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def provider():
    """Give one provider for all calls: at another port it would be another series."""
    with FakeProvider() as fake:
        yield fake


@pytest.fixture(scope="module")
def exported(meters, provider):
    """Give the labels of each sample of a real export, by its name."""
    make_calls(meters, provider)
    text = prometheus_client.generate_latest().decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_the_dashboard_is_what_its_table_makes():
    assert BOARD.read_text(encoding="utf-8") == board(), "make tables"


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_what_is_exported(name, exported):
    target = QUERIES[name]
    read = list(selected(promql.parse(filled(target["expr"]))))
    assert read
    for metric, labels in read:
        assert metric in exported
        assert labels - exported[metric] == set()
    shown = set(re.findall(r"{{(\w+)}}", filled(target["legendFormat"])))
    assert shown <= set().union(*(labels for _, labels in read))


def test_what_the_test_reads_queries_with_sees_what_is_wrong(exported):
    (one,) = selected(promql.parse('sum by (nothing) (rate(no_such{where="x"}[1m]))'))
    assert one == ("no_such", {"where", "nothing"})
    assert "no_such" not in exported


def test_panels_do_not_lie_on_each_other():
    taken: set[tuple[int, int]] = set()
    for panel in SAVED["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in SAVED["panels"]}) == len(SAVED["panels"])


def test_variables_are_those_that_queries_have():
    names = {one["name"] for one in SAVED["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(SAVED["panels"])))
    assert used == names


@pytest.mark.slow
def test_a_real_prometheus_answers_every_query(meters, provider, exported, tmp_path):
    binary()
    server, thread = prometheus_client.start_http_server(0, "127.0.0.1")
    try:
        with running(tmp_path, server.server_port) as prometheus:
            calls = "gen_ai_client_operation_duration_seconds_count"
            prometheus.until(calls)
            make_calls(meters, provider)
            prometheus.until(f'increase({calls}{{error_type=""}}[5m]) > 0')
            # The last of the calls: all were seen by then.
            prometheus.until(f'increase({calls}{{error_type!=""}}[5m]) > 0')
            prometheus.until("increase(unillm_client_cost_total[5m]) > 0")
            answers = {
                name: prometheus.query(filled(target["expr"])) for name, target in QUERIES.items()
            }
            for one in SAVED["templating"]["list"]:
                if one["type"] == "query":
                    asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", one["query"])
                    assert asked is not None
                    assert prometheus.query(f"count by ({asked[2]}) ({asked[1]})")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert [name for name, result in answers.items() if not result] == []
    for name in ("Spend today A", "Spend this month A", "Projected month A", "Calls A"):
        assert float(answers[name][0]["value"][1]) > 0, name
    assert 0 < float(answers["Calls that failed A"][0]["value"][1]) < 1
    assert float(answers["Attempts for a call A"][0]["value"][1]) > 1
    models = {
        one["metric"]["gen_ai_request_model"] for one in answers["Calls by model, a second A"]
    }
    assert models == {"deepseek-v4-pro", "of-no-price"}

"""Spans tell which route chose, and why each attempt was made, at whom it was made."""

from tests.ledger.made import attempt, record
from unillm import Decision
from unillm._flow.operation import Operation
from unillm._flow.tree import nobody
from unillm.telemetry.attributes import ended
from unillm.telemetry.names import ATTRIBUTES
from unillm.types.policy import Timeout

FAST = Decision(route="fast", strategy="cheapest", order=("openai:gpt-5.5",))


def told(decision):
    operation = Operation(id="1", target=nobody("fast"), streamed=False, timeout=Timeout())
    return ended(operation, record(attempt("1"), decision=decision), "published")


def test_the_span_of_an_operation_names_its_route_and_strategy():
    found = told(FAST)
    assert (found["unillm.route"], found["unillm.route.strategy"]) == ("fast", "cheapest")


def test_a_model_that_was_named_has_no_route():
    for decision in (None, Decision(route=None, strategy="fallback", order=())):
        assert not any(name.startswith("unillm.route") for name in told(decision))


def test_names_of_ours_are_in_our_own_space():
    for word in ("route", "strategy", "attempt.role"):
        assert ATTRIBUTES[word].source == "unillm"
        assert str(ATTRIBUTES[word].published).startswith("unillm.")

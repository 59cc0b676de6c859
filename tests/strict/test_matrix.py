"""Model x settings x features x streaming: the strict fakes take every request, or we refuse it.

What we refuse has not been sent, and the error says what to do instead. What was asked for is on
the wire or noted on the answer.
"""

from __future__ import annotations

import pytest

from tests.strict.cases import EFFORTS, cases, pairs
from tests.strict.hosts import OPEN, rules_for, served, usual
from tests.strict.matrix import Host, wrong
from unillm.providers import names
from unillm.testing import rules


def host_of(name: str, model: str) -> Host:
    """Return the strict host of a model, as it is started for that model."""
    return Host(name, rules_for(name, model))


ROWS = [(name, model) for name in names() for model in served(name)]
FEW = [
    ("openai", "gpt-5.5"),
    ("openai", "gpt-5.5-pro"),
    ("openai", "gpt-6.1-sol"),
    ("deepseek", "deepseek-v4-pro"),
    ("deepseek", "deepseek-flash"),
    ("vllm", OPEN[1]),
    *((name, usual(name)) for name in names() if name not in {"openai", "deepseek", "vllm"}),
]
"""One model of each kind."""
BOTH = (False, True)


def test_every_provider_has_a_strict_fake():
    assert set(names()) <= set(rules.names())
    assert {name for name, _ in FEW} == set(names())


@pytest.mark.parametrize(("host", "model"), FEW)
def test_every_feature_with_some_efforts(host, model):
    efforts = (None, "none")
    assert list(wrong(host_of(host, model), model, cases(), efforts, [True])) == []


@pytest.mark.slow  # some minutes in all; the few above say most of it
@pytest.mark.parametrize(("host", "model"), ROWS)
def test_every_feature_with_every_effort(host, model):
    assert list(wrong(host_of(host, model), model, cases(), EFFORTS, BOTH)) == []


@pytest.mark.slow  # as above
@pytest.mark.parametrize(("host", "model"), FEW)
def test_every_conversation_with_every_setting(host, model):
    efforts = (None, "none", "high")
    assert list(wrong(host_of(host, model), model, pairs(), efforts, [False])) == []

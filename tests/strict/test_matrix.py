"""Model x settings x features x streaming: the strict fakes take every request, or we refuse it.

What we refuse has not been sent, and the error says what to do instead. What was asked for is on
the wire or noted on the answer.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.strict.cases import EFFORTS, cases, pairs
from tests.strict.matrix import Host, wrong
from unillm.catalog import models
from unillm.testing.rules import get

TODAY = date(2026, 11, 28)
DEEPSEEK = ("deepseek-flash", "deepseek-v4-pro", "deepseek-v4-flash")
OPEN = ("deepseek-ai/DeepSeek-V4-Pro-0813", "deepseek-ai/DeepSeek-V4.1-Flash", "some-other-model")
OPENAI = tuple(info.id for info in models("openai") if info.retired is None or info.retired > TODAY)
ROWS = [("openai", name) for name in OPENAI]
ROWS += [("deepseek", name) for name in DEEPSEEK]
ROWS += [("vllm", name) for name in OPEN]
READERS = get("vllm").without("image")
"""A server with a model that reads images."""


def host_of(name: str, model: str) -> Host:
    """Return the strict host of a model, as it is started for that model."""
    return Host(name, READERS if model in OPEN[1:] else name)


FEW = [
    ("openai", "gpt-5.5"),
    ("openai", "gpt-5.5-pro"),
    ("openai", "gpt-6.1-sol"),
    ("deepseek", "deepseek-v4-pro"),
    ("deepseek", "deepseek-flash"),
    ("vllm", OPEN[1]),
]
"""One model of each kind."""
BOTH = (False, True)


@pytest.mark.parametrize(("host", "model"), FEW)
def test_every_feature_with_some_efforts(host, model):
    efforts = (None, "none")
    assert list(wrong(host_of(host, model), model, cases(), efforts, [True])) == []


@pytest.mark.slow  # a minute in all; the few above say most of it
@pytest.mark.parametrize(("host", "model"), ROWS)
def test_every_feature_with_every_effort(host, model):
    assert list(wrong(host_of(host, model), model, cases(), EFFORTS, BOTH)) == []


@pytest.mark.slow  # as above
@pytest.mark.parametrize(("host", "model"), FEW)
def test_every_conversation_with_every_setting(host, model):
    efforts = (None, "none", "high")
    assert list(wrong(host_of(host, model), model, pairs(), efforts, [False])) == []

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

TODAY = date(2026, 11, 28)
DEEPSEEK = ("deepseek-flash", "deepseek-v4-pro", "deepseek-v4-flash")
OPEN = ("deepseek-ai/DeepSeek-V4-Pro-0813", "deepseek-ai/DeepSeek-V4.1-Flash", "some-other-model")
OPENAI = tuple(info.id for info in models("openai") if info.retired is None or info.retired > TODAY)
ROWS = [("openai", name) for name in OPENAI]
ROWS += [("deepseek", name) for name in DEEPSEEK]
ROWS += [("vllm", name) for name in OPEN]


@pytest.mark.parametrize(("host", "model"), ROWS)
def test_every_feature_with_every_effort(host, model):
    assert list(wrong(Host(host, host), [model], cases(), EFFORTS)) == []


@pytest.mark.slow  # some minutes of pairs, of which single features say most
@pytest.mark.parametrize(("host", "model"), ROWS)
def test_every_conversation_with_every_setting(host, model):
    efforts = (None, "none", "high")
    assert list(wrong(Host(host, host), [model], pairs(), efforts)) == []

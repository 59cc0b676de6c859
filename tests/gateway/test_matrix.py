"""Every named fault over every protocol: what comes out is what the client answers, or an error.

Judged by the packages of OpenAI and Anthropic; held against the client itself, asked directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import unillm
from tests.faults.expected import STALLS
from tests.gateway import judges
from tests.gateway.running import CHAT_TOOL, WEATHER, Gateway, running
from unillm import Provider, RetryPolicy, Timeout
from unillm.testing import FakeProvider, faults

ASKED = "What is the weather?"
NAMES = [name for name in faults.names() if not name.startswith("responses-")]
BODIES: dict[str, dict[str, Any]] = {
    "chat": {"messages": [{"role": "user", "content": ASKED}], "tools": [CHAT_TOOL]},
    "responses": {
        "input": [{"role": "user", "content": ASKED}],
        "tools": [{"type": "function", **WEATHER}],
        "store": False,
    },
    "messages": {
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": ASKED}],
        "tools": [{"name": WEATHER["name"], "input_schema": WEATHER["parameters"]}],
    },
}
JUDGES: dict[str, Callable[..., judges.Told]] = {
    "chat": judges.chat,
    "responses": judges.responses,
    "messages": judges.messages,
}
OPTIONS: dict[str, Any] = {
    "retry": RetryPolicy(max_attempts=2, first_wait=0, max_wait=0.06),
    "rewrite": ("tool_choice",),
}
TIME = {False: Timeout(first_token=20, idle=20), True: Timeout(first_token=0.3, idle=0.3)}


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[bool, Gateway]]:
    """One with much patience, and one with little for what is silent."""
    with FakeProvider() as fake:
        options = {name: {**OPTIONS, "timeout": timeout} for name, timeout in TIME.items()}
        with (
            running(fake, options=options[False], session_budget=None) as patient,
            running(fake, options=options[True], session_budget=None) as hasty,
        ):
            yield {False: patient, True: hasty}


def answered(fake: FakeProvider, name: str, *, stream: bool) -> tuple[Any, bool]:
    """Return what the client itself says, None where it raises; and whether it began anew."""
    provider = Provider("deepseek", base_url=fake.base_url, api_key="k")
    options = {**OPTIONS, "timeout": TIME[name in STALLS], "on_midstream_error": "restart"}
    anew = False
    with unillm.Client(providers=[provider], **options) as client:
        call = {"messages": ASKED, "model": f"deepseek:{name}", "tools": [CHAT_TOOL]}
        try:
            if stream:
                with client.stream(**call) as events:
                    kinds = {type(one) for one in events}
                anew = unillm.StreamRestarted in kinds
                response = events.response
            else:
                response = client.chat(**call)
        except unillm.UnillmError:
            return None, anew
    return (response.text, [(call.name, call.arguments) for call in response.tool_calls]), anew


OFTEN = frozenset(
    {
        "arguments-cut",
        "arguments-missing-brace",
        "arguments-single-quotes",
        "call-finish-hides-cut",
        "call-finish-stop",
        "call-id-missing",
        "call-id-same-twice",
        "call-index-zero",
        "cut-in-arguments",
        "cut-in-text",
        "dsml-in-text",
        "eof-in-arguments",
        "eof-in-text",
        "error-in-text",
        "finish-length",
        "leaked-cut-inside",
        "leaked-fence",
        "leaked-two-calls",
        "reasoning-content",
        "status-500",
        "usage-missing",
    }
)
"""What agents meet most; the others are looked at less often."""
CASES = [pytest.param(n, marks=() if n in OFTEN else pytest.mark.slow) for n in NAMES]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_it_is_what_the_client_says(
    gateways: dict[bool, Gateway], name: str, *, stream: bool
) -> None:
    gateway = gateways[name in STALLS]
    expected, anew = answered(gateway.fake, name, stream=stream)
    for face, judge in JUDGES.items():
        told = judge(gateway, {**BODIES[face], "model": f"deepseek:{name}"}, stream=stream)
        if told.error is not None:
            assert expected is None or anew, (face, told.error)
        else:
            assert told.said == expected, face

"""Whatever is written with Anthropic's SDKs."""

from __future__ import annotations

from unillm.gateway.agents.agent import Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    return Setup(
        variables={"ANTHROPIC_BASE_URL": gateway.root, "ANTHROPIC_API_KEY": gateway.key},
        first="your program, with the model named in it",
    )


AGENT = Agent(
    name="anthropic",
    title="Anthropic's SDKs",
    speaks=("Messages",),
    setup=_setup,
    tried="2.14.0",
    on="2026-11-29",
    source="anthropic 2.14.0, _client.py, read 2026-11-29",
)

"""Whatever is written with OpenAI's SDKs."""

from __future__ import annotations

from unillm.gateway.agents.agent import Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    return Setup(
        variables={"OPENAI_BASE_URL": gateway.url, "OPENAI_API_KEY": gateway.key},
        first="your program, with the model named in it",
    )


AGENT = Agent(
    name="openai",
    title="OpenAI's SDKs",
    speaks=("Chat Completions", "Responses"),
    setup=_setup,
    tried="3.57.0",
    on="2026-11-29",
    source="openai 3.57.0, _client.py, read 2026-11-29",
)

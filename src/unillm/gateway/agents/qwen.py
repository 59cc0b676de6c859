"""Qwen Code, over Chat Completions."""

from __future__ import annotations

from unillm.gateway.agents.agent import ASKED, Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    return Setup(
        variables={
            "OPENAI_BASE_URL": gateway.url,
            "OPENAI_API_KEY": gateway.key,
            "OPENAI_MODEL": gateway.model,
        },
        first=f'qwen --auth-type openai -p "{ASKED}"',
    )


AGENT = Agent(
    name="qwen",
    title="Qwen Code",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="0.24.4",
    on="2026-11-29",
    source="https://qwenlm.github.io/qwen-code-docs/en/users/configuration/auth, read 2026-11-29",
)

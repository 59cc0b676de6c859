"""aider: edits by text, over Chat Completions."""

from __future__ import annotations

from unillm.gateway.agents.agent import Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    return Setup(
        variables={
            "OPENAI_API_BASE": gateway.url,
            "OPENAI_API_KEY": gateway.key,
            "AIDER_MODEL": f"openai/{gateway.model}",  # openai/ is aider's, and is not sent
        },
        first="aider --no-show-model-warnings",
    )


AGENT = Agent(
    name="aider",
    title="aider",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="0.86.2",
    on="2026-11-29",
    source="https://aider.chat/docs/llms/openai-compat.html and "
    "https://aider.chat/docs/config/dotenv.html, read 2026-11-29",
)

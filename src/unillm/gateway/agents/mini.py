"""mini-swe-agent, over Chat Completions, never streamed."""

from __future__ import annotations

from unillm.gateway.agents.agent import ASKED, Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    return Setup(
        variables={
            "OPENAI_API_BASE": gateway.url,
            "OPENAI_API_KEY": gateway.key,
            "MSWEA_MODEL_NAME": f"openai/{gateway.model}",  # openai/ is LiteLLM's, and is not sent
            "MSWEA_COST_TRACKING": "ignore_errors",  # it knows no price, and would end
            "MSWEA_CONFIGURED": "true",
        },
        first=f'mini -t "{ASKED}"',
    )


AGENT = Agent(
    name="mini",
    title="mini-swe-agent",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="2.4.6",
    on="2026-11-29",
    source="mini-swe-agent 2.4.6, models/__init__.py and run/utilities/config.py, read 2026-11-29",
)

"""goose, over Chat Completions."""

from __future__ import annotations

from unillm.gateway.agents.agent import ASKED, Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    limit = {} if gateway.context is None else {"GOOSE_CONTEXT_LIMIT": str(gateway.context)}
    return Setup(
        variables={
            "GOOSE_PROVIDER": "openai",
            "GOOSE_MODEL": gateway.model,
            **limit,
            "OPENAI_HOST": gateway.root,
            "OPENAI_BASE_PATH": "v1/chat/completions",
            "OPENAI_API_KEY": gateway.key,
        },
        first=f'goose run --no-session -t "{ASKED}"',
    )


AGENT = Agent(
    name="goose",
    title="goose",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="1.52.0",
    on="2026-11-29",
    source="https://goose-docs.ai/docs/guides/environment-variables, read 2026-11-29",
)

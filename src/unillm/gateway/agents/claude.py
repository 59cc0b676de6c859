"""Claude Code, over the Messages API."""

from __future__ import annotations

from unillm.gateway.agents.agent import ASKED, Agent, Gateway, Setup

_MODELS = (
    "ANTHROPIC_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",  # read by versions that know none of the others
    "CLAUDE_CODE_SUBAGENT_MODEL",
)
"""What it reads a model's name from: in the background it asks for others than the one chosen."""


def _setup(gateway: Gateway) -> Setup:
    return Setup(
        variables={
            "ANTHROPIC_BASE_URL": gateway.root,  # it adds /v1 itself
            "ANTHROPIC_AUTH_TOKEN": gateway.key,
            "ANTHROPIC_API_KEY": None,  # with both it warns, and shows both
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            **dict.fromkeys(_MODELS, gateway.model),
            **_window(gateway),
        },
        first=f'claude -p "{ASKED}"',
    )


def _window(gateway: Gateway) -> dict[str, str | None]:
    """Return how large the context of the model is: of names it does not know it takes a guess."""
    if gateway.context is None:
        return {}
    return {"CLAUDE_CODE_MAX_CONTEXT_TOKENS": str(gateway.context)}


AGENT = Agent(
    name="claude",
    title="Claude Code",
    speaks=("Messages",),
    setup=_setup,
    tried="2.1.332",
    on="2026-11-29",
    source="https://code.claude.com/docs/en/env-vars and /model-config, and the names in the "
    "program itself, read 2026-11-29",
)

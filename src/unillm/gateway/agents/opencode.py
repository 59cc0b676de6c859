"""opencode, over Chat Completions."""

from __future__ import annotations

import json

from unillm.gateway.agents.agent import ASKED, KEY, Agent, Gateway, Setup


def _setup(gateway: Gateway) -> Setup:
    model: dict[str, object] = {"name": gateway.model}
    if gateway.context is not None and gateway.output is not None:
        model["limit"] = {"context": gateway.context, "output": gateway.output}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "unillm",
        "options": {"baseURL": gateway.url, "apiKey": f"{{env:{KEY}}}"},
        "models": {gateway.model: model},
    }
    name = f"unillm/{gateway.model}"
    settings = {"provider": {"unillm": provider}, "model": name, "small_model": name}
    return Setup(
        # Laid over the configuration that there is, in memory.
        variables={KEY: gateway.key, "OPENCODE_CONFIG_CONTENT": json.dumps(settings)},
        first=f'opencode run "{ASKED}"',
    )


AGENT = Agent(
    name="opencode",
    title="opencode",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="1.18.33",
    on="2026-11-29",
    source="https://opencode.ai/docs/en/config, read 2026-11-29",
)

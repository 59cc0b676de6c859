"""Codex, over the Responses API."""

from __future__ import annotations

import json

from unillm.gateway.agents.agent import ASKED, KEY, Agent, File, Gateway, Setup

_PATH = '"${CODEX_HOME:-$HOME/.codex}/unillm.config.toml"'
"""A profile: a layer over the user's own configuration, chosen by ``--profile unillm``."""


def _setup(gateway: Gateway) -> Setup:
    lines = [
        f"model = {json.dumps(gateway.model)}",
        'model_provider = "unillm"',
        *([] if gateway.context is None else [f"model_context_window = {gateway.context}"]),
        "",
        "[model_providers.unillm]",
        'name = "unillm"',
        f"base_url = {json.dumps(gateway.url)}",
        'wire_api = "responses"',
        f'env_key = "{KEY}"',
    ]
    return Setup(
        variables={KEY: gateway.key},
        files=(File(path=_PATH, text="\n".join(lines)),),
        first=f'codex exec --profile unillm "{ASKED}"',
    )


AGENT = Agent(
    name="codex",
    title="Codex",
    speaks=("Responses",),
    setup=_setup,
    tried="0.171.0",
    on="2026-11-29",
    source="https://developers.openai.com/codex/config-advanced, read 2026-11-29",
)

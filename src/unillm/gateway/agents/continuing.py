"""Continue in a terminal (``cn``), over Chat Completions."""

from __future__ import annotations

import json

from unillm.gateway.agents.agent import ASKED, KEY, Agent, File, Gateway, Setup, own_file

_PATH = own_file("continue.yaml")


def _setup(gateway: Gateway) -> Setup:
    lines = [
        "name: unillm",
        "version: 1.0.0",
        "schema: v1",
        "models:",
        f"  - name: {json.dumps(gateway.model)}",
        "    provider: openai",
        f"    model: {json.dumps(gateway.model)}",
        f"    apiBase: {json.dumps(gateway.url)}",
        f"    apiKey: ${{{{ secrets.{KEY} }}}}",
        "    roles: [chat]",
        "    capabilities: [tool_use]",
    ]
    if gateway.context is not None:
        lines += ["    defaultCompletionOptions:", f"      contextLength: {gateway.context}"]
    return Setup(
        variables={KEY: gateway.key},
        files=(File(path=_PATH, text="\n".join(lines)),),
        first=f'cn --config {_PATH} -p "{ASKED}"',
    )


AGENT = Agent(
    name="continue",
    title="Continue",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="1.5.47",
    on="2026-11-29",
    source="https://docs.continue.dev/reference, read 2026-11-29",
)

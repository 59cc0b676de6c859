"""pi, over Chat Completions."""

from __future__ import annotations

import json
import shlex

from unillm.gateway.agents.agent import ASKED, KEY, Agent, File, Gateway, Setup, own_file

_PATH = own_file("pi.js")

_UNKNOWN_CONTEXT, _UNKNOWN_OUTPUT = 128_000, 16_384
"""What pi itself takes for granted where nothing is said (docs/models-configuration.md, 1.6.0)."""
_MOST_OUTPUT = 32_000
"""pi asks for as many in each request, and a budget holds them back; as many as others ask for."""


def _setup(gateway: Gateway) -> Setup:
    model: dict[str, object] = {
        "id": gateway.model,
        "name": gateway.model,
        "reasoning": True,
        "input": ["text"],
        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
        "contextWindow": gateway.context or _UNKNOWN_CONTEXT,
        "maxTokens": min(gateway.output or _UNKNOWN_OUTPUT, _MOST_OUTPUT),
    }
    provider = {
        "baseUrl": gateway.url,
        "api": "openai-completions",
        "apiKey": f"${KEY}",
        "models": [model],
    }
    text = (
        f'export default (pi) => pi.registerProvider("unillm", {json.dumps(provider, indent=2)});'
    )
    chosen = f"--provider unillm --model {shlex.quote(gateway.model)}"
    return Setup(
        variables={KEY: gateway.key},
        # An extension is loaded beside the user's own models.json, which may be there already.
        files=(File(path=_PATH, text=text),),
        first=f'pi -e {_PATH} {chosen} -p "{ASKED}"',
    )


AGENT = Agent(
    name="pi",
    title="pi",
    speaks=("Chat Completions",),
    setup=_setup,
    tried="1.6.0",
    on="2026-11-29",
    source="pi 1.6.0, docs/custom-provider.md and docs/models.md, read 2026-11-29",
)

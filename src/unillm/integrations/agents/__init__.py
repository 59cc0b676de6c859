"""Be the models of the OpenAI Agents SDK: any provider, any route, by the name of the model.

``RunConfig(model_provider=UnillmProvider(client))``, and an agent's model may be
``unillm/deepseek:deepseek-v4-pro`` or ``unillm/route:fast``. The extra `agents` brings the SDK.
"""

from unillm.integrations.needs import need

need("agents", "agents")

# ruff: noqa: E402 - the rest needs what was looked for
from unillm.integrations.agents.provider import UnillmProvider

__all__ = ["UnillmProvider"]

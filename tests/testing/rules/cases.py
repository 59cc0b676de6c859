"""All cases."""

from __future__ import annotations

from tests.testing.rules.deepseek import DEEPSEEK
from tests.testing.rules.gateways import GATEWAYS
from tests.testing.rules.hosts import HOSTS
from tests.testing.rules.openai_chat import OPENAI_CHAT
from tests.testing.rules.openai_responses import OPENAI_RESPONSES
from tests.testing.rules.own_servers import OWN_SERVERS
from tests.testing.rules.vllm import VLLM

CASES = (
    *OPENAI_CHAT,
    *OPENAI_RESPONSES,
    *DEEPSEEK,
    *VLLM,
    *OWN_SERVERS,
    *HOSTS,
    *GATEWAYS,
)

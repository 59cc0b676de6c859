"""The LiteLLM proxy: a gateway of your own to whatever it is configured for."""

from unillm.types.facts import Fact
from unillm.types.place import Place
from unillm.types.profile import Profile

_DOCS = "https://docs.litellm.ai/docs/providers/litellm_proxy"
_DAY = "2026-11-28"
_ANYWHERE = "the proxy is one's own, but what is sent goes on to whatever it is configured for"

PROFILE = Profile(
    name="litellm",
    base_url="http://localhost:4000/v1",
    base_path="/v1",
    api_key_env="LITELLM_PROXY_API_KEY",
    base_url_env="LITELLM_PROXY_API_BASE",
    key_required=False,
    forwards=True,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="as_received",
    cost_header="x-litellm-response-cost",
    leaks=(),
    tool_name_length=128,
    place=Place(
        facts={
            name: Fact(reason=_ANYWHERE, source=_DOCS, checked=_DAY)
            for name in ("jurisdiction", "self_hosted", "no_training", "retention_days")
        }
    ),
    facts={
        "forwards": Fact(
            reason=_ANYWHERE,
            source=_DOCS,
            checked=_DAY,
        ),
        "base_url": Fact(reason="the port it listens on", source=_DOCS, checked=_DAY),
        "base_path": Fact(
            reason="it answers below /v1",
            source="LiteLLM proxy 1.108.7, tests/live/litellm_proxy.py",
            checked=_DAY,
        ),
        "api_key_env": Fact(reason="the variable its own SDK reads", source=_DOCS, checked=_DAY),
        "base_url_env": Fact(reason="the variable its own SDK reads", source=_DOCS, checked=_DAY),
        "key_required": Fact(
            reason="whether it wants one is up to how it was set up; older ones ran without",
            source="https://docs.litellm.ai/docs/simple_proxy_old_doc; LiteLLM proxy 1.106.2",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="what is behind it may know no other; it renames it for OpenAI's models",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked=_DAY,
            verified=False,
        ),
        "developer_role": Fact(
            reason="what is behind it may take only system; all take that",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked=_DAY,
        ),
        "reasoning_replay": Fact(
            reason="a DeepSeek model behind it answers 400 without it",
            source="BerriAI/litellm#26395, #27439",
            checked=_DAY,
        ),
        "cost_header": Fact(
            reason="what it reckons that an answer cost; a stream has none, since headers go "
            "first, and 0 stands for models whose price it does not know",
            source="https://docs.litellm.ai/docs/proxy/response_headers; BerriAI/litellm#37761, "
            "#36561",
            checked=_DAY,
        ),
        "leaks": Fact(
            reason="it passes on what a host left in the text, also calls",
            source="LiteLLM 1.106.2, asked; cline/cline#13348",
            checked=_DAY,
        ),
        "tool_name_length": Fact(
            reason="up to what is behind it",
            source="unillm",
            checked=_DAY,
            verified=False,
        ),
    },
)

"""DeepSeek's own API."""

from unillm.types.facts import Fact, Limit, limits
from unillm.types.profile import Profile

_CHAT = "https://api-docs.deepseek.com/api/create-chat-completion, quoted 2026-09-12"

PROFILE = Profile(
    name="deepseek",
    base_url="https://api.deepseek.com",
    api_key_env="DEEPSEEK_API_KEY",
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning_content",
    leaks=(),
    limits=(
        *limits(
            "seed",
            "logit_bias",
            "parallel_tool_calls",
            "service_tier",
            "user",
            "prompt_cache_key",
            "safety_identifier",
            "metadata",
            "store",
            "verbosity",
            then="drop",
            fact=Fact(
                reason="the API does not have it",
                source=f"{_CHAT}; any-llm 1.40.2, providers/deepseek/utils.py",
                checked="2026-11-23",
            ),
        ),
        Limit(
            "response_format=json_schema",
            then="refuse",
            fact=Fact(
                reason="answered with 'This response_format type is unavailable now'",
                source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
                checked="2026-11-23",
            ),
            remedy="Use response_format={'type': 'json_object'} and describe the schema in the "
            "prompt, with the word 'json' in it.",
        ),
    ),
    facts={
        "base_url": Fact(
            reason="its own address, without /v1",
            source="https://api-docs.deepseek.com/quick_start/pricing",
            checked="2026-11-23",
        ),
        "api_key_env": Fact(
            reason="the variable other SDKs read",
            source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
            checked="2026-11-23",
        ),
        "max_tokens_field": Fact(
            reason="max_completion_tokens is silently ignored",
            source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
            checked="2026-11-23",
        ),
        "developer_role": Fact(
            reason="the reference lists system, user, assistant and tool only",
            source=_CHAT,
            checked="2026-11-23",
        ),
        "reasoning_replay": Fact(
            reason="with tools in the request, earlier turns without it are answered with 400",
            source="https://api-docs.deepseek.com/guides/thinking_mode#tool-calls",
            checked="2026-11-23",
        ),
        "leaks": Fact(
            reason="DSML in content, about a quarter of the runs at one gateway",
            source="cline/cline#13348",
            checked="2026-11-23",
        ),
    },
)

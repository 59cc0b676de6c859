"""Together AI, a host of open models."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from unillm.types.facts import Fact, Limit, limits
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.settings import Effort

_REFERENCE = "https://docs.together.ai/reference/chat-completions"
_SDK = "togethercomputer/together-py, src/together/types/chat/completion_create_params.py"
_QUICKSTART = "https://docs.together.ai/docs/deepseek-v4-quickstart"
_REASONING = "https://docs.together.ai/docs/inference/chat/reasoning"
_PRIVACY = "https://docs.together.ai/docs/privacy-and-security"
_MODELS = "anomalyco/models.dev, providers/togetherai/models/deepseek-ai"
_DAY = "2026-11-28"

_EFFORTS: Mapping[Effort, Mapping[str, Any]] = MappingProxyType(
    {
        "none": MappingProxyType({"reasoning": {"enabled": False}}),
        "minimal": MappingProxyType({"reasoning_effort": "low"}),
        "xhigh": MappingProxyType({"reasoning_effort": "high"}),
    }
)

_ABSENT = limits(
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
        reason="the reference does not have it; what the server makes of it is not known",
        source=f"{_REFERENCE}; {_SDK}",
        checked=_DAY,
        verified=False,
    ),
) + limits(
    "logprobs",
    "top_logprobs",
    then="drop",
    fact=Fact(
        reason="logprobs is no switch there but how many tokens to tell, 0 to 20: ask with "
        "extra_body={'logprobs': 5}",
        source=_SDK,
        checked=_DAY,
    ),
)

_CHOICES = tuple(
    Limit(
        f"tool_choice={kind}",
        then="refuse",
        when="reasoning",
        rewrite=True,
        fact=Fact(
            reason="DeepSeek V4 answers it with 400 while it thinks; of other models it is not "
            "known",
            source="any-llm 1.40.2, providers/together/together.py; pydantic-ai 2.68, "
            "pydantic_ai/providers/together.py",
            checked="2026-11-23",
            verified=False,
        ),
        remedy="Turn thinking off with reasoning_effort='none', leave the choice to the model "
        "with tool_choice='auto', or have it rewritten so with rewrite=('tool_choice',).",
    )
    for kind in ("required", "function")
)

_REFUSED = (
    Limit(
        "hosted_tools",
        then="refuse",
        fact=Fact(reason="tools can only be functions", source=_SDK, checked=_DAY),
        remedy="Offer functions only.",
    ),
    Limit(
        "system_image",
        then="refuse",
        fact=Fact(reason="the content of a system message is a string", source=_SDK, checked=_DAY),
        remedy="Put the image into a user message.",
    ),
)

_PLACE = Place(
    jurisdiction="US",
    no_training=True,
    self_hosted=False,
    facts={
        "self_hosted": Fact(
            reason="a service of the provider's own, at one address for all",
            source=_PRIVACY,
            checked=_DAY,
        ),
        "jurisdiction": Fact(
            reason="Together Computer, Inc.; a reader of its policies calls it US-based, the "
            "governing law was not read",
            source="https://together.ai/privacy; "
            "https://privacygpt.lynicis.dev/company/together-ai",
            checked=_DAY,
            verified=False,
        ),
        "no_training": Fact(
            reason="'Data sharing for training other models is opt-in and not enabled by default'",
            source=f"{_PRIVACY}; https://together.ai/privacy",
            checked=_DAY,
        ),
        "retention_days": Fact(
            reason="its documentation says 'does not store inputs or outputs by default', its "
            "privacy policy of 2025-12-17 only that one may set it so",
            source=f"{_PRIVACY}; https://together.ai/privacy",
            checked=_DAY,
            verified=False,
        ),
    },
)

PROFILE = Profile(
    name="together",
    base_url="https://api.together.ai/v1",
    hosts=(".together.xyz",),
    api_key_env="TOGETHER_API_KEY",
    place=_PLACE,
    ids=MappingProxyType(
        {
            "deepseek-v4-pro": "deepseek-ai/DeepSeek-V4-Pro-0813",
            "deepseek-flash": "deepseek-ai/DeepSeek-V4.1-Flash",
        }
    ),
    limits=_ABSENT + _CHOICES + _REFUSED,
    efforts=_EFFORTS,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning",
    leaks=(),
    tool_name_length=128,
    facts={
        "base_url": Fact(reason="the address of its reference", source=_REFERENCE, checked=_DAY),
        "hosts": Fact(
            reason="its older address, which its error messages and many programs have",
            source="harshitv804/LawGPT#4; can1357/oh-my-pi#8333",
            checked=_DAY,
        ),
        "api_key_env": Fact(
            reason="the variable its own SDK reads",
            source="anomalyco/models.dev, providers/togetherai/provider.toml",
            checked=_DAY,
        ),
        "ids": Fact(
            reason="the ids of its serverless models; DeepSeek-V4-Pro without a date is an older "
            "one, with 512K of context",
            source=f"{_MODELS}; {_QUICKSTART}; genai-prices 0.2.3, genai_prices/data.py",
            checked=_DAY,
        ),
        "efforts": Fact(
            reason="thinking is turned off with reasoning.enabled; the reference has the efforts "
            "low, medium and high, and V4-Pro takes max besides",
            source=f"{_REASONING}; {_QUICKSTART}; {_MODELS}",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="the reference has this name only", source=_SDK, checked=_DAY
        ),
        "developer_role": Fact(
            reason="the reference has system, user, assistant, tool and function only",
            source=_SDK,
            checked=_DAY,
        ),
        "reasoning_replay": Fact(
            reason="thinking comes in this field; that it is read back there is not documented, "
            "and a catalog names reasoning_content",
            source=f"{_QUICKSTART}; {_MODELS}",
            checked=_DAY,
            verified=False,
        ),
        "leaks": Fact(
            reason="open models answer in their own notation wherever the host fails to parse it",
            source="cline/cline#13348; ollama/ollama#17742; unslothai/unsloth#5735",
            checked="2026-11-23",
        ),
        "tool_name_length": Fact(
            reason="no host of this kind is known to take less than unillm does",
            source="unillm",
            checked="2026-11-23",
            verified=False,
        ),
    },
)

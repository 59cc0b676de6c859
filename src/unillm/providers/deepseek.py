"""DeepSeek's own API."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from unillm.types.facts import Fact, Limit, limits
from unillm.types.place import Place
from unillm.types.profile import Profile, StrictTools
from unillm.types.services import Account, Completions
from unillm.types.settings import Effort

_CHAT = "https://api-docs.deepseek.com/api/create-chat-completion, quoted 2026-09-12"
_THINKING = "https://api-docs.deepseek.com/guides/thinking_mode"
_TOOLS = "https://api-docs.deepseek.com/guides/tool_calls"
_JSON = "https://api-docs.deepseek.com/guides/json_mode"
_DAY = "2026-11-23"


def _thinking(effort: str) -> Mapping[str, Any]:
    return MappingProxyType({"thinking": {"type": "enabled"}, "reasoning_effort": effort})


_EFFORTS: Mapping[Effort, Mapping[str, Any]] = MappingProxyType(
    {
        "none": MappingProxyType({"thinking": {"type": "disabled"}}),
        "minimal": _thinking("low"),
        "low": _thinking("low"),
        "medium": _thinking("high"),
        "high": _thinking("high"),
        "xhigh": _thinking("high"),
        "max": _thinking("max"),
    }
)

_ABSENT = limits(
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
        checked=_DAY,
    ),
) + limits(
    "seed",
    then="drop",
    fact=Fact(
        reason="the API's reference does not have it; what the server makes of it is not known",
        source=_CHAT,
        checked=_DAY,
        verified=False,
    ),
)

_SAMPLING = limits(
    "frequency_penalty",
    "presence_penalty",
    then="drop",
    fact=Fact(
        reason="deprecated, and without effect while the model thinks; whether they still have "
        "one otherwise is not known",
        source=f"{_CHAT}; {_THINKING}",
        checked=_DAY,
        verified=False,
    ),
) + limits(
    "temperature",
    then="drop",
    when="reasoning",
    fact=Fact(
        reason="it has no effect while the model thinks",
        source=_THINKING,
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
            reason="answered with 400 'Thinking mode does not support this tool_choice'",
            source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py; any-llm 1.40.2, "
            "providers/deepseek/deepseek.py",
            checked=_DAY,
        ),
        remedy="Turn thinking off with reasoning_effort='none', leave the choice to the model "
        "with tool_choice='auto', or have it rewritten so with rewrite=('tool_choice',).",
    )
    for kind in ("required", "function")
)

_REFUSED = (
    Limit(
        "response_format=json_schema",
        then="refuse",
        api="chat",
        rewrite=True,
        fact=Fact(
            reason="answered with 'This response_format type is unavailable now'",
            source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
            checked=_DAY,
        ),
        remedy="Use response_format={'type': 'json_object'} and describe the schema in the "
        "prompt, with the word 'json' in it; have that done with rewrite=('response_format',); or "
        "give its Provider api='responses'.",
    ),
    Limit(
        "json_word",
        then="refuse",
        fact=Fact(
            reason="without an instruction to write JSON the answer may be blanks without end",
            source=f"{_JSON}, quoted 2026-09-12",
            checked=_DAY,
        ),
        remedy="Say in the prompt that the answer is to be JSON, best with an example of it.",
    ),
    Limit(
        "hosted_tools",
        then="refuse",
        fact=Fact(reason="tools can only be functions", source=_CHAT, checked=_DAY),
        remedy="Offer functions only.",
    ),
)

_PLACE = Place(
    jurisdiction="CN",
    no_training=False,
    self_hosted=False,
    facts={
        "self_hosted": Fact(
            reason="a service of the provider's own, at one address for all",
            source="https://api-docs.deepseek.com/quick_start/pricing",
            checked=_DAY,
        ),
        "jurisdiction": Fact(
            reason="its terms are governed by 'the laws of the People's Republic of China in the "
            "mainland', and what it collects is stored there, as quoted from them and from its "
            "privacy policy",
            source="https://tautoru.ai/ai/tools/deepseek",
            checked="2026-11-28",
        ),
        "no_training": Fact(
            reason="the terms of its Open Platform make no such promise, and its privacy policy "
            "has 'to train and improve our technology' among its purposes, as a reader of both "
            "quotes them; the switch against it is for its app",
            source="https://cncsmonster.github.io/en/posts/deepseek-api-data-training-policy/",
            checked="2026-11-28",
            verified=False,
        ),
    },
)

PROFILE = Profile(
    name="deepseek",
    base_url="https://api.deepseek.com",
    api_key_env="DEEPSEEK_API_KEY",
    place=_PLACE,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning_content",
    leaks=(),
    limits=_ABSENT + _SAMPLING + _CHOICES + _REFUSED,
    assumed=(),
    default_effort="high",
    efforts=_EFFORTS,
    reasoning_read="with_tools",
    reasoning_placeholder="(The thinking of this turn is not at hand. It led to: {turn})",
    rich_results=frozenset({"chat", "responses"}),
    tool_name_length=128,
    beta_url="https://api.deepseek.com/beta",
    beta_features=frozenset({"completions", "prefix", "strict_tools"}),
    completions=Completions(suffix=True, max_tokens=4096),
    prefix_by="prefix",
    account=Account(path="/user/balance", at="root"),
    strict_tools=StrictTools(
        all_or_none=True,
        closed=True,
        unknown=frozenset({"minLength", "maxLength", "minItems", "maxItems"}),
        fact=Fact(
            reason="the server holds the schema against what strict mode knows, and refuses it",
            source=f"{_TOOLS}, strict mode, quoted 2026-09-12",
            checked=_DAY,
        ),
    ),
    facts={
        "base_url": Fact(
            reason="its own address, without /v1",
            source="https://api-docs.deepseek.com/quick_start/pricing",
            checked=_DAY,
        ),
        "api_key_env": Fact(
            reason="the variable other SDKs read",
            source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="max_completion_tokens is silently ignored",
            source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
            checked=_DAY,
        ),
        "developer_role": Fact(
            reason="the reference lists system, user, assistant and tool only",
            source=_CHAT,
            checked=_DAY,
        ),
        "reasoning_replay": Fact(
            reason="with tools in the request, earlier turns without it are answered with 400",
            source="https://api-docs.deepseek.com/guides/thinking_mode#tool-calls",
            checked=_DAY,
        ),
        "leaks": Fact(
            reason="DSML in content, about a quarter of the runs at one gateway",
            source="cline/cline#13348",
            checked=_DAY,
        ),
        "assumed": Fact(
            reason="it serves a few models of its own, and all are known",
            source="https://api-docs.deepseek.com/quick_start/pricing",
            checked=_DAY,
        ),
        "default_effort": Fact(
            reason="thinking is on, with effort high, unless it is turned off",
            source=_THINKING,
            checked=_DAY,
        ),
        "efforts": Fact(
            reason="thinking is a field of its own; the reference maps the other words so, and "
            "only max reaches Think Max",
            source=_THINKING,
            checked=_DAY,
        ),
        "reasoning_read": Fact(
            reason="without tools earlier reasoning may be sent and is ignored",
            source=f"{_THINKING}#tool-calls",
            checked=_DAY,
        ),
        "reasoning_placeholder": Fact(
            reason="a turn without it is answered with 400; an empty one by some reports too; the "
            "same line in every turn was taken up by the model, which then answered with nothing",
            source="BerriAI/litellm#27439; NousResearch/hermes-agent#17341; "
            "Lingtai-AI/lingtai-kernel#9",
            checked=_DAY,
        ),
        "rich_results": Fact(
            reason="images inside the result of a tool are read",
            source="vercel/ai#21174, tried 2026-09-19",
            checked=_DAY,
        ),
        "tool_name_length": Fact(reason="as its reference says", source=_CHAT, checked=_DAY),
        "beta_url": Fact(
            reason="the address of what is in beta",
            source="https://api-docs.deepseek.com/quick_start/pricing",
            checked=_DAY,
        ),
        "beta_features": Fact(
            reason="prefix completion, strict tools and filling in the middle are in beta",
            source=f"{_TOOLS}; https://api-docs.deepseek.com/guides/chat_prefix_completion; "
            "https://api-docs.deepseek.com/quick_start/pricing",
            checked=_DAY,
        ),
        "prefix_by": Fact(
            reason="a field of the last message, which is the assistant's",
            source="https://api-docs.deepseek.com/guides/chat_prefix_completion",
            checked=_DAY,
        ),
        "completions": Fact(
            reason="it fills in the middle, in beta, with 4K tokens at most, and without thinking",
            source="https://api-docs.deepseek.com/guides/fim_completion, "
            "as share.apidog.com/apidoc/docs-site/747793/fim-completion-beta-835847m0 has it; "
            "https://api-docs.deepseek.com/quick_start/pricing",
            checked="2026-11-28",
        ),
        "account": Fact(
            reason="it tells the balance, at its address without /v1 and /beta",
            source="https://api-docs.deepseek.com/api/get-user-balance",
            checked="2026-11-28",
        ),
        "strict_tools": Fact(
            reason="every function must be strict, within a part of JSON Schema",
            source=f"{_TOOLS}, strict mode, quoted 2026-09-12",
            checked=_DAY,
        ),
    },
)

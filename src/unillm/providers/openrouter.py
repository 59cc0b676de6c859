"""OpenRouter: a gateway to many hosts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from unillm.types.facts import Fact
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.services import Account
from unillm.types.settings import EFFORTS, Effort

_REASONING = "https://openrouter.ai/docs/use-cases/reasoning-tokens"
_PRIVACY = "https://openrouter.ai/docs/features/zdr"
_MODELS = "anomalyco/models.dev, providers/openrouter/models"
_DAY = "2026-11-28"

_EFFORTS: Mapping[Effort, Mapping[str, Any]] = MappingProxyType(
    {effort: MappingProxyType({"reasoning": {"effort": effort}}) for effort in EFFORTS}
)
_OPENAI = (
    *("gpt-5.5", "gpt-5.5-pro", "gpt-5.4", "gpt-5.4-pro", "gpt-5.4-mini", "gpt-5.4-nano"),
    *("gpt-5.2", "gpt-5.2-pro", "gpt-5.1", "gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5-pro"),
    *("gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini", "o3", "o3-pro"),
    *("o4-mini", "o3-mini", "o1", "o1-pro", "gpt-4-turbo", "gpt-4", "gpt-3.5-turbo"),
)
_MANY_HOSTS = (
    "a prompt goes on to hosts in several countries, each with a policy of its own; one whose "
    "policy is not known is taken for one that keeps and trains. extra_body={'provider': …} "
    "narrows that down (data_collection, zdr, only)"
)

PROFILE = Profile(
    name="openrouter",
    base_url="https://openrouter.ai/api/v1",
    api_key_env="OPENROUTER_API_KEY",
    ids=MappingProxyType(
        {
            "deepseek-flash": "deepseek/deepseek-v4.1-flash",
            "deepseek-v4-pro": "deepseek/deepseek-v4-pro-0813",
            "deepseek-v4-flash-0731": "deepseek/deepseek-v4-flash-0731",
            "deepseek-v3.2": "deepseek/deepseek-v3.2",
            **{model: f"openai/{model}" for model in _OPENAI},
        }
    ),
    forwards=True,
    suffixes=True,
    efforts=_EFFORTS,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning",
    usage_cost=True,
    account=Account(path="/credits", says="credits"),
    leaks=(),
    place=Place(
        facts={
            name: Fact(reason=_MANY_HOSTS, source=_PRIVACY, checked=_DAY)
            for name in ("jurisdiction", "no_training", "retention_days")
        }
    ),
    facts={
        "forwards": Fact(
            reason="a prompt goes on to one of many hosts",
            source=_PRIVACY,
            checked=_DAY,
        ),
        "account": Fact(
            reason="it tells what was bought and what was used, to a management key",
            source="https://openrouter.ai/docs/api/api-reference/credits/get-credits",
            checked=_DAY,
        ),
        "base_url": Fact(
            reason="its own address",
            source="pydantic-ai 2.68, pydantic_ai/providers/openrouter.py",
            checked=_DAY,
        ),
        "api_key_env": Fact(
            reason="the variable other SDKs read",
            source="pydantic-ai 2.68, pydantic_ai/providers/openrouter.py",
            checked=_DAY,
        ),
        "ids": Fact(
            reason="its ids are vendor/model; a bare one is answered with 400 'is not a valid "
            "model ID'",
            source=f"{_MODELS}/deepseek, {_MODELS}/openai; OpenRouterTeam/openrouter-examples#74",
            checked=_DAY,
        ),
        "suffixes": Fact(
            reason="an id may end in :free, :exacto and the like",
            source=f"{_MODELS}/openai/gpt-oss-120b:exacto.toml; pydantic-ai 2.68, "
            "pydantic_ai/providers/openrouter.py (drops them to find the model)",
            checked=_DAY,
        ),
        "efforts": Fact(
            reason="effort is in an object of its own; max is a word of DeepSeek's models",
            source=f"{_REASONING}; {_MODELS}/deepseek/deepseek-v4-pro-0813.toml",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="the field its reference has",
            source="can1357/oh-my-pi#9569 (402 'requires more credits, or fewer max_tokens'); "
            "pydantic-ai 2.68, pydantic_ai/models/openrouter.py",
            checked=_DAY,
        ),
        "developer_role": Fact(
            reason="what becomes of it is up to the host that a prompt goes on to; all know system",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked=_DAY,
            verified=False,
        ),
        "reasoning_replay": Fact(
            reason="thinking comes, and goes back, in this field; where it came in "
            "reasoning_details too, these go back instead, as they came",
            source=f"{_REASONING}#preserving-reasoning-blocks; pydantic-ai 2.68, "
            "pydantic_ai/providers/openrouter.py",
            checked=_DAY,
        ),
        "usage_cost": Fact(
            reason="usage.cost is the total that was charged to the account",
            source="https://www.openrouter.ai/docs/use-cases/usage-accounting; "
            "enricoros/big-AGI#940",
            checked=_DAY,
        ),
        "leaks": Fact(
            reason="open models answer in their own notation wherever the host fails to parse it",
            source="cline/cline#13348; ollama/ollama#17742; unslothai/unsloth#5735",
            checked=_DAY,
        ),
    },
)

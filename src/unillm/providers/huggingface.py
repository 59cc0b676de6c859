"""Hugging Face's router, which hands requests on to its partners (Inference Providers)."""

from types import MappingProxyType

from unillm.types.facts import Fact
from unillm.types.place import Place
from unillm.types.profile import Profile

_MODELS = "anomalyco/models.dev, providers/huggingface"
_SECURITY = "https://huggingface.co/docs/inference-providers/security"
_DAY = "2026-11-28"
_PARTNERS = (
    "the router keeps neither request nor answer and trains on nothing, but a partner answers, "
    "and its own policy holds"
)

PROFILE = Profile(
    name="huggingface",
    base_url="https://router.huggingface.co/v1",
    api_key_env="HF_TOKEN",
    ids=MappingProxyType(
        {
            "deepseek-flash": "deepseek-ai/DeepSeek-V4.1-Flash",
            "deepseek-v4-pro": "deepseek-ai/DeepSeek-V4-Pro-0813",
            "deepseek-v4-flash-0731": "deepseek-ai/DeepSeek-V4-Flash-0731",
            "deepseek-v3.2": "deepseek-ai/DeepSeek-V3.2",
        }
    ),
    forwards=True,
    suffixes=True,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="as_received",
    leaks=(),
    tool_name_length=128,
    place=Place(
        facts={
            name: Fact(reason=_PARTNERS, source=_SECURITY, checked=_DAY)
            for name in ("jurisdiction", "no_training", "retention_days")
        }
    ),
    facts={
        "forwards": Fact(
            reason="a prompt goes on to one of its partners",
            source=_SECURITY,
            checked=_DAY,
        ),
        "base_url": Fact(
            reason="its own address",
            source=f"{_MODELS}/provider.toml; vercel/ai#7788",
            checked=_DAY,
        ),
        "api_key_env": Fact(
            reason="the variable its own SDKs read",
            source=f"{_MODELS}/provider.toml; vercel/ai#7788",
            checked=_DAY,
        ),
        "ids": Fact(
            reason="its ids are those of the repositories that hold the weights",
            source=f"{_MODELS}/models/deepseek-ai",
            checked=_DAY,
        ),
        "suffixes": Fact(
            reason="an id may end in the partner that shall answer, as in "
            "deepseek-ai/DeepSeek-V4-Pro:deepinfra",
            source="huggingface/ml-intern#189",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="a partner may take only this name",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked=_DAY,
            verified=False,
        ),
        "developer_role": Fact(
            reason="a partner may take only system; all take that",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked=_DAY,
            verified=False,
        ),
        "reasoning_replay": Fact(
            reason="which field it comes in is up to the partner; DeepSeek's models have "
            "reasoning_content, and may answer 400 without it",
            source=f"{_MODELS}/models/deepseek-ai/DeepSeek-V4-Pro.toml; "
            "https://api-docs.deepseek.com/guides/thinking_mode#tool-calls",
            checked=_DAY,
        ),
        "leaks": Fact(
            reason="open models answer in their own notation wherever the host fails to parse it",
            source="cline/cline#13348; ollama/ollama#17742; unslothai/unsloth#5735",
            checked=_DAY,
        ),
        "tool_name_length": Fact(
            reason="up to the partner that answers",
            source="unillm",
            checked=_DAY,
            verified=False,
        ),
    },
)

"""GPT-6 and its updates."""

from __future__ import annotations

from datetime import date

from unillm.catalog.openai.limits import (
    MAX_ON_CHAT,
    PROFILES,
    SAMPLING,
    STOP,
    STOP_WHILE_REASONING,
    TOOLS_ON_CHAT,
    TOOLS_ON_CHAT_UNSEEN,
    TOOLS_WHILE_REASONING,
)
from unillm.types.facts import Fact, Limit
from unillm.types.model import ModelInfo
from unillm.types.settings import Effort

_FROM_LOW: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
_STOPPABLE = (*SAMPLING, TOOLS_WHILE_REASONING, MAX_ON_CHAT, STOP_WHILE_REASONING)

_CATALOGS = Fact(
    reason="sizes, modalities and interfaces as catalogs that cite the model's own page have them",
    source="litellm 1.110.2, model_prices_and_context_window_backup.json; "
    "anomalyco/models.dev, models/openai; genai-prices 0.2.3, genai_prices/data.py",
    checked="2026-11-28",
)
_TRIED = Fact(
    reason="tried against the API by the authors of that package",
    source=PROFILES,
    checked="2026-11-23",
)
_UNASKED = Fact(
    reason="it always reasons; how hard, unasked, was found nowhere",
    source=PROFILES,
    checked="2026-11-28",
)
_TERRA = Fact(
    reason="as its page says",
    source="https://www.w3cschool.cn/openai_api/openai_api-models-gpt-6-1-terra.html, a copy of "
    "it; https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-openai-gpt-6-1-terra.md",
    checked="2026-11-28",
)
_SECOND_HAND = Fact(
    reason="from pages of others that cite OpenAI's; that the ids exist, OpenAI's package says",
    source="https://dev.to/hassann/how-to-use-gpt-62-astra-api-3j9l; "
    "https://vercel.com/ai-gateway/models/gpt-6.2-astra.md; "
    "https://vercel.com/ai-gateway/models/gpt-6.2-sol.md; "
    "openai-python 3.57.0, openai/types/shared/chat_model.py",
    checked="2026-11-28",
    verified=False,
)
_SECOND_HAND_EFFORTS = Fact(
    reason="none and minimal are refused; the others are said of gpt-6.2-astra, and taken to be "
    "the same for gpt-6.2-sol",
    source="https://github.com/BerriAI/litellm/discussions/52347; "
    "https://runware.ai/docs/models/openai-gpt-6-2-astra",
    checked="2026-11-28",
    verified=False,
)


def _pausing(name: str, released: date, fact: Fact = _CATALOGS) -> ModelInfo:
    """Return a model that reasons unless it is told not to."""
    return ModelInfo(
        id=name,
        vendor="openai",
        context=1_050_000,
        max_input=922_000,
        max_output=128_000,
        input=frozenset({"text", "image", "file"}),
        efforts=("none", *_FROM_LOW),
        default_effort="medium",
        apis=("chat", "responses"),
        limits=_STOPPABLE,
        open_weights=False,
        released=released,
        facts={"*": fact, "efforts": _TRIED},
    )


def _restless(
    name: str, released: date, tools: Limit, stop: Limit, facts: dict[str, Fact]
) -> ModelInfo:
    """Return a model that cannot be told not to reason."""
    return ModelInfo(
        id=name,
        vendor="openai",
        context=1_050_000,
        max_input=922_000,
        max_output=128_000,
        input=frozenset({"text", "image", "file"}),
        efforts=_FROM_LOW,
        apis=("chat", "responses"),
        limits=(*SAMPLING, tools, MAX_ON_CHAT, stop),
        open_weights=False,
        released=released,
        facts={"default_effort": _UNASKED, **facts},
    )


_KNOWN = {"*": _CATALOGS, "efforts": _TRIED}
_NEW = {"*": _SECOND_HAND, "efforts": _SECOND_HAND_EFFORTS}

MODELS = (
    _restless(
        "gpt-6.2-astra", date(2026, 11, 17), TOOLS_ON_CHAT_UNSEEN, STOP_WHILE_REASONING, _NEW
    ),
    _restless("gpt-6.2-sol", date(2026, 11, 17), TOOLS_ON_CHAT_UNSEEN, STOP_WHILE_REASONING, _NEW),
    _restless("gpt-6.1-sol", date(2026, 9, 29), TOOLS_ON_CHAT, STOP_WHILE_REASONING, _KNOWN),
    _pausing("gpt-6.1-terra", date(2026, 10, 26), _TERRA),
    _restless("gpt-6-astra", date(2026, 9, 3), TOOLS_ON_CHAT, STOP, _KNOWN),
    _pausing("gpt-6-sol", date(2026, 9, 22)),
    _pausing("gpt-6-luna", date(2026, 9, 22)),
)

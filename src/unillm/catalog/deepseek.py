"""DeepSeek's models: those it serves itself, and weights that only others serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from unillm.types.facts import Fact, Limit
from unillm.types.model import ModelInfo
from unillm.types.settings import Effort

_PRICING = "https://api-docs.deepseek.com/quick_start/pricing"
_THINKING = "https://api-docs.deepseek.com/guides/thinking_mode.md"
_HUB = "https://huggingface.co/deepseek-ai"

_TABLE = Fact(
    reason="as DeepSeek's table of models says",
    source=f"{_PRICING}; pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
    checked="2026-11-23",
)
_AT_ONCE = Fact(
    reason="of one account, over all its keys; a request counts until its answer is complete, and "
    "one more is answered with 429",
    source="https://api-docs.deepseek.com/quick_start/rate_limit",
    checked="2026-11-23",
)
_EFFORTS = Fact(
    reason="of the efforts it takes, these differ: minimal is low, medium and xhigh are high; "
    "unasked it makes high",
    source=_THINKING,
    checked="2026-11-28",
)
_PRO_EFFORTS = replace(
    _EFFORTS,
    reason=f"{_EFFORTS.reason}. A catalog says that low is high with this model",
    source=f"{_THINKING}; anomalyco/models.dev, providers/deepseek/models/deepseek-flash.toml",
    verified=False,
)
_APIS = Fact(
    reason="it has both, the Responses API since 2026-07-31",
    source="https://api-docs.deepseek.com/guides/responses_api, quoted 2026-09-12",
    checked="2026-11-23",
)
_SCHEMA = Fact(
    reason="Chat Completions answers 'This response_format type is unavailable now'; "
    "its Responses API takes a schema",
    source="pydantic-ai 2.68, pydantic_ai/providers/deepseek.py",
    checked="2026-11-23",
)
_NO_IMAGE = Fact(
    reason="an image is answered with 400",
    source=f"{_PRICING}; any-llm 1.40.2, providers/deepseek/deepseek.py",
    checked="2026-11-23",
)
_HOSTED = Fact(
    reason="the names that hosts give it; their limits may be lower than the model's",
    source="genai-prices 0.2.3, genai_prices/data.py; "
    "litellm 1.110.2, model_prices_and_context_window_backup.json",
    checked="2026-11-28",
)
_RENAMED = Fact(
    reason="still accepted, but served and billed as DeepSeek-V4.1-Flash",
    source=f"{_PRICING}; coulsontl/ai-toolbox#337",
    checked="2026-11-28",
)
_CARD = Fact(
    reason="as its card says",
    source=f"{_HUB}/DeepSeek-V4.1-Flash, by anomalyco/models.dev#7406",
    checked="2026-11-28",
)


def _kwargs(**fields: Any) -> Mapping[str, Any]:
    return {"chat_template_kwargs": fields}


_TEMPLATE: Mapping[Effort, Mapping[str, Any]] = {
    "none": _kwargs(thinking=False),
    "low": _kwargs(thinking=True, reasoning_effort="low"),
    "high": _kwargs(thinking=True, reasoning_effort="high"),
    "max": _kwargs(thinking=True, reasoning_effort="max"),
}
_TEMPLATES = Fact(
    reason="the template of the weights reads these words from chat_template_kwargs; SGLang makes "
    "nothing of low with weights before 0731 (sgl-project/sglang#33145)",
    source="vllm-project/vllm#40982, #50580, #54198; sgl-project/sglang#23623, #33185; "
    "openclaw/openclaw#122022; "
    "https://recipes.vllm.ai/deepseek-ai/DeepSeek-V4-Pro",
    checked="2026-11-28",
)
_FLASH_TEMPLATES = replace(
    _TEMPLATES,
    reason=f"{_TEMPLATES.reason}, said of V4 and taken to hold for V4.1",
    verified=False,
)

_TOP_P = Limit(
    "top_p",
    then="drop",
    when="plain",
    fact=Fact(
        reason="fixed at 1 unless it thinks; while it does, at least 0.95 is taken (of V4-Pro one "
        "reader of the reference has it the other way round)",
        source="https://api-docs.deepseek.com/api/create-chat-completion, quoted 2026-09-12; "
        "langgenius/dify-official-plugins#3868; https://wwsun.github.io/notes/deepseek-thinking-mode",
        checked="2026-11-23",
    ),
)

_FLASH = ModelInfo(
    id="deepseek-flash",
    vendor="deepseek",
    hosted=(
        "deepseek-v4.1-flash",
        "deepseek-v4.1-flash-1017",
        "deepseek-v4-1-flash",
        "deepseek-v4-1-flash-1017",
        "deepseek-v4p1-flash",
        "deepseek-v4p1-flash-1017",
    ),
    legacy=("deepseek-v4-flash", "deepseek-v4-flash-vision-exp"),
    context=1_000_000,
    max_output=393_216,
    input=frozenset({"text", "image"}),
    efforts=("none", "low", "high", "max"),
    default_effort="high",
    apis=("chat", "responses"),
    limits=(_TOP_P,),
    concurrency=2_500,
    template_efforts=_TEMPLATE,
    licence="MIT",
    open_weights=True,
    released=date(2026, 9, 10),
    facts={
        "*": _TABLE,
        "hosted": _HOSTED,
        "legacy": _RENAMED,
        "efforts": _EFFORTS,
        "template_efforts": _FLASH_TEMPLATES,
        "apis": _APIS,
        "json_schema": _SCHEMA,
        "concurrency": _AT_ONCE,
        "licence": _CARD,
        "open_weights": _CARD,
    },
)
_PRO_CARD = replace(
    _CARD,
    source=f"{_HUB}/DeepSeek-V4-Pro-0813, by anomalyco/models.dev, "
    "models/deepseek/deepseek-v4-pro-0813.toml",
)
_PRO = replace(
    _FLASH,
    id="deepseek-v4-pro",
    hosted=("deepseek-v4-pro-0813",),
    legacy=(),
    input=frozenset({"text"}),
    limits=(_TOP_P,),
    concurrency=500,
    released=date(2026, 4, 24),
    facts={
        "*": _TABLE,
        "hosted": _HOSTED,
        "efforts": _PRO_EFFORTS,
        "template_efforts": _TEMPLATES,
        "apis": _APIS,
        "json_schema": _SCHEMA,
        "concurrency": _AT_ONCE,
        "input": _NO_IMAGE,
        "licence": _PRO_CARD,
        "open_weights": _PRO_CARD,
        "released": Fact(
            reason="the day of its preview; DeepSeek-V4-Pro-0813 has its place since 2026-08-13",
            source="betagouv/ComparIA#455; anomalyco/models.dev#4785",
            checked="2026-11-28",
        ),
    },
)
_WEIGHTS = Fact(
    reason="as a catalog has it that cites the model's card; DeepSeek serves it no more",
    source="anomalyco/models.dev, models/deepseek/deepseek-v4-flash-0731.toml; "
    f"{_HUB}/DeepSeek-V4-Flash-0731",
    checked="2026-11-28",
)
_V3_2 = Fact(
    reason="as catalogs have it; the licence is named by one who corrected it from DeepSeek's news",
    source="anomalyco/models.dev, models/deepseek/deepseek-v3.2.toml; anomalyco/models.dev#1062; "
    f"{_HUB}/DeepSeek-V3.2",
    checked="2026-11-28",
)
_GONE = Fact(
    reason="retired 2026-07-24 15:59 UTC, when it stood for DeepSeek-V3.2 or V4-Flash",
    source="https://api-docs.deepseek.com/updates, by litellm 1.110.2, "
    "model_prices_and_context_window_backup.json; Wei-Shaw/sub2api#6097",
    checked="2026-11-28",
)
_CHAT = ModelInfo(
    id="deepseek-chat",
    vendor="deepseek",
    default_effort="none",
    json_schema=False,
    retired=date(2026, 7, 24),
    successor="deepseek-flash",
    facts={"*": _GONE},
)

MODELS = (
    _FLASH,
    _PRO,
    replace(
        _PRO,
        id="deepseek-v4-flash-0731",
        hosted=(
            "deepseek-ai/deepseek-v4-flash",
            "accounts/fireworks/models/deepseek-v4-flash",
            "deepseek/deepseek-v4-flash",
        ),
        max_output=384_000,
        apis=(),
        limits=(),
        concurrency=None,
        released=date(2026, 7, 31),
        successor="deepseek-flash",
        facts={
            "*": _WEIGHTS,
            "hosted": _HOSTED,
            "efforts": _PRO_EFFORTS,
            "template_efforts": _TEMPLATES,
        },
    ),
    replace(
        _PRO,
        id="deepseek-v3.2",
        hosted=("deepseek-v3p2",),
        context=163_840,
        max_output=None,
        efforts=("none", "high"),
        default_effort=None,
        template_efforts={"none": _kwargs(thinking=False), "high": _kwargs(thinking=True)},
        apis=(),
        limits=(),
        concurrency=None,
        released=date(2025, 12, 1),
        successor="deepseek-flash",
        facts={
            "*": _V3_2,
            "hosted": _HOSTED,
            "template_efforts": Fact(
                reason="its template thinks or does not",
                source="https://docs.sglang.io/advanced_features/separate_reasoning",
                checked="2026-11-23",
            ),
        },
    ),
    _CHAT,
    replace(_CHAT, id="deepseek-reasoner", default_effort="high", efforts=("high",)),
)

"""GPT-5 and its updates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from unillm.catalog.openai.limits import (
    MAX_ON_CHAT,
    PROFILES,
    SAMPLING,
    STOP,
    STOP_WHILE_REASONING,
    TOOLS_WHILE_REASONING,
)
from unillm.types.facts import Fact
from unillm.types.model import ModelInfo
from unillm.types.settings import Effort

_TO_XHIGH: tuple[Effort, ...] = ("none", "low", "medium", "high", "xhigh")
_PRO: tuple[Effort, ...] = ("medium", "high", "xhigh")

_CATALOGS = Fact(
    reason="sizes, modalities and interfaces as catalogs that cite the model's own page have them",
    source="litellm 1.110.2, model_prices_and_context_window_backup.json; "
    "anomalyco/models.dev, providers/openai/models; genai-prices 0.2.3, genai_prices/data.py",
    checked="2026-11-28",
)
_PAGE = Fact(
    reason="as the page of gpt-5.6-luna says; catalogs say the same of its sisters",
    source="https://developers.openai.com/api/docs/models/gpt-5.6-luna; "
    "anomalyco/models.dev, models/openai/gpt-5.6-terra.toml; "
    "litellm 1.110.2, model_prices_and_context_window_backup.json",
    checked="2026-11-28",
)
_TRIED = Fact(
    reason="tried against the API by the authors of that package",
    source=PROFILES,
    checked="2026-11-23",
)
_MEDIUM = Fact(
    reason="that it reasons unasked was tried; that it does so with medium effort is inferred "
    "from gpt-5.6",
    source=PROFILES,
    checked="2026-11-28",
    verified=False,
)
_UNASKED = Fact(
    reason="it always reasons; how hard, unasked, was found nowhere",
    source=PROFILES,
    checked="2026-11-28",
)
_INPUT_UNCLEAR = Fact(
    reason="not given: 272,000 in one catalog, all of the context in another",
    source="anomalyco/models.dev, providers/openai/models/gpt-5.4.toml; "
    "litellm 1.110.2, model_prices_and_context_window_backup.json",
    checked="2026-11-28",
    verified=False,
)
_ONLY_RESPONSES = Fact(
    reason="its id is in the types of the Responses API only",
    source="openai-python 3.57.0, openai/types/shared/responses_model.py",
    checked="2026-11-28",
)
_SAID_RESPONSES = Fact(
    reason="a catalog gives the Responses API as its only interface",
    source="litellm 1.110.2, model_prices_and_context_window_backup.json, mode and "
    "supported_endpoints",
    checked="2026-11-28",
)
_NO_SCHEMA = Fact(
    reason="the pro models have no structured outputs; one catalog says that this one has",
    source="litellm 1.110.2, model_prices_and_context_window_backup.json; "
    "anomalyco/models.dev, providers/openai/models/gpt-5.4-pro.toml and gpt-5.5-pro.toml",
    checked="2026-11-28",
    verified=False,
)
_SHUTDOWN = Fact(
    reason="announced by OpenAI, with what to use instead",
    source="https://developers.openai.com/api/docs/deprecations; "
    "openai-python 3.57.0, openai/types/shared/chat_model.py",
    checked="2026-11-28",
)
_SHUTDOWN_ALONE = Fact(
    reason="announced by OpenAI; what to use instead was not to be read in the copies at hand",
    source="openai-python 3.57.0, openai/types/shared/chat_model.py",
    checked="2026-11-28",
)

_TOOLS_5_2 = replace(
    TOOLS_WHILE_REASONING,
    fact=Fact(
        reason="one client found that Chat Completions breaks with tools and an effort, as with "
        "gpt-5.4; others do not say so",
        source="livekit/agents#5088",
        checked="2026-11-28",
        verified=False,
    ),
)

_LATE = ModelInfo(
    id="gpt-5.6-sol",
    vendor="openai",
    context=1_050_000,
    max_input=922_000,
    max_output=128_000,
    input=frozenset({"text", "image", "file"}),
    efforts=(*_TO_XHIGH, "max"),
    default_effort="medium",
    apis=("chat", "responses"),
    limits=(*SAMPLING, TOOLS_WHILE_REASONING, MAX_ON_CHAT, STOP_WHILE_REASONING),
    open_weights=False,
    released=date(2026, 7, 9),
    facts={"*": _PAGE, "efforts": _TRIED},
)
_5_5 = replace(
    _LATE,
    id="gpt-5.5",
    aliases=("gpt-5.5-2026-04-23",),
    efforts=_TO_XHIGH,
    limits=(*SAMPLING, TOOLS_WHILE_REASONING, STOP_WHILE_REASONING),
    released=date(2026, 4, 23),
    facts={"*": _CATALOGS, "efforts": _TRIED, "default_effort": _MEDIUM},
)
_5_4 = replace(
    _5_5,
    id="gpt-5.4",
    aliases=("gpt-5.4-2026-03-05",),
    max_input=None,
    default_effort="none",
    released=date(2026, 3, 5),
    facts={"*": _CATALOGS, "efforts": _TRIED, "max_input": _INPUT_UNCLEAR},
)
_5_4_SMALL = replace(
    _5_4,
    context=400_000,
    max_input=272_000,
    released=date(2026, 3, 17),
    facts={"*": _CATALOGS, "efforts": _TRIED},
)
_5_2 = replace(
    _5_4_SMALL,
    id="gpt-5.2",
    aliases=("gpt-5.2-2025-12-11",),
    limits=(*SAMPLING, _TOOLS_5_2, STOP_WHILE_REASONING),
    released=date(2025, 12, 11),
)
_5 = replace(
    _5_2,
    id="gpt-5",
    aliases=("gpt-5-2025-08-07",),
    efforts=("minimal", "low", "medium", "high"),
    default_effort="medium",
    limits=(*SAMPLING, STOP),
    released=date(2025, 8, 7),
    retired=date(2026, 12, 11),
    successor="gpt-6.1-sol",
    facts={"*": _CATALOGS, "efforts": _TRIED, "retired": _SHUTDOWN},
)


def _pro(of: ModelInfo, day: str, *, in_package: bool) -> ModelInfo:
    """Return the pro model of a family."""
    served = _ONLY_RESPONSES if in_package else _SAID_RESPONSES
    return replace(
        of,
        id=f"{of.id}-pro",
        aliases=(f"{of.id}-pro-{day}",),
        max_input=922_000 if of.context == 1_050_000 else of.max_input,
        efforts=_PRO,
        default_effort=None,
        apis=("responses",),
        json_schema=False,
        limits=(*SAMPLING, STOP_WHILE_REASONING),
        facts={
            "*": _CATALOGS,
            "efforts": _TRIED,
            "default_effort": _UNASKED,
            "apis": served,
            "json_schema": _NO_SCHEMA,
        },
    )


MODELS = (
    replace(_LATE, aliases=("gpt-5.6",)),
    replace(_LATE, id="gpt-5.6-terra"),
    replace(_LATE, id="gpt-5.6-luna"),
    _5_5,
    _pro(_5_5, "2026-04-23", in_package=True),
    _5_4,
    _pro(_5_4, "2026-03-05", in_package=False),
    replace(_5_4_SMALL, id="gpt-5.4-mini", aliases=("gpt-5.4-mini-2026-03-17",)),
    replace(
        _5_4_SMALL,
        id="gpt-5.4-nano",
        aliases=("gpt-5.4-nano-2026-03-17",),
        retired=date(2027, 4, 1),
        facts={"*": _CATALOGS, "efforts": _TRIED, "retired": _SHUTDOWN_ALONE},
    ),
    _5_2,
    replace(
        _pro(_5_2, "2025-12-11", in_package=False),
        json_schema=True,
        limits=(*SAMPLING, STOP_WHILE_REASONING),
        facts={
            "*": _CATALOGS,
            "efforts": _TRIED,
            "default_effort": _UNASKED,
            "apis": _SAID_RESPONSES,
        },
    ),
    replace(
        _5_2,
        id="gpt-5.1",
        aliases=("gpt-5.1-2025-11-13",),
        efforts=("none", "low", "medium", "high"),
        limits=(*SAMPLING, STOP_WHILE_REASONING),
        released=date(2025, 11, 13),
        retired=date(2027, 4, 1),
        facts={
            "*": _CATALOGS,
            "efforts": Fact(
                reason="the API names these when another is asked for; the default is none",
                source="openai/openai-agents-python#2089; https://learn.microsoft.com/en-us/"
                "javascript/api/@azure/ai-projects/reasoningeffort",
                checked="2026-11-28",
            ),
            "retired": _SHUTDOWN_ALONE,
        },
    ),
    _5,
    replace(_5, id="gpt-5-mini", aliases=("gpt-5-mini-2025-08-07",), successor="gpt-6.1-terra"),
    replace(
        _5,
        id="gpt-5-nano",
        aliases=("gpt-5-nano-2025-08-07",),
        successor="gpt-6-luna",
        facts={
            "*": _CATALOGS,
            "efforts": _TRIED,
            "retired": _SHUTDOWN,
            "successor": Fact(
                reason="the copy at hand ends after 'gpt-6'; an older one says gpt-5.6-luna, and "
                "luna is the tier of nano",
                source="https://developers.openai.com/api/docs/deprecations; "
                "https://developers.openai.com/api/docs/models/gpt-5.6-luna",
                checked="2026-11-28",
                verified=False,
            ),
        },
    ),
    replace(
        _5,
        id="gpt-5-pro",
        aliases=("gpt-5-pro-2025-10-06",),
        max_input=None,
        max_output=272_000,
        efforts=("high",),
        default_effort="high",
        apis=("responses",),
        limits=(*SAMPLING, STOP_WHILE_REASONING),
        released=date(2025, 10, 6),
        successor="gpt-5.6-sol",
        facts={
            "*": _CATALOGS,
            "efforts": _TRIED,
            "apis": _ONLY_RESPONSES,
            "retired": Fact(
                reason="announced by OpenAI; instead it names gpt-5.6-sol with "
                "reasoning={'mode': 'pro'}",
                source="https://dev.to/aideprecations/what-to-do-before-openai-gpt-5-and-o3-shut-"
                "down-on-december-11-2026-fap, copied from OpenAI's page",
                checked="2026-11-28",
            ),
        },
    ),
)

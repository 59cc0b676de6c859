"""OpenAI's o-series and GPT-4, and what is gone but still named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from unillm.catalog.openai.limits import (
    PARALLEL,
    PROFILES,
    SAMPLING,
    STOP,
    STOP_WHILE_REASONING,
)
from unillm.types.facts import Fact
from unillm.types.model import ModelInfo

_CATALOG = Fact(
    reason="as a catalog has it that cites the vendor's pages; the day it came out is that of its "
    "first snapshot",
    source="litellm 1.110.2, model_prices_and_context_window_backup.json",
    checked="2026-11-28",
)
_TRIED = Fact(
    reason="tried against the API by the authors of that package",
    source=PROFILES,
    checked="2026-11-23",
)
_UNTRIED = Fact(
    reason="said of the whole o-series",
    source=PROFILES,
    checked="2026-11-23",
)
_SHUTDOWN = Fact(
    reason="announced by OpenAI; what to use instead as pages say that copy its list",
    source="openai-python 3.57.0, openai/types/shared/chat_model.py; "
    "https://dev.to/importstatic/every-openai-model-shutdown-date-until-january-2027-and-what-"
    "replaces-it-1dfk; https://dev.to/max_bob/openai-api-deprecations-2026-2027-every-shutdown-"
    "date-and-recommended-replacement-gpt-4o-2ffm",
    checked="2026-11-28",
)
_ONLY_RESPONSES = Fact(
    reason="its id is in the types of the Responses API only",
    source="openai-python 3.57.0, openai/types/shared/responses_model.py",
    checked="2026-11-28",
)

_O3 = ModelInfo(
    id="o3",
    vendor="openai",
    aliases=("o3-2025-04-16",),
    context=200_000,
    max_output=100_000,
    input=frozenset({"text", "image", "file"}),
    efforts=("low", "medium", "high"),
    default_effort="medium",
    apis=("chat", "responses"),
    limits=(*SAMPLING, STOP, PARALLEL),
    open_weights=False,
    released=date(2025, 4, 16),
    retired=date(2026, 12, 11),
    successor="gpt-5.6-sol",
    facts={"*": _CATALOG, "efforts": _UNTRIED, "retired": _SHUTDOWN},
)
_GONE = replace(_O3, retired=date(2026, 10, 23), limits=(*SAMPLING, STOP_WHILE_REASONING, PARALLEL))
_4_1 = replace(
    _O3,
    id="gpt-4.1",
    aliases=("gpt-4.1-2025-04-14",),
    context=1_047_576,
    max_output=32_768,
    efforts=(),
    default_effort="none",
    limits=(),
    released=date(2025, 4, 14),
    retired=date(2027, 1, 14),
    successor="gpt-6-luna",
    facts={"*": _CATALOG, "efforts": _TRIED, "retired": _SHUTDOWN},
)
_4O = replace(
    _4_1,
    id="gpt-4o",
    aliases=("gpt-4o-2024-11-20", "gpt-4o-2024-08-06"),
    context=128_000,
    max_output=16_384,
    released=date(2024, 5, 13),
)
_4 = replace(
    _4_1,
    id="gpt-4",
    aliases=("gpt-4-0613",),
    context=8_192,
    max_output=4_096,
    input=frozenset({"text"}),
    json_schema=False,
    released=None,
    retired=date(2026, 10, 23),
    successor="gpt-5.6-sol",
)

MODELS = (
    _O3,
    replace(
        _O3,
        id="o3-pro",
        aliases=("o3-pro-2025-06-10",),
        apis=("responses",),
        released=date(2025, 6, 10),
        facts={**_O3.facts, "apis": _ONLY_RESPONSES},
    ),
    replace(
        _GONE,
        id="o4-mini",
        aliases=("o4-mini-2025-04-16",),
        limits=(*SAMPLING, STOP, PARALLEL),
        successor="gpt-5.6-terra",
    ),
    replace(
        _GONE,
        id="o3-mini",
        aliases=("o3-mini-2025-01-31",),
        input=frozenset({"text"}),
        limits=(*SAMPLING, STOP_WHILE_REASONING, PARALLEL),
        released=date(2025, 1, 31),
    ),
    replace(_GONE, id="o1", aliases=("o1-2024-12-17",), released=date(2024, 12, 17)),
    replace(
        _GONE,
        id="o1-pro",
        aliases=("o1-pro-2025-03-19",),
        apis=("responses",),
        limits=(*SAMPLING, STOP_WHILE_REASONING),
        released=date(2025, 3, 19),
        facts={**_GONE.facts, "apis": _ONLY_RESPONSES},
    ),
    _4_1,
    replace(_4_1, id="gpt-4.1-mini", aliases=("gpt-4.1-mini-2025-04-14",)),
    replace(
        _4_1,
        id="gpt-4.1-nano",
        aliases=("gpt-4.1-nano-2025-04-14",),
        retired=date(2026, 10, 23),
        successor="gpt-5.6-luna",
    ),
    _4O,
    replace(
        _4O,
        id="gpt-4o-mini",
        aliases=("gpt-4o-mini-2024-07-18",),
        released=date(2024, 7, 18),
    ),
    replace(
        _4,
        id="gpt-4-turbo",
        aliases=("gpt-4-turbo-2024-04-09",),
        context=128_000,
        input=frozenset({"text", "image"}),
    ),
    _4,
    replace(
        _4,
        id="gpt-3.5-turbo",
        aliases=("gpt-3.5-turbo-0125",),
        context=16_385,
        successor="gpt-5.6-terra",
    ),
)

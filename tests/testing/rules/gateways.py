"""Azure, and those that hand requests on."""

from __future__ import annotations

from tests.testing.rules.case import Case

_V1 = "/openai/v1/chat/completions"
_CLASSIC = "/openai/deployments/m/chat/completions"
_DATED = "?api-version=2024-10-21"

GATEWAYS = (
    Case(
        host="azure",
        rule="version-on-v1",
        path=f"{_V1}{_DATED}",
        good_path=_V1,
        says="=api-version query parameter is not allowed when using /v1 path",
        code="BadRequest",
    ),
    Case(
        host="azure",
        rule="version-on-v1",
        path=f"{_V1}{_DATED}",
        good_path=f"{_V1}?api-version=preview",
        code="BadRequest",
    ),
    Case(
        host="azure",
        rule="version-missing",
        path=_CLASSIC,
        good_path=f"{_CLASSIC}{_DATED}",
        says="=Resource not found",
        code="404",
        status=404,
    ),
    Case(
        host="huggingface",
        rule="model",
        bad={"model": "m"},
        good={"model": "a/m:together"},
        says="'m' is not supported by any provider",
        param="model",
        code="model_not_supported",
    ),
    Case(
        host="litellm",
        rule="model-missing",
        bad={"model": None},
        good={"model": "anything"},
        says="Invalid model name passed in model=None",
        param="None",
        code="400",
    ),
    Case(
        host="openrouter",
        rule="model",
        bad={"model": "m"},
        good={"model": "a/m:free"},
        says="=m is not a valid model ID",
        code=400,
    ),
    Case(
        host="openrouter",
        rule="reasoning-twice",
        bad={"reasoning": {"effort": "low", "max_tokens": 7}},
        good={"reasoning": {"effort": "low"}},
        says="Only one of",
        code=400,
    ),
)

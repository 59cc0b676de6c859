"""Fireworks AI, a host of open models that refuses fields it does not know."""

from types import MappingProxyType

from unillm.types.facts import Fact, Limit, limits
from unillm.types.place import Place
from unillm.types.profile import Profile

_REFERENCE = "https://docs.fireworks.ai/api-reference/post-chatcompletions"
_SDK = "fw-ai-external/python-sdk, src/fireworks/types/chat/completion_create_params.py"
_REASONING = "https://docs.fireworks.ai/guides/reasoning"
_DATA = "https://docs.fireworks.ai/guides/security_compliance/data_handling"
_UNKNOWN = "FlowiseAI/Flowise#2866; web-infra-dev/midscene#1322"
_MODELS = "anomalyco/models.dev, providers/fireworks-ai/models/accounts/fireworks/models"
_HOME = "accounts/fireworks/models"
_DAY = "2026-11-28"

_ABSENT = limits(
    "verbosity",
    "safety_identifier",
    "store",
    then="drop",
    fact=Fact(
        reason="the reference does not have it, and fields it does not know are answered with 400 "
        "'Extra inputs are not permitted'",
        source=f"{_SDK}; {_UNKNOWN}",
        checked=_DAY,
    ),
) + limits(
    *(f"service_tier={tier}" for tier in ("auto", "default", "flex", "scale", "fast", "ultrafast")),
    then="drop",
    fact=Fact(
        reason="priority is the only tier that is documented",
        source=f"{_MODELS}/deepseek-v4-pro-0813.toml",
        checked=_DAY,
        verified=False,
    ),
)

_REFUSED = (
    Limit(
        "json_word",
        then="refuse",
        fact=Fact(
            reason="without an instruction to write JSON the answer may be whitespace without end",
            source=f"{_SDK}, response_format",
            checked=_DAY,
        ),
        remedy="Say in the prompt that the answer is to be JSON, best with an example of it.",
    ),
    Limit(
        "hosted_tools",
        then="refuse",
        fact=Fact(reason="tools can only be functions", source=_SDK, checked=_DAY),
        remedy="Offer functions only.",
    ),
)

_PLACE = Place(
    jurisdiction="US",
    no_training=True,
    retention_days=0,
    self_hosted=False,
    facts={
        "self_hosted": Fact(
            reason="a service of the provider's own, at one address for all",
            source=_DATA,
            checked=_DAY,
        ),
        "jurisdiction": Fact(
            reason="Fireworks AI, Inc., with rights of California's law in its privacy notice; "
            "the governing law was not read",
            source="https://conductatlas.com/platform/fireworks-ai/fireworks-ai-privacy-policy/",
            checked=_DAY,
            verified=False,
        ),
        "no_training": Fact(
            reason="'We do not use your prompts, training data, or API inputs to train or improve "
            "our AI models without your explicit opt-in'",
            source="its privacy policy, quoted at "
            "https://conductatlas.com/platform/fireworks-ai/fireworks-ai-privacy-policy/",
            checked=_DAY,
        ),
        "retention_days": Fact(
            reason="'does not log or store prompt or generation data for any open models, without "
            "explicit user opt-in'; its Responses API keeps 30 days, and unillm does not use it",
            source=_DATA,
            checked=_DAY,
        ),
    },
)

PROFILE = Profile(
    name="fireworks",
    base_url="https://api.fireworks.ai/inference/v1",
    api_key_env="FIREWORKS_API_KEY",
    place=_PLACE,
    ids=MappingProxyType(
        {
            "deepseek-v4-pro": f"{_HOME}/deepseek-v4-pro-0813",
            "deepseek-flash": f"{_HOME}/deepseek-v4p1-flash",
            "deepseek-v4-flash-0731": f"{_HOME}/deepseek-v4-flash-0731",
            "deepseek-v3.2": f"{_HOME}/deepseek-v3p2",
        }
    ),
    limits=_ABSENT + _REFUSED,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning_content",
    leaks=(),
    facts={
        "base_url": Fact(reason="its own address", source=_REFERENCE, checked=_DAY),
        "api_key_env": Fact(
            reason="the variable its own SDK reads",
            source="anomalyco/models.dev, providers/fireworks-ai/provider.toml",
            checked=_DAY,
        ),
        "ids": Fact(
            reason="the ids of its serverless models; deepseek-v4-pro, undated, is the preview",
            source=f"{_MODELS}; genai-prices 0.2.3, genai_prices/data.py",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="max_completion_tokens is an alias of it", source=_SDK, checked=_DAY
        ),
        "developer_role": Fact(
            reason="the reference has system, user and assistant", source=_SDK, checked=_DAY
        ),
        "reasoning_replay": Fact(
            reason="with tools it must go back, and a model that does not read it ignores it",
            source=_REASONING,
            checked=_DAY,
        ),
        "leaks": Fact(
            reason="open models answer in their own notation wherever the host fails to parse it",
            source="cline/cline#13348; ollama/ollama#17742; unslothai/unsloth#5735",
            checked="2026-11-23",
        ),
    },
)

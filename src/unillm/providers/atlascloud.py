"""Atlas Cloud, a host of open models that forwards to others too."""

from types import MappingProxyType

from unillm.types.facts import Fact, Limit
from unillm.types.place import Place
from unillm.types.profile import Profile

_DOCS = "https://www.atlascloud.ai/docs/en/models/llm"
_PAGE = "https://www.atlascloud.ai/models/deepseek-ai/deepseek-v4-pro-0813"
_CALLED = "anomalyco/models.dev, providers/atlascloud/provider.toml"
_ZERO = "https://www.atlascloud.ai/id/zero-data-retention"
_DAY = "2026-11-28"

_DIVIDED = "its Zero Data Retention Policy of June 2026 says that nothing is stored or trained on"
_PLACE = Place(
    jurisdiction="US",
    facts={
        "jurisdiction": Fact(
            reason="'Atlas Cloud AI LLC is a New York registered company', hosted in the United "
            "States",
            source="https://www.atlascloud.ai/docs/privacy",
            checked=_DAY,
        ),
        "no_training": Fact(
            reason=f"{_DIVIDED}, its documentation that requests are forwarded to providers with "
            "policies of their own",
            source=f"{_ZERO}; https://www.atlascloud.ai/docs/privacy",
            checked=_DAY,
            verified=False,
        ),
        "retention_days": Fact(
            reason=f"{_DIVIDED}, its Data Retention Policy of the same month that standard "
            "services may keep content for a time",
            source=f"{_ZERO}; https://www.atlascloud.ai/fr/data-retention",
            checked=_DAY,
            verified=False,
        ),
    },
)

PROFILE = Profile(
    name="atlascloud",
    base_url="https://api.atlascloud.ai/v1",
    api_key_env="ATLASCLOUD_API_KEY",
    place=_PLACE,
    forwards=True,
    ids=MappingProxyType(
        {
            "deepseek-v4-pro": "deepseek-ai/deepseek-v4-pro-0813",
            "deepseek-flash": "deepseek-ai/deepseek-v4.1-flash",
            "deepseek-v4-flash-0731": "deepseek-ai/deepseek-v4-flash-0731",
            "deepseek-v3.2": "deepseek-ai/deepseek-v3.2",
        }
    ),
    limits=(
        Limit(
            "hosted_tools",
            then="refuse",
            fact=Fact(
                reason="it documents Chat Completions alone, whose tools are functions",
                source=_DOCS,
                checked=_DAY,
                verified=False,
            ),
            remedy="Offer functions only.",
        ),
    ),
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning_content",
    leaks=(),
    tool_name_length=128,
    facts={
        "forwards": Fact(
            reason="requests are forwarded to providers with policies of their own",
            source="https://www.atlascloud.ai/docs/privacy",
            checked=_DAY,
        ),
        "base_url": Fact(reason="its own address", source=_DOCS, checked=_DAY),
        "api_key_env": Fact(reason="the variable its examples read", source=_PAGE, checked=_DAY),
        "ids": Fact(
            reason="each was called and answered 2026-10-06",
            source=f"{_CALLED}, and models/deepseek-ai; {_PAGE}",
            checked=_DAY,
        ),
        "max_tokens_field": Fact(
            reason="the name in its examples", source=f"{_DOCS}; {_PAGE}", checked=_DAY
        ),
        "developer_role": Fact(
            reason="its documentation has system, user and assistant only; what it makes of "
            "another is not known",
            source=_DOCS,
            checked=_DAY,
            verified=False,
        ),
        "reasoning_replay": Fact(
            reason="thinking comes in this field, as calls of 2026-10-06 saw; that it is read back "
            "there is not documented",
            source=_CALLED,
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

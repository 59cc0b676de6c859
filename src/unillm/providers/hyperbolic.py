"""Hyperbolic, a host of open models; little of it is documented."""

from unillm.types.facts import Fact
from unillm.types.profile import Profile

_LITELLM = "https://litellm.vercel.app/docs/providers/hyperbolic"
_RIG = "https://docs.rs/rig-core/0.40.0/src/rig_core/providers/hyperbolic.rs.html"
_DAY = "2026-11-28"

PROFILE = Profile(
    name="hyperbolic",
    base_url="https://api.hyperbolic.xyz/v1",
    api_key_env="HYPERBOLIC_API_KEY",
    experimental="no recording and no document of its own says what it takes, and DeepSeek V4 is "
    "not among the models it lists: V3, V3-0324, R1 and R1-0528 are",
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="as_received",
    leaks=(),
    tool_name_length=128,
    facts={
        "base_url": Fact(
            reason="the address other SDKs use", source=f"{_LITELLM}; {_RIG}", checked=_DAY
        ),
        "api_key_env": Fact(
            reason="the variable other SDKs read", source=_LITELLM, checked="2026-10-09"
        ),
        "max_tokens_field": Fact(
            reason="many compatible hosts take only this name; of this one it is not known",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-23",
            verified=False,
        ),
        "developer_role": Fact(
            reason="many compatible hosts take only system; of this one it is not known",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-23",
            verified=False,
        ),
        "reasoning_replay": Fact(
            reason="in which field thinking comes, and whether it is read back, is not known",
            source="unillm",
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

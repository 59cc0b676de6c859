"""A llama.cpp server of your own."""

from unillm.types.profile import Fact, Profile

_README = "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"

PROFILE = Profile(
    name="llamacpp",
    base_url="http://localhost:8080/v1",
    api_key_env="LLAMA_API_KEY",
    key_required=False,
    max_tokens_field="max_tokens",
    reasoning_replay="reasoning_content",
    facts={
        "base_url": Fact(
            reason="the port llama-server listens on", source=_README, checked="2026-11-23"
        ),
        "api_key_env": Fact(
            reason="the variable llama-server itself reads its key from",
            source=_README,
            checked="2026-11-23",
        ),
        "key_required": Fact(
            reason="a server started without a key takes every request",
            source=_README,
            checked="2026-11-23",
        ),
        "max_tokens_field": Fact(
            reason="understood by every version", source=_README, checked="2026-11-23"
        ),
        "reasoning_replay": Fact(
            reason="thinking comes, and templates read it, in this field",
            source=_README,
            checked="2026-11-23",
        ),
    },
)

"""OpenAI's own API: the dialect every other profile is measured against."""

from unillm.types.profile import Fact, Profile

PROFILE = Profile(
    name="openai",
    base_url="https://api.openai.com/v1",
    api_key_env="OPENAI_API_KEY",
    models=frozenset(
        {
            "gpt-5.4",
            "gpt-5.4-mini",
            "gpt-5.4-nano",
            "gpt-5.5",
            "gpt-5.6",
            "gpt-5.6-sol",
            "gpt-5.6-terra",
            "gpt-5.6-luna",
            "gpt-6-astra",
            "gpt-6-sol",
            "gpt-6-luna",
            "gpt-6.1-sol",
            "gpt-6.1-terra",
            "gpt-6.2-astra",
            "gpt-6.2-sol",
        }
    ),
    facts={
        "base_url": Fact(
            reason="its own address",
            source="openai-python 3.54.0, openai/_client.py",
            checked="2026-11-23",
        ),
        "api_key_env": Fact(
            reason="the variable its own SDK reads",
            source="openai-python 3.54.0, openai/_client.py",
            checked="2026-11-23",
        ),
        "models": Fact(
            reason="current ids that Chat Completions serves; the pro models live on Responses",
            source="openai-python 3.54.0, openai/types/shared/chat_model.py; genai-prices 0.2.3",
            checked="2026-11-23",
        ),
    },
)

"""Any other OpenAI-compatible host: what is safe when nothing is known."""

from unillm.types.facts import Fact
from unillm.types.profile import Profile
from unillm.types.services import Completions

PROFILE = Profile(
    name="generic",
    key_required=False,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="as_received",
    leaks=(),
    tool_name_length=128,
    completions=Completions(suffix=True),
    prefix_by="prefix",
    facts={
        "prefix_by": Fact(
            reason="only the host knows; where it knows the field of DeepSeek's, it goes on",
            source="unillm",
            checked="2026-11-28",
            verified=False,
        ),
        "completions": Fact(
            reason="only the host knows; it answers 404 if it has none",
            source="unillm",
            checked="2026-11-28",
            verified=False,
        ),
        "key_required": Fact(
            reason="only the host knows; it answers 401 if it does",
            source="unillm",
            checked="2026-11-23",
        ),
        "max_tokens_field": Fact(
            reason="many compatible hosts take only this name",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-23",
        ),
        "developer_role": Fact(
            reason="many compatible hosts take only system; all take that",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-23",
        ),
        "reasoning_replay": Fact(
            reason="a DeepSeek model answers 400 without it, wherever it is hosted",
            source="https://api-docs.deepseek.com/guides/thinking_mode#tool-calls",
            checked="2026-11-23",
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

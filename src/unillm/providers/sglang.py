"""An SGLang server of your own."""

from unillm.types.facts import Fact, Limit
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.services import Completions

_PROTOCOL = "sgl-project/sglang, python/sglang/srt/entrypoints/openai/protocol.py@004c82e0"

_PLACE = Place(
    self_hosted=True,
    no_training=True,
    facts={
        "self_hosted": Fact(
            reason="it is software that you run; where it stands only you know",
            source="https://docs.sglang.io/basic_usage/openai_api_completions",
            checked="2026-11-28",
        ),
        "no_training": Fact(
            reason="it serves weights and changes none",
            source="https://docs.sglang.io/basic_usage/openai_api_completions",
            checked="2026-11-28",
        ),
    },
)

PROFILE = Profile(
    name="sglang",
    base_url="http://localhost:30000/v1",
    api_key_env="SGLANG_API_KEY",
    place=_PLACE,
    key_required=False,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning_content",
    leaks=(),
    limits=(
        Limit(
            "response_format=beside_tools",
            then="refuse",
            fact=Fact(
                reason="the whole answer is held to the format, and what holds calls to their "
                "schema is left out, with a warning in the server's log",
                source=f"{_PROTOCOL}, to_sampling_params",
                checked="2026-11-28",
            ),
            remedy="Leave response_format out: client.run(…, tools=…, output=…) asks in words.",
        ),
        Limit(
            "file",
            then="refuse",
            fact=Fact(
                reason="content parts are text, images, video and audio only",
                source=_PROTOCOL,
                checked="2026-11-28",
            ),
            remedy="Send what is needed of it as text.",
        ),
        Limit(
            "hosted_tools",
            then="refuse",
            fact=Fact(reason="tools can only be functions", source=_PROTOCOL, checked="2026-11-28"),
            remedy="Offer functions only.",
        ),
    ),
    renders_template=True,
    strict_outputs=False,
    tool_name_length=128,
    prefix_by="continue_final_message",
    completions=Completions(suffix=True),
    facts={
        "prefix_by": Fact(
            reason="as vLLM has it; seen in the code of its gateway alone",
            source="sgl-project/sglang, the templates of chats",
            checked="2026-11-28",
            verified=False,
        ),
        "completions": Fact(
            reason="a server started with --completion-template reads a suffix; others ignore it",
            source="sgl-project/sglang, srt/entrypoints/openai/serving_completions.py",
            checked="2026-11-28",
        ),
        "base_url": Fact(
            reason="the port `sglang serve` listens on",
            source="https://docs.sglang.io/basic_usage/openai_api_completions",
            checked="2026-11-23",
        ),
        "api_key_env": Fact(
            reason="a name of our own: SGLang takes its key as an option",
            source="unillm",
            checked="2026-11-23",
        ),
        "key_required": Fact(
            reason="a server started without a key takes every request",
            source="https://docs.sglang.io/basic_usage/openai_api_completions",
            checked="2026-11-23",
        ),
        "max_tokens_field": Fact(
            reason="understood by every version",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-23",
        ),
        "developer_role": Fact(
            reason="with some chat templates the instruction is silently dropped",
            source="sgl-project/sglang#40082",
            checked="2026-11-23",
        ),
        "reasoning_replay": Fact(
            reason="thinking is separated into this field",
            source="https://docs.sglang.io/advanced_features/separate_reasoning",
            checked="2026-11-23",
        ),
        "leaks": Fact(
            reason="with tool_choice none DSML stays in content; other calls where a parser fails",
            source="sgl-project/sglang#35736, #40236",
            checked="2026-11-23",
        ),
        "renders_template": Fact(
            reason="it renders the model's own template, which reads chat_template_kwargs",
            source="https://docs.sglang.io/advanced_features/separate_reasoning; "
            "sgl-project/sglang#23623",
            checked="2026-11-23",
        ),
        "strict_outputs": Fact(
            reason="its engine holds an answer to any schema, and strict mode is OpenAI's",
            source="https://docs.sglang.io/docs/advanced_features/structured_outputs.md",
            checked="2026-11-28",
        ),
        "tool_name_length": Fact(
            reason="no host of this kind is known to take less than unillm does",
            source="unillm",
            checked="2026-11-23",
            verified=False,
        ),
    },
)

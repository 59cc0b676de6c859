"""A vLLM server of your own."""

from unillm.types.facts import Fact, Limit
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.services import Completions

_PLACE = Place(
    self_hosted=True,
    no_training=True,
    facts={
        "self_hosted": Fact(
            reason="it is software that you run; where it stands only you know",
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
            checked="2026-11-28",
        ),
        "no_training": Fact(
            reason="it serves weights and changes none",
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
            checked="2026-11-28",
        ),
    },
)

PROFILE = Profile(
    name="vllm",
    base_url="http://localhost:8000/v1",
    api_key_env="VLLM_API_KEY",
    place=_PLACE,
    key_required=False,
    max_tokens_field="max_tokens",
    developer_role=False,
    reasoning_replay="reasoning",
    leaks=(),
    limits=(
        Limit(
            "response_format=beside_tools",
            then="refuse",
            fact=Fact(
                reason="the whole answer is held to the format, so that no call can be written; "
                "where one is demanded, the format is forgotten",
                source="vllm-project/vllm#39929, #47439",
                checked="2026-11-28",
            ),
            remedy="Leave response_format out: client.run(…, tools=…, output=…) asks in words.",
        ),
    ),
    renders_template=True,
    strict_outputs=False,
    tool_name_length=128,
    prefix_by="continue_final_message",
    completions=Completions(suffix=False),
    facts={
        "prefix_by": Fact(
            reason="the field of the body that leaves the last message open",
            source="vllm-project/vllm#6772; the same field as ggml-org/llama.cpp#11755 quotes it",
            checked="2026-11-28",
        ),
        "completions": Fact(
            reason="it has it, and reads no suffix",
            source="https://docs.vllm.ai/en/v0.6.4.post1/serving/openai_compatible_server.html; "
            "vllm-project/vllm#9976",
            checked="2026-11-28",
        ),
        "base_url": Fact(
            reason="the port `vllm serve` listens on",
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
            checked="2026-11-23",
        ),
        "api_key_env": Fact(
            reason="the variable the server itself reads its key from",
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
            checked="2026-11-23",
        ),
        "key_required": Fact(
            reason="a server started without a key takes every request",
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
            checked="2026-11-23",
        ),
        "max_tokens_field": Fact(
            reason="understood by every version; max_completion_tokens came later",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-23",
        ),
        "developer_role": Fact(
            reason="chat templates without it answer 400 'Unexpected message role'",
            source="ogx-ai/ogx#6069",
            checked="2026-11-23",
        ),
        "reasoning_replay": Fact(
            reason="the field was renamed from reasoning_content",
            source="vllm-project/vllm#27755, #27752",
            checked="2026-11-23",
        ),
        "leaks": Fact(
            reason="its parsers miss calls of several models",
            source="vllm-project/vllm#53227, #48020",
            checked="2026-11-23",
        ),
        "renders_template": Fact(
            reason="it renders the model's own template, which reads chat_template_kwargs",
            source="vllm-project/vllm#40982, #50580, #54198",
            checked="2026-11-23",
        ),
        "strict_outputs": Fact(
            reason="its engine holds an answer to any schema, and strict mode is OpenAI's",
            source="https://docs.vllm.ai/en/latest/features/structured_outputs/",
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

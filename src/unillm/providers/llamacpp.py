"""A llama.cpp server of your own."""

from unillm.types.facts import Fact, Limit, limits
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.services import Completions

_ASKED = "xllamacpp 2026.10.11549, asked"
_README = "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"

_PLACE = Place(
    self_hosted=True,
    no_training=True,
    facts={
        "self_hosted": Fact(
            reason="it is software that you run; where it stands only you know",
            source=_README,
            checked="2026-11-28",
        ),
        "no_training": Fact(
            reason="it serves weights and changes none",
            source=_README,
            checked="2026-11-28",
        ),
    },
)

PROFILE = Profile(
    name="llamacpp",
    base_url="http://localhost:8080/v1",
    api_key_env="LLAMACPP_API_KEY",
    place=_PLACE,
    key_required=False,
    max_tokens_field="max_tokens",
    reasoning_replay="reasoning_content",
    leaks=(),
    renders_template=True,
    strict_outputs=False,
    tool_name_length=128,
    limits=(
        Limit(
            "response_format=beside_tools",
            then="refuse",
            fact=Fact(
                reason="the whole answer is held to the format, so that no call can be written, "
                "even where one is demanded",
                source=f"{_ASKED}, tests/live/test_run.py",
                checked="2026-11-28",
            ),
            remedy="Leave response_format out: client.run(…, tools=…, output=…) asks in words.",
        ),
        Limit(
            "tool_choice=function",
            then="refuse",
            fact=Fact(
                reason="a tool_choice that is an object is silently taken as auto",
                source="ggml-org/llama.cpp#26535; build of 2026-10 asked, tests/live/test_tools.py",
                checked="2026-11-23",
            ),
            remedy="Offer that tool alone, with tool_choice='required'.",
        ),
        *limits(
            "logprobs=streamed_tools",
            "top_logprobs=streamed_tools",
            then="drop",
            fact=Fact(
                reason="answered with 400 'logprobs is not supported with tools + stream'",
                source=_ASKED,
                checked="2026-11-28",
            ),
        ),
        Limit(
            "file",
            then="refuse",
            fact=Fact(
                reason="answered with 400 'unsupported content[].type'",
                source=_ASKED,
                checked="2026-11-28",
            ),
            remedy="Send what is needed of it as text.",
        ),
        Limit(
            "hosted_tools",
            then="refuse",
            fact=Fact(
                reason="answered with 500 'Unsupported tool type'",
                source=_ASKED,
                checked="2026-11-28",
            ),
            remedy="Offer functions only.",
        ),
    ),
    prefix_by="continue_final_message",
    completions=Completions(suffix=False),
    facts={
        "prefix_by": Fact(
            reason="as vLLM has it; the answer does not repeat the beginning",
            source="ggml-org/llama.cpp#23012, #23089",
            checked="2026-11-28",
        ),
        "completions": Fact(
            reason="it answers 'Unsupported param: suffix'; filling in has an endpoint of its own",
            source="docker/model-runner#403; milanglacier/minuet-ai.nvim#129",
            checked="2026-11-28",
        ),
        "base_url": Fact(
            reason="the port llama-server listens on", source=_README, checked="2026-11-23"
        ),
        "api_key_env": Fact(
            reason="llama-server reads LLAMA_API_KEY, but so do clients of another vendor's API, "
            "whose key must not be sent to a server of your own; so this name is unillm's",
            source="unillm",
            checked="2026-11-23",
        ),
        "key_required": Fact(
            reason="a server started without a key takes every request",
            source=_README,
            checked="2026-11-23",
        ),
        "max_tokens_field": Fact(
            reason="understood by every version; max_completion_tokens came later",
            source=_README,
            checked="2026-11-23",
        ),
        "reasoning_replay": Fact(
            reason="thinking comes, and templates read it, in this field",
            source=_README,
            checked="2026-11-23",
        ),
        "leaks": Fact(
            reason="2 % of the turns of Qwen models with tools leave the call in content",
            source="unslothai/unsloth#5735",
            checked="2026-11-23",
        ),
        "renders_template": Fact(
            reason="it renders the model's own template, which reads chat_template_kwargs",
            source=_README,
            checked="2026-11-23",
        ),
        "strict_outputs": Fact(
            reason="it makes a grammar of any schema; strict mode is OpenAI's",
            source=_README,
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

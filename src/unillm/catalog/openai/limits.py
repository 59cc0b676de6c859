"""What OpenAI's API does not take with its own models."""

from __future__ import annotations

from unillm.types.facts import Fact, Limit, limits

PROFILES = "pydantic-ai 2.68, pydantic_ai/profiles/openai.py"
"""Which model reasons by default, and with which efforts, tried against the API by its authors."""

_REASONING = "https://developers.openai.com/api/docs/guides/reasoning"
_NO_TOOLS = "Leave the tools out."

TOOLS_WHILE_REASONING = Limit(
    "tools",
    then="refuse",
    when="reasoning",
    api="chat",
    fact=Fact(
        reason="answered with 400 'Function tools with reasoning_effort are not supported for … in "
        "/v1/chat/completions', also where the model reasons by default and no effort is asked for",
        source="openai/openai-openapi#541 (5.4); charmbracelet/crush#2913 (5.5); "
        "jeffdafoe/llm-memory-api#178 (5.5, unasked); BerriAI/litellm#34569 (5.6, unasked); "
        "onyx-dot-app/onyx#15008 (6)",
        checked="2026-11-28",
    ),
    remedy="Pass reasoning_effort='none'.",
)
"""Function tools on Chat Completions, from GPT-5.4 on."""

TOOLS_ON_CHAT = Limit(
    "tools",
    then="refuse",
    api="chat",
    fact=Fact(
        reason="it always reasons, and with function tools every request is answered with 400",
        source="genkit-ai/genkit#6303; bolna-ai/bolna#1019; docker/docker-agent#4162",
        checked="2026-11-28",
    ),
    remedy=_NO_TOOLS,
)
"""Function tools on Chat Completions with models that cannot stop reasoning."""

TOOLS_OF_UNKNOWN = Limit(
    "tools",
    then="refuse",
    api="chat",
    fact=Fact(
        reason="assumed of a model that is newer than the catalog, since models from gpt-5.6 on "
        "reason unasked, and are then answered with 400; the Responses API takes tools with all",
        source="BerriAI/litellm#34569",
        checked="2026-11-28",
        verified=False,
    ),
    remedy=_NO_TOOLS,
)
"""Function tools on Chat Completions with models that the catalog does not know."""

TOOLS_ON_CHAT_UNSEEN = Limit(
    "tools",
    then="refuse",
    api="chat",
    fact=Fact(
        reason="taken to be as with gpt-6-astra, since efforts none and minimal are refused "
        "likewise; nobody was seen to try it",
        source="BerriAI/litellm/discussions/52347; https://dev.to/hassann/how-to-use-gpt-62-astra-api-3j9l",
        checked="2026-11-28",
        verified=False,
    ),
    remedy=_NO_TOOLS,
)
"""The same for GPT-6.2, of which no refusal was seen."""

SAMPLING = limits(
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    then="drop",
    when="reasoning",
    fact=Fact(
        reason="refused while the model reasons",
        source=f"{PROFILES}, SAMPLING_PARAMS; {_REASONING}",
        checked="2026-11-23",
    ),
)
"""Settings of the choice of tokens, while a model reasons."""

MAX_ON_CHAT = Limit(
    "reasoning_effort=max",
    then="refuse",
    api="chat",
    fact=Fact(
        reason="Chat Completions refuses this effort on every model; the Responses API takes it",
        source=f"{PROFILES}; BerriAI/litellm-docs#1173",
        checked="2026-11-28",
    ),
    remedy="Pass reasoning_effort='xhigh'.",
)
"""The effort ``max`` on Chat Completions."""

_STOP = "answered with 400 'stop is not supported with this model'"

STOP = Limit(
    "stop",
    then="here",
    fact=Fact(
        reason=_STOP,
        source="openai-python 3.57.0, openai/types/chat/completion_create_params.py (o3, o4-mini); "
        "huggingface/smolagents#1662 (gpt-5); bolna-ai/bolna#1019 (gpt-6-astra)",
        checked="2026-11-28",
    ),
)
"""Stop texts, with models that were seen to refuse them."""

STOP_WHILE_REASONING = Limit(
    "stop",
    then="here",
    when="reasoning",
    fact=Fact(
        reason=f"{_STOP}, by gpt-5, o3, o4-mini and gpt-6-astra; taken to hold for every "
        "model while it reasons",
        source="litellm 1.110.2, llms/openai/chat/gpt_reasoning_transformation.py",
        checked="2026-11-28",
        verified=False,
    ),
)
"""Stop texts, with models of which it is not known."""

PARALLEL = Limit(
    "parallel_tool_calls",
    then="drop",
    fact=Fact(
        reason="the o-series does not have it",
        source="litellm 1.110.2, llms/openai/chat/o_series_transformation.py and "
        "model_prices_and_context_window_backup.json",
        checked="2026-11-28",
    ),
)
"""Several calls in one answer, switched on or off."""

_TYPES = (
    "openai-python 3.57.0, openai/types/responses/response_create_params.py and "
    "openai/types/chat/completion_create_params.py"
)

INTERFACES = (
    Limit(
        "responses_fields",
        then="refuse",
        api="chat",
        fact=Fact(
            reason="answered with 400 'Unrecognized request argument supplied: …'",
            source=f"{_TYPES}; nashsu/llm_wiki#336",
            checked="2026-11-28",
        ),
        remedy="Leave that out of extra_body.",
    ),
    Limit(
        "chat_fields",
        then="refuse",
        api="responses",
        fact=Fact(
            reason="answered with 400 'Unknown parameter: …'",
            source=f"{_TYPES}; bestruirui/octopus#31",
            checked="2026-11-28",
        ),
        remedy="Leave that out of extra_body.",
    ),
    Limit(
        "responses_parts",
        then="refuse",
        api="chat",
        fact=Fact(
            reason="answered with 400 'Invalid value: … Supported values are: …'; the words were "
            "not seen of these types",
            source="openai-python 3.57.0, openai/types/chat/chat_completion_content_part_param.py",
            checked="2026-11-28",
            verified=False,
        ),
        remedy="Send text, ImagePart and FilePart instead.",
    ),
    Limit(
        "max_tokens_below_16",
        then="refuse",
        api="responses",
        fact=Fact(
            reason="answered with 400 'integer below minimum value. Expected a value >= 16'",
            source="earendil-works/pi#6265; vectorize-io/hindsight#58 (with the body)",
            checked="2026-11-28",
        ),
        remedy="Ask for 16 or more.",
    ),
    Limit(
        "system_image",
        then="refuse",
        api="chat",
        fact=Fact(
            reason="answered with 400 'Image URLs are only allowed for messages with role user'; "
            "seen of other roles. The types of the Responses API have them",
            source="openai/openai-node#1030 (assistant); OpenHands/OpenHands#7700 (tool); "
            "openai-python 3.57.0, openai/types/responses/response_input_item_param.py",
            checked="2026-11-28",
            verified=False,
        ),
        remedy="Put the image into a user message.",
    ),
)
"""What one of the two interfaces does not take, whichever of OpenAI's models is asked."""

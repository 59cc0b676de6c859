"""OpenAI's own API: the dialect every other profile is measured against."""

from unillm.catalog.openai.limits import (
    INTERFACES,
    MAX_ON_CHAT,
    SAMPLING,
    STOP_WHILE_REASONING,
    TOOLS_OF_UNKNOWN,
)
from unillm.types.facts import Fact, Limit, limits
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.services import BatchApi

_NOT_IN_RESPONSES = Fact(
    reason="the Responses API does not have it",
    source="openai-python 3.57.0, openai/types/responses/response_create_params.py",
    checked="2026-11-28",
)

_DATA = "https://platform.openai.com/docs/guides/your-data, as archived 2025-11-25 and 2026-04-07"

_PLACE = Place(
    jurisdiction="US",
    no_training=True,
    retention_days=30,
    self_hosted=False,
    facts={
        "self_hosted": Fact(
            reason="a service of the provider's own, at one address for all",
            source=_DATA,
            checked="2026-11-28",
        ),
        "jurisdiction": Fact(
            reason="its Services Agreement puts it under California's law, as a register of the "
            "terms of services and their changes records; where a project with data residency is "
            "worked on has to be declared",
            source="https://conductatlas.com/platform/openai/openai-business-terms/"
            "governing-law-and-jurisdiction/; https://openai.com/policies/services-agreement/",
            checked="2026-11-28",
        ),
        "no_training": Fact(
            reason="'data sent to the OpenAI API is not used to train or improve OpenAI models "
            "(unless you explicitly opt in to share data with us)'",
            source=_DATA,
            checked="2026-11-28",
        ),
        "retention_days": Fact(
            reason="logs for abuse monitoring are 'retained for up to 30 days', unless the law "
            "asks for longer; less by contract only. With store=True, and by default on the "
            "Responses API, answers are kept besides",
            source=_DATA,
            checked="2026-11-28",
        ),
    },
)

PROFILE = Profile(
    name="openai",
    base_url="https://api.openai.com/v1",
    api_key_env="OPENAI_API_KEY",
    place=_PLACE,
    apis=("chat", "responses"),
    limits=(
        Limit(
            "json_word",
            then="refuse",
            fact=Fact(
                reason="answered with 400 \"'messages' must contain the word 'json' in some form\"",
                source="mem0ai/mem0#3559; meta-llama/PurpleLlama#94; "
                "ultimatejimmy/xray.koplugin#33 (2026-05, with the body)",
                checked="2026-11-28",
            ),
            remedy="Say in the prompt that the answer is to be JSON.",
        ),
        *limits(
            "seed",
            "logit_bias",
            "presence_penalty",
            "frequency_penalty",
            then="drop",
            api="responses",
            fact=_NOT_IN_RESPONSES,
        ),
        Limit(
            "prefix",
            then="refuse",
            fact=Fact(
                reason="neither interface has it: the field is unknown",
                source="openai-python 3.57.0, openai/types/chat/"
                "chat_completion_assistant_message_param.py",
                checked="2026-11-28",
            ),
            remedy="Say in a user message how the answer is to begin, or ask deepseek-v4-pro.",
        ),
        Limit(
            "hosted_tools",
            then="refuse",
            api="chat",
            fact=Fact(
                reason="the tools that OpenAI runs itself are in the Responses API only",
                source="openai-python 3.57.0, openai/types/chat/"
                "chat_completion_tool_union_param.py",
                checked="2026-11-28",
            ),
            remedy="Offer functions alone.",
        ),
        Limit(
            "file_url",
            then="refuse",
            api="chat",
            fact=Fact(
                reason="a file there is in the request itself, or was uploaded before",
                source="github.com/openai/openai-go/issues/588",
                checked="2026-11-28",
            ),
            remedy="Fetch it, and send FilePart.from_bytes(…).",
        ),
        Limit("stop", then="here", api="responses", fact=_NOT_IN_RESPONSES),
    ),
    assumed=(*SAMPLING, TOOLS_OF_UNKNOWN, MAX_ON_CHAT, STOP_WHILE_REASONING, *INTERFACES),
    batch=BatchApi(apis=("chat", "responses"), requests=50_000, size=200_000_000),
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
        "batch": Fact(
            reason="files of up to 50,000 requests and 200 MB, for either interface, in 24 hours",
            source="openai-python 3.57.0, openai/types/batch_create_params.py",
            checked="2026-11-28",
        ),
        "apis": Fact(
            reason="both interfaces; some models and some requests are refused on one of them",
            source="openai-python 3.54.0, openai/types/shared/responses_model.py",
            checked="2026-11-23",
        ),
        "assumed": Fact(
            reason="it serves its own models only, and all are known until a new one comes: what "
            "every model since gpt-5.6 refuses is assumed of that one; of the choice of tokens, "
            "once an effort is asked for",
            source="openai-python 3.57.0, openai/types/shared/chat_model.py; "
            "pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked="2026-11-28",
            verified=False,
        ),
    },
)

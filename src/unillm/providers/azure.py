"""Azure OpenAI and Microsoft Foundry: models at an address of the customer's own."""

from unillm.types.facts import Fact, Limit
from unillm.types.place import Place
from unillm.types.profile import Profile
from unillm.types.services import BatchApi

_LIFECYCLE = "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle"
_SDK = "openai-python 3.57.0, openai/lib/azure.py"
_DAY = "2026-11-28"

PROFILE = Profile(
    name="azure",
    hosts=(".openai.azure.com", ".services.ai.azure.com"),
    base_path="/openai/v1",
    deployment_url="/openai/deployments/{model}?api-version={api_version}",
    api_key_env="AZURE_OPENAI_API_KEY",
    base_url_env="AZURE_OPENAI_ENDPOINT",
    api_version_env="OPENAI_API_VERSION",
    key_header="api-key",
    apis=("chat", "responses"),
    vendors=frozenset({"openai"}),
    developer_role=False,
    reasoning_replay="as_received",
    leaks=(),
    billed_refusals=frozenset({400, 408}),
    batch=BatchApi(apis=("chat", "responses"), requests=50_000, size=200_000_000),
    limits=(
        Limit(
            "file",
            then="refuse",
            api="chat",
            fact=Fact(
                reason="Azure's Chat Completions take no documents",
                source="pydantic-ai, pydantic_ai/providers/azure.py, AzureProvider.model_profile",
                checked=_DAY,
            ),
            remedy="Send what it needs of the file as text.",
        ),
        Limit(
            "hosted_tools",
            then="refuse",
            api="chat",
            fact=Fact(
                reason="as with OpenAI, such tools are in the Responses API only",
                source="openai-python 3.57.0, openai/types/chat/"
                "chat_completion_tool_union_param.py",
                checked=_DAY,
            ),
            remedy="Offer functions alone.",
        ),
    ),
    place=Place(
        retention_days=30,
        self_hosted=False,
        facts={
            "self_hosted": Fact(
                reason="a service of Microsoft's, though each resource has its own address",
                source=_LIFECYCLE,
                checked=_DAY,
            ),
            "jurisdiction": Fact(
                reason="where a prompt is worked on is up to the deployment: in any region of "
                "Azure for global ones, in the US, the EU or APAC for data zones, in its own "
                "region for standard ones; so it has to be declared",
                source="https://learn.microsoft.com/en-gb/Azure/foundry/foundry-models/concepts/"
                "models-sold-directly-by-azure-region-availability",
                checked=_DAY,
            ),
            "no_training": Fact(
                reason="prompts and completions train no foundation models without permission, is "
                "said of the models that Azure sells itself; a deployment's name does not tell "
                "whether it is one of these, so the caller is to declare it",
                source="https://learn.microsoft.com/en-us/legal/cognitive-services/openai/"
                "data-privacy",
                checked=_DAY,
            ),
            "retention_days": Fact(
                reason="abuse monitoring may keep them for up to 30 days, unless Microsoft has "
                "approved that nothing is kept",
                source="https://learn.microsoft.com/en-us/answers/a/12368042 (Microsoft's staff), "
                "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/concepts/"
                "abuse-monitoring",
                checked=_DAY,
            ),
        },
    ),
    facts={
        "billed_refusals": Fact(
            reason="where the service has worked on a request it may charge for it, whatever the "
            "status: 400 of a content filter or an input limit, 408 of a timeout; not 401, nor 429 "
            "of a rate limit",
            source="MicrosoftDocs/azure-docs, articles/ai-services/openai/how-to/manage-costs.md "
            "(MicrosoftDocs/azure-docs#262983)",
            checked=_DAY,
        ),
        "batch": Fact(
            reason="as OpenAI has it, at /openai/v1",
            source="https://learn.microsoft.com/en-us/azure/foundry/reference/rest/"
            "batches-create-batch",
            checked=_DAY,
        ),
        "hosts": Fact(
            reason="each resource has an address of its own, under one of these",
            source=f"{_LIFECYCLE}; https://learn.microsoft.com/en-us/azure/foundry/"
            "foundry-models/how-to/generate-responses",
            checked=_DAY,
        ),
        "base_path": Fact(
            reason="the v1 API, which has no versions: one in the query is answered with 400 "
            "'api-version query parameter is not allowed when using /v1 path'",
            source=f"{_LIFECYCLE}; pydantic/pydantic-ai#5066",
            checked=_DAY,
        ),
        "deployment_url": Fact(
            reason="the classic API: each deployment has an address, and a version is needed "
            "(404 without it); of the two interfaces it has Chat Completions",
            source=f"{_SDK}, _deployments_endpoints; MicrosoftDocs/azure-docs#114602",
            checked=_DAY,
        ),
        "api_key_env": Fact(reason="the variable that SDK reads", source=_SDK, checked=_DAY),
        "base_url_env": Fact(reason="the variable that SDK reads", source=_SDK, checked=_DAY),
        "api_version_env": Fact(
            reason="the variable that SDK reads; here it asks for the classic API, where the "
            "address has no path of its own",
            source=_SDK,
            checked=_DAY,
        ),
        "key_header": Fact(
            reason="keys go into api-key as they are; tokens of Entra ID are Bearer tokens",
            source=_SDK,
            checked=_DAY,
        ),
        "apis": Fact(
            reason="both; models that are not OpenAI's may have no Responses API, or not all of "
            "it (DeepSeek-V4-Pro: 400 to reasoning.effort)",
            source="https://learn.microsoft.com/en-us/Azure/foundry-classic/openai/how-to/"
            "responses; earendil-works/pi#9645",
            checked=_DAY,
        ),
        "vendors": Fact(
            reason="OpenAI's models refuse there what they refuse at OpenAI",
            source="thingsboard/thingsboard#15256",
            checked=_DAY,
            verified=False,
        ),
        "developer_role": Fact(
            reason="models of other vendors are served there too, and all know system",
            source="pydantic-ai 2.68, pydantic_ai/profiles/openai.py",
            checked=_DAY,
            verified=False,
        ),
        "reasoning_replay": Fact(
            reason="DeepSeek-V4-Pro gives reasoning_content and is to be sent it back, else the "
            "prompt cache misses; OpenAI's models give none",
            source="earendil-works/pi#9645",
            checked=_DAY,
        ),
        "leaks": Fact(
            reason="open models answer in their own notation wherever the host fails to parse it",
            source="cline/cline#13348; ollama/ollama#17742; unslothai/unsloth#5735",
            checked=_DAY,
        ),
    },
)

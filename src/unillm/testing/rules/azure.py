"""Azure OpenAI: the v1 API below ``/openai/v1``, and the classic one of deployments.

Its models are deployments: any name is one, unless ``FakeProvider(models=…)`` says which there are.
"""

from __future__ import annotations

from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_CLASSIC, _V1 = "/openai/deployments/", "/openai/v1/"
_UNDATED = ("preview", "v1", "latest")


def _not_found(_: Seen) -> Refusal:
    return Refusal(message="Resource not found", status=404, code="404", bare=True)


@rule(
    "chat",
    source="https://github.com/pydantic/pydantic-ai/issues/5066",
    checked="2026-11-28",
    doubt="That preview and the like are taken is said of preview media alone.",
)
def version_on_v1(seen: Seen) -> Refusal | None:
    """Refuse a dated api-version in the query of the v1 API."""
    version = seen.query.get("api-version")
    if not seen.path.startswith(_V1) or version is None or version in _UNDATED:
        return None
    message = "api-version query parameter is not allowed when using /v1 path"
    return Refusal(message=message, code="BadRequest", bare=True)


@rule(
    "chat",
    source="https://github.com/MicrosoftDocs/azure-docs/issues/114602; "
    "https://github.com/ThinkInAIXYZ/deepchat/issues/262",
    checked="2026-11-28",
)
def version_missing(seen: Seen) -> Refusal | None:
    """Refuse a request to a deployment without an api-version, as if nothing were there."""
    classic = seen.path.startswith(_CLASSIC)
    return _not_found(seen) if classic and not seen.query.get("api-version") else None


def _no_deployment(_: Seen) -> Refusal:
    """Say what github.com/chatboxai/chatbox/issues/646 was told, read 2026-11-28."""
    message = (
        "The API deployment for this resource does not exist. If you created the deployment "
        "within the last 5 minutes, please wait a moment and try again."
    )
    return Refusal(message=message, status=404, code="DeploymentNotFound", bare=True)


def _no_key(_: Seen) -> Refusal:
    """Say what github.com/SciSharp/BotSharp/issues/386 was told, read 2026-11-28."""
    message = (
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
        "provide a valid key for an active subscription and use a correct regional API endpoint "
        "for your resource."
    )
    return Refusal(message=message, status=401, code="401", bare=True)


RULES = Rules(
    host="azure",
    rules=rules_in(globals()),
    key_header="api-key",
    no_key=_no_key,
    no_model=_no_deployment,
)

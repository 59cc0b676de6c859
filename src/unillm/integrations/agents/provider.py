"""Who makes the models of an agent."""

from __future__ import annotations

from typing import Literal, TypeAlias

from agents import Model, ModelProvider, UserError

from unillm import AsyncClient
from unillm.integrations.agents.models import ChatModel, ResponsesModel
from unillm.integrations.openai import openai_client

PREFIX = "unillm/"
Api: TypeAlias = Literal["responses", "chat"]


class UnillmProvider(ModelProvider):
    """Make models that unillm answers, in this process.

    Models are named as for unillm, with or without ``unillm/`` before it: ``route:fast``,
    ``unillm/deepseek:deepseek-v4-pro``. Give it to a run, ``RunConfig(model_provider=…)``, or to
    the prefix ``unillm`` of a ``MultiProviderMap``.

    Args:
        client: Who answers; it stays open. None: one is made, with keys from the environment, and
            closed by ``await provider.aclose()``.
        api: How the SDK speaks with unillm, whatever the provider speaks: ``"responses"``, or
            ``"chat"`` for Chat Completions.

    Raises:
        InvalidRequestError: The client is no ``unillm.AsyncClient``.
    """

    def __init__(self, client: AsyncClient | None = None, *, api: Api = "responses") -> None:
        self._owned = client is None
        self._openai = openai_client(client, async_=True)
        self._api = api

    def get_model(self, model_name: str | None) -> Model:
        """Return the model of a name.

        Raises:
            UserError: There is no name. The SDK would take its settings for GPT-5 then.
        """
        name = (model_name or "").removeprefix(PREFIX)
        if not name:
            raise UserError(
                'no model is named: Agent(model="unillm/deepseek:deepseek-v4-pro"), for example'
            )
        if self._api == "responses":
            return ResponsesModel(name, self._openai)
        return ChatModel(name, self._openai, should_replay_reasoning_content=_always)

    async def aclose(self) -> None:
        """Close the client, if it was made here."""
        if self._owned:
            await self._openai.close()


def _always(_: object) -> bool:
    """Replay reasoning: whether the model that is asked is to see it, unillm knows."""
    return True

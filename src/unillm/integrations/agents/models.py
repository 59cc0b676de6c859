"""The SDK's own models, over a client that unillm answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from agents import ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel

if TYPE_CHECKING:
    from agents import AgentOutputSchemaBase, Handoff, ModelTracing, Tool, TResponseInputItem
    from agents.items import TResponseStreamEvent
    from agents.retry import ModelRetryAdvice, ModelRetryAdviceRequest
    from openai.types.responses.response_prompt_param import ResponsePromptParam

_USAGE = ModelSettings(include_usage=True)


class ResponsesModel(OpenAIResponsesModel):
    """A model that is asked over the Responses API."""

    def get_retry_advice(self, request: ModelRetryAdviceRequest) -> ModelRetryAdvice | None:
        """Advise against another try: unillm has made all that there are."""
        return _no_more(super().get_retry_advice(request))


class ChatModel(OpenAIChatCompletionsModel):
    """A model that is asked over Chat Completions; its streams tell the usage."""

    def get_retry_advice(self, request: ModelRetryAdviceRequest) -> ModelRetryAdvice | None:
        """Advise against another try: unillm has made all that there are."""
        return _no_more(super().get_retry_advice(request))

    def stream_response(  # noqa: PLR0917 (as many as the SDK has)
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 (its name in the SDK)
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        previous_response_id: str | None = None,
        conversation_id: str | None = None,
        prompt: ResponsePromptParam | None = None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Stream an answer. The SDK asks for usage by itself only at OpenAI's own address."""
        return super().stream_response(
            system_instructions,
            input,
            _USAGE.resolve(model_settings),
            tools,
            output_schema,
            handoffs,
            tracing,
            previous_response_id,
            conversation_id,
            prompt,
        )


def _no_more(advice: ModelRetryAdvice | None) -> ModelRetryAdvice | None:
    return replace(advice, suggested=False) if advice is not None and advice.suggested else advice

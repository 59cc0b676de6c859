"""pydantic-ai: the direct API over `OpenAIChatModel`; a stream is the events of parts."""
# pyright: reportMissingImports=false, reportCallIssue=false, reportAttributeAccessIssue=false

from typing import Any

from openai import AsyncOpenAI
from pydantic_ai import ModelRequest, ModelResponse, ToolDefinition
from pydantic_ai.direct import (
    model_request,
    model_request_stream,
    model_request_stream_sync,
    model_request_sync,
)
from pydantic_ai.messages import (
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from benchmarks.speed.question import KEY, MODEL, PATIENCE, First, Question
from benchmarks.speed.wire import Answer


class _Shared:
    """What both clients hold: a model over a client of the openai package."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._client = AsyncOpenAI(base_url=base_url, api_key=KEY, timeout=PATIENCE)
        self._model = OpenAIChatModel(MODEL, provider=OpenAIProvider(openai_client=self._client))

    def _asked(self, question: Question) -> dict[str, Any]:
        functions = [tool["function"] for tool in question.tools or []]
        offered = [
            ToolDefinition(
                name=function["name"],
                description=function["description"],
                parameters_json_schema=function["parameters"],
            )
            for function in functions
        ]
        return {
            "model": self._model,
            "messages": [_message(message) for message in question.messages],
            "model_request_parameters": ModelRequestParameters(function_tools=offered),
        }


class Client(_Shared):
    """The sync functions."""

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        answer = model_request_sync(**self._asked(question))
        return _told(answer.text or "", answer)

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        with model_request_stream_sync(**self._asked(question)) as stream:
            for event in stream:
                read.event(event)
            return _told("".join(read.parts), stream.response)

    def close(self) -> None:
        """Do nothing: what it holds closes in an event loop."""


class AsyncClient(_Shared):
    """The async functions."""

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        answer = await model_request(**self._asked(question))
        return _told(answer.text or "", answer)

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        async with model_request_stream(**self._asked(question)) as stream:
            async for event in stream:
                read.event(event)
            return _told("".join(read.parts), stream.get())

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.close()


class Reader:
    """What the events of a stream come to."""

    def __init__(self, first: First) -> None:
        """Start before the first event."""
        self._first = first
        self.parts: list[str] = []

    def event(self, event: Any) -> None:
        """Take an event."""
        if isinstance(event, PartStartEvent):
            part = event.part
            piece = getattr(part, "content", None) or getattr(part, "args", None)
        elif isinstance(event, PartDeltaEvent):
            delta = event.delta
            piece = getattr(delta, "content_delta", None) or getattr(delta, "args_delta", None)
        else:
            return
        if piece:
            if not self.parts:
                self._first()
            self.parts.append(piece)


def _message(message: dict[str, str]) -> Any:
    content = message["content"]
    match message["role"]:
        case "system":
            return ModelRequest(parts=[SystemPromptPart(content)])
        case "user":
            return ModelRequest(parts=[UserPromptPart(content)])
        case _:
            return ModelResponse(parts=[TextPart(content)])


def _told(text: str, answer: Any) -> Answer:
    return text, answer.usage.input_tokens, answer.usage.output_tokens

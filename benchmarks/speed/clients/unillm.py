"""unillm: `chat` and `stream`, everything on that is on by default."""

from typing import Any

import unillm
from benchmarks.speed.question import KEY, MODEL, PATIENCE, First, Question
from benchmarks.speed.wire import Answer

ASKED = f"bench:{MODEL}"


def options(base_url: str) -> dict[str, Any]:
    """Return what a client is made with."""
    provider = unillm.Provider("bench", base_url=base_url, api_key=KEY)
    return {"providers": [provider], "timeout": PATIENCE}


class Client:
    """The sync client."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._client = unillm.Client(**options(base_url))

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        answer = self._client.chat(question.messages, model=ASKED, tools=question.tools)
        return _told(answer.text, answer)

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        with self._client.stream(question.messages, model=ASKED, tools=question.tools) as stream:
            for event in stream:
                read.event(event)
        return _told("".join(read.parts), stream.response)

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()


class AsyncClient:
    """The async client."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._client = unillm.AsyncClient(**options(base_url))

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        answer = await self._client.chat(question.messages, model=ASKED, tools=question.tools)
        return _told(answer.text, answer)

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        asked = self._client.stream(question.messages, model=ASKED, tools=question.tools)
        async with asked as stream:
            async for event in stream:
                read.event(event)
        return _told("".join(read.parts), stream.response)

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.close()


class Reader:
    """What the events of a stream come to."""

    def __init__(self, first: First) -> None:
        """Start before the first event."""
        self._first = first
        self.parts: list[str] = []

    def event(self, event: unillm.Event) -> None:
        """Take an event."""
        if isinstance(event, unillm.TextDelta):
            piece = event.text
        elif isinstance(event, unillm.ToolCallDelta):
            piece = event.fragment
        else:
            return
        if not self.parts:
            self._first()
        self.parts.append(piece)


def _told(text: str, answer: unillm.ChatResponse) -> Answer:
    usage = answer.usage
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        raise ValueError("the answer does not report its tokens")
    return text, usage.input_tokens, usage.output_tokens


def objects(question: Question) -> Question:
    """Return the question with unillm's own messages instead of dicts."""
    kinds = {"user": unillm.UserMessage, "assistant": unillm.AssistantMessage}
    messages = [kinds[each["role"]](each["content"]) for each in question.messages]
    return Question(messages=messages, tools=question.tools)

"""What users' type checkers see. Checked by pyright and mypy, never run."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from PIL import Image
from pydantic import BaseModel

import unillm
from unillm.testing import AsyncFakeTransport, FakeTransport, recording


def add(first: int, second: int = 0) -> int:
    return first + second


def shown(image: Image.Image, path: Path) -> unillm.UserMessage:
    part = unillm.ImagePart.from_pil(image, detail="low")
    assert_type(part, unillm.ImagePart)
    assert_type(part.data, bytes | None)
    assert_type(part.media_type, str | None)
    document = unillm.FilePart.from_path(path)
    assert_type(document, unillm.FilePart)
    unillm.ImagePart.from_pil(path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return unillm.UserMessage((unillm.TextPart("What?"), part, document))


def kept(ledger: unillm.Ledger) -> None:
    spent = ledger.spend("tag:team", since="7d", baseline="openai:gpt-5.5")
    assert_type(spent, unillm.Spend)
    assert_type(spent.total.cost, unillm.Cost)
    for entry in ledger.operations():
        assert_type(entry.tags, dict[str, str])
        entry.attempts[0].usage.input_tokens  # type: ignore[union-attr]  # noqa: B018  # pyright: ignore[reportOptionalMemberAccess]
    unillm.Client().chat("Hi", ledger=ledger)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def sync_user() -> None:
    with unillm.Client(
        providers=["deepseek", unillm.Provider("box", base_url="http://127.0.0.1:1")],
        model="deepseek:deepseek-v4-pro",
        temperature=0.2,
        timeout=30,
        retry=unillm.RetryPolicy(max_attempts=2),
        repair=unillm.RepairPolicy("schema", reask=1, aliases={"file": "path"}),
        ledger=Path("ledger.db"),
    ) as client:
        assert_type(client, unillm.Client)
        response = client.chat(
            ["Hi", {"role": "user", "content": "Ho"}, unillm.UserMessage("!")],
            tools=[add, {"type": "web_search"}, unillm.Tool("g")],
            reasoning_effort="high",
            tags={"a": "b"},
        )
        assert_type(response, unillm.ChatResponse)
        assert_type(response.text, str)
        assert_type(client.ledger, unillm.Ledger | None)
        assert_type(response.cost, unillm.Cost)
        response.txt  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        assert_type(response.reasoning, str | None)
        assert_type(response.images, tuple[unillm.ImagePart, ...])
        assert_type(response.usage, unillm.Usage | None)
        assert_type(response.tool_calls, tuple[unillm.ToolCall, ...])
        assert_type(response.finish_reason, unillm.FinishReason)
        run = client.run("Hi", tools=[add], max_turns=3, approve=lambda call: call.name == "add")
        assert_type(run, unillm.RunResult[Any])
        assert_type(run.messages, tuple[unillm.Message, ...])
        assert_type(client.run("Hi", output=unillm.Usage).output, unillm.Usage)
        with client.run_stream(run.messages, tools=[add], on_tool_error="raise") as watched:
            assert_type(watched.result, unillm.RunResult[Any])
            for seen in watched:
                assert_type(seen, unillm.RunEvent)
        client.run("Hi", approve=lambda call: None)  # type: ignore[arg-type,return-value]  # pyright: ignore[reportArgumentType]
        with client.stream(response.message) as stream:
            events: Iterator[unillm.Event] = iter(stream)
            for event in events:
                match event:
                    case unillm.TextDelta(text):
                        assert_type(text, str)
                    case unillm.ToolCallDelta(fragment=fragment):
                        assert_type(fragment, str)
                        assert_type(event.partial, dict[str, Any] | None)
                    case unillm.StreamRestarted(attempt, reason):
                        assert_type(attempt, int)
                        assert_type(reason, str)
                    case unillm.ToolCallReady(index, call):
                        assert_type(index, int)
                        assert_type(call, unillm.ToolCall)
                    case unillm.Finished(whole):
                        assert_type(whole, unillm.ChatResponse)
                    case _:
                        pass
            assert_type(stream.response, unillm.ChatResponse)
            assert_type(stream.partial, unillm.ChatResponse | None)
        assert_type(client.with_options(temperature=1), unillm.Client)
        client.chat("x", temprature=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        client.chat("x", reasoning_effort="huge")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def async_user() -> None:
    async with unillm.AsyncClient(model="gpt-5.5") as client:
        assert_type(await client.chat("Hi"), unillm.ChatResponse)
        async with client.stream("Hi") as stream:
            events: AsyncIterator[unillm.Event] = aiter(stream)
            async for event in events:
                assert_type(event, unillm.Event)
            assert_type(stream.response, unillm.ChatResponse)


class Invoice(BaseModel):
    number: str


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def sync_parser(client: unillm.Client) -> None:
    response = client.parse("Hi", output=Invoice, retries=2, temperature=0)
    assert_type(response, unillm.ParsedResponse[Invoice])
    assert_type(response.output, Invoice)
    assert_type(response.repairs, tuple[unillm.Edit, ...])
    assert_type(response.mode, unillm.OutputMode)
    assert_type(client.parse("Hi", output=list[Invoice]).output, list[Invoice])
    assert_type(client.parse("Hi", output=int).output, int)
    assert_type(client.parse("Hi", output=SCHEMA).output, Any)
    with client.stream("Hi", output=Invoice) as stream:
        assert_type(stream, unillm.ParsedStream[Invoice])
        for event in stream:
            match event:
                case unillm.OutputDelta(partial=partial):
                    assert_type(partial, Invoice | None)
                case unillm.Finished(whole):
                    assert_type(whole, unillm.ChatResponse)
                case _:
                    pass
        assert_type(stream.response, unillm.ParsedResponse[Invoice])
        assert_type(stream.response.output, Invoice)
    assert_type(client.stream("Hi", output=SCHEMA), unillm.ParsedStream[Any])
    assert_type(client.stream("Hi", tools=[add]), unillm.Stream)


async def async_parser(client: unillm.AsyncClient) -> None:
    assert_type((await client.parse("Hi", output=Invoice)).output, Invoice)
    async with client.stream("Hi", output=Invoice) as stream:
        assert_type(stream, unillm.AsyncParsedStream[Invoice])
        async for event in stream:
            if isinstance(event, unillm.OutputDelta):
                assert_type(event.partial, Invoice | None)
        assert_type(stream.response, unillm.ParsedResponse[Invoice])


def errors() -> None:
    try:
        sync_user()
    except unillm.RateLimitError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.status, int | None)
    except unillm.ToolArgumentsError as error:
        assert_type(error.response, unillm.ChatResponse)
    except unillm.OutputValidationError as error:
        assert_type(error.response, unillm.ChatResponse)
        assert_type(error.tries, tuple[unillm.OutputTry, ...])
        assert_type(error.path, tuple[str | int, ...])
    except unillm.UnillmError as error:
        assert_type(error.partial, unillm.ChatResponse | None)
        assert_type(error.attempts, tuple[unillm.Attempt, ...])


def values() -> None:
    assert_type(unillm.tool(add), unillm.Tool)
    assert_type(unillm.UserMessage.from_json("{}"), unillm.UserMessage)
    observer: unillm.Observer = print
    assert_type(unillm.Client(observers=[observer]), unillm.Client)


async def wait(seconds: float) -> str:
    return str(seconds)


async def tasks(client: unillm.Client) -> None:
    with unillm.task("t", user="ann", session="s", tags={"a": "b"}) as task:
        assert_type(task, unillm.Task)
        assert_type(client.estimate("Hi", expected_output=(1, 2)), unillm.Estimate)
    assert_type(task.cost, unillm.Cost)
    assert_type(task.usage, unillm.Usage | None)
    assert_type(task.operations, tuple[unillm.Record, ...])
    assert_type(task.operations[0].scope, unillm.Scope)
    assert_type(task.bind(add)(1, second=2), int)
    assert_type(await task.bind(wait)(0.1), str)
    assert_type(task(add)(1), int)
    task(add)("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    unillm.task("t", tags={"a": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def told(state: unillm.BudgetState) -> None:
    assert_type(state.left, Decimal)


async def spending() -> None:
    budget = unillm.Budget("2.50", per="day", scope="tag:team", soft=0.5, on_soft=told)
    unillm.Budget(0.1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    unillm.Budget(1, per="week")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client = unillm.Client(budget=budget).with_options(budget=[budget])
    assert_type(client.budgets(), tuple[unillm.BudgetState, ...])
    assert_type(await unillm.AsyncClient().budgets(), tuple[unillm.BudgetState, ...])
    client.chat("Hi", budget=(budget,))


def tester() -> None:
    unillm.Client(transport=FakeTransport("Hello", strict=True, faults={"status-503": 0.1}))
    unillm.AsyncClient(transport=AsyncFakeTransport("Hello"))
    with recording("weather.tape", "auto", match=("path", "model")) as rec:
        assert_type(rec.transport, unillm.Transport)
        assert_type(rec.async_transport, unillm.AsyncTransport)
        unillm.Client(transport=rec.transport)
        unillm.AsyncClient(transport=rec.async_transport)

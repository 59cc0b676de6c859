"""A tour of unillm, sync and then async, against a fake provider on this machine: no key needed.

Run it with ``make demo``. The answers are queued by hand, some broken on purpose; the client, the
connections and what becomes of the answers are real.
"""

import asyncio

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

import unillm
from unillm.testing import Answer, FakeCall, FakeProvider, faults

console = Console(highlight=False, markup=False)
PACE = 0.04 if console.is_terminal else 0  # seconds between two pieces of a stream
RETRY = unillm.RetryPolicy(first_wait=10 * PACE)

HELLO = Answer(
    "Hello! I am not real, but I speak the protocol.",
    usage={"prompt_tokens": 9, "completion_tokens": 13},
)
HAIKU = Answer(
    "Old pond, quiet stream;\ntoken after token falls:\nsplash! and then the end.",
    reasoning="A haiku on streaming: five syllables, then seven, then five.\n",
    pace=PACE,
)
CALL = Answer(tool_calls=[FakeCall("get_weather", {"city": "Paris"})], pace=3 * PACE)
ADVICE = Answer("It is sunny in Paris: leave the umbrella at home.", pace=PACE)
CUT_CALL = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Par')], pace=3 * PACE)
BROKEN = {
    "A stream that breaks off is never taken for a whole answer": faults.get("cut-in-text"),
    "A call that is cut is never executed, even if the provider says all is well": CUT_CALL,
}
BUSY = faults.get("status-503")
QUESTION = "Do I need an umbrella in Paris?"
# The first answer does not fit the type, the second does but for a comma.
FORECASTS = '{"city": "Paris"}', '{"city": "Paris", "degrees": 21.5,}'
ROWS = ["Paris", "Rome", "Oslo"]
REPLIES = "Sunny.", faults.get("status-400-content-filter"), "Snow."


class Forecast(BaseModel):
    """The weather of a city."""

    city: str
    degrees: float


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city, in English.
    """
    return f"Sunny in {city}."


def title(text: str) -> None:
    console.print(f"\n{text}", style="bold cyan")


def fact(name: str, value: object, style: str = "") -> None:
    row = Table.grid(padding=(0, 1))
    row.add_column(width=9, style="dim")
    row.add_column(style=style)
    row.add_row(name, str(value))
    console.print(row)


def show(event: unillm.RunEvent) -> None:
    match event:
        case unillm.ReasoningDelta(text):
            console.print(text, end="", style="dim italic")
        case unillm.TextDelta(text):
            console.print(text, end="")
        case unillm.ToolCallStarted(name=name):
            console.print(f"{name} ", end="", style="yellow")
        case unillm.ToolCallDelta(fragment=fragment):
            console.print(fragment, end="", style="yellow")
        case unillm.ToolCallReady(call=call):
            console.print(f"\nready     {call.name} {call.arguments}", end="", style="green")
        case unillm.ToolFinished(content=content):
            console.print(f"result    {content}", style="green")
        case unillm.StreamRestarted(reason=reason):
            console.print(f"\nanew      {reason}", style="red")
        case unillm.Finished():  # the last event of an answer; it holds the whole response
            console.print()
        case _:
            pass


def show_error(error: unillm.UnillmError) -> None:
    console.print()
    fact("raised", type(error).__name__, style="red")
    fact("because", error.message)
    if error.partial and error.partial.text:
        fact("partial", repr(error.partial.text))
    for call in error.partial.invalid_tool_calls if error.partial else ():
        fact("refused", f"{call.name} {call.raw}", style="red")


def show_attempts(response: unillm.ChatResponse) -> None:
    for a in response.attempts:
        fact(
            f"attempt {a.number}", f"{a.outcome}, HTTP {a.status}, after {a.waited:.2f} s of pause"
        )


def show_forecast(response: unillm.ParsedResponse[Forecast]) -> None:
    fact("output", repr(response.output))
    for attempt in response.attempts:
        fact(f"attempt {attempt.number}", attempt.error or attempt.outcome)
    for edit in response.repairs:
        fact("repaired", f"{edit.rule}: {edit.before!r} became {edit.after!r}")


def show_row(row: unillm.Row[None]) -> None:
    fact(f"row {row.index}", row.response.text if row.response else repr(row.error))


def watch(stream: unillm.Stream) -> unillm.ChatResponse:
    with stream:
        for event in stream:
            show(event)
    return stream.response


def tour(client: unillm.Client, fake: FakeProvider) -> None:
    title("Chat")
    fake.enqueue(HELLO)
    r = client.chat("Hello, who are you?")
    fact("text", r.text)
    fact("usage", r.usage)

    title("Stream, reasoning first")
    fake.enqueue(HAIKU)
    watch(client.stream("Write a haiku about streaming."))

    title("A run: the model calls a function, is told the result, and answers")
    fact("schema", unillm.tool(get_weather).parameters["properties"])
    fake.enqueue(CALL, ADVICE)
    with client.run_stream(QUESTION, tools=[get_weather]) as run:
        for event in run:
            show(event)
    fact("usage", run.result.usage)

    title("An answer as a type: what does not fit is asked for again, a comma is repaired")
    fake.enqueue(*FORECASTS)
    show_forecast(client.parse("The weather in Paris, as JSON.", output=Forecast))

    title("Many calls: in order, each with its answer or its own error")
    fake.enqueue(*REPLIES)
    for row in client.map(ROWS, concurrency=1):
        show_row(row)

    for text, broken in BROKEN.items():
        title(text)
        fake.enqueue(broken)
        try:
            watch(client.stream(QUESTION, tools=[get_weather]))
        except (unillm.IncompleteStreamError, unillm.ToolArgumentsError) as error:
            show_error(error)

    title("Every attempt is listed on the answer")
    fake.enqueue(BUSY, "Sorry to keep you waiting.")
    r = client.chat(QUESTION)
    fact("text", r.text)
    show_attempts(r)


async def async_watch(stream: unillm.AsyncStream) -> unillm.ChatResponse:
    async with stream:
        async for event in stream:
            show(event)
    return stream.response


async def async_tour(client: unillm.AsyncClient, fake: FakeProvider) -> None:
    title("Chat")
    fake.enqueue(HELLO)
    r = await client.chat("Hello, who are you?")
    fact("text", r.text)
    fact("usage", r.usage)

    title("Stream, reasoning first")
    fake.enqueue(HAIKU)
    await async_watch(client.stream("Write a haiku about streaming."))

    title("A run: the model calls a function, is told the result, and answers")
    fact("schema", unillm.tool(get_weather).parameters["properties"])
    fake.enqueue(CALL, ADVICE)
    async with client.run_stream(QUESTION, tools=[get_weather]) as run:
        async for event in run:
            show(event)
    fact("usage", run.result.usage)

    title("An answer as a type: what does not fit is asked for again, a comma is repaired")
    fake.enqueue(*FORECASTS)
    show_forecast(await client.parse("The weather in Paris, as JSON.", output=Forecast))

    title("Many calls: in order, each with its answer or its own error")
    fake.enqueue(*REPLIES)
    async for row in client.map(ROWS, concurrency=1):
        show_row(row)

    for text, broken in BROKEN.items():
        title(text)
        fake.enqueue(broken)
        try:
            await async_watch(client.stream(QUESTION, tools=[get_weather]))
        except (unillm.IncompleteStreamError, unillm.ToolArgumentsError) as error:
            show_error(error)

    title("Every attempt is listed on the answer")
    fake.enqueue(BUSY, "Sorry to keep you waiting.")
    r = await client.chat(QUESTION)
    fact("text", r.text)
    show_attempts(r)


async def async_main(providers: list[unillm.Provider], fake: FakeProvider) -> None:
    async with unillm.AsyncClient(providers=providers, model="fake:demo", retry=RETRY) as client:
        await async_tour(client, fake)


def main() -> None:
    with FakeProvider() as fake:
        providers = [unillm.Provider("fake", base_url=fake.base_url)]
        console.rule("unillm.Client")
        with unillm.Client(providers=providers, model="fake:demo", retry=RETRY) as client:
            tour(client, fake)
        console.print()
        console.rule("unillm.AsyncClient: the same with await")
        asyncio.run(async_main(providers, fake))


if __name__ == "__main__":
    main()

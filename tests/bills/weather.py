"""Many calls in bad weather, and what each of them is billed for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import anyio

import unillm
from unillm import Cost, Hedge, Price, RetryPolicy, Route
from unillm.pricing import PriceBook
from unillm.testing.served import Served

MODEL = "box:m"
BOOK = PriceBook(
    prices=(
        Price(
            provider="box",
            model="m",
            input=Decimal(3),
            cached_input=Decimal(1),
            output=Decimal(7),
        ),
        Price(
            provider="spare",
            model="n",
            input=Decimal(5),
            cached_input=Decimal(2),
            output=Decimal(11),
        ),
    )
)
ROUTES = {
    "fall": Route([MODEL, "spare:n"]),
    "anew": Route([MODEL, "spare:n"], on_midstream_error="restart"),
    "further": Route([MODEL, "spare:n"], on_midstream_error="continue"),
    "beside": Route([MODEL, "spare:n"], hedge=Hedge(after=0.001, budget=1.0)),
}
ASKED = (MODEL, *ROUTES)
"""What calls name in turn: the model, and routes that go from it to another one."""
WEATHER = {
    **dict.fromkeys(("cut-in-text", "reset-in-text", "cut-in-line", "eof-in-text"), 0.03),
    **dict.fromkeys(("status-500", "status-503", "status-429", "status-502-html"), 0.03),
    **dict.fromkeys(("cut-before-head", "reset-before-event", "cut-in-body"), 0.02),
    **dict.fromkeys(("cut-after-finish", "usage-missing", "usage-cumulative"), 0.02),
    **dict.fromkeys(("error-in-text", "garbage-in-stream", "usage-partial"), 0.02),
    **dict.fromkeys(("empty-body", "error-in-body", "garbage-body", "leaked-cut-inside"), 0.01),
}
"""How often which fault comes: of ten requests not quite half meet one."""


def client(url: str, spare: str, **options: Any) -> unillm.AsyncClient:
    return unillm.AsyncClient(
        **options,
        providers=[
            unillm.Provider("box", base_url=url, api_key="k"),
            unillm.Provider("spare", base_url=spare, api_key="k"),
        ],
        routes=ROUTES,
        prices=BOOK,
        retry=RetryPolicy(max_attempts=3, first_wait=0.0, max_wait=2.0),
        max_tokens=4_000,
    )


async def ask(client: unillm.AsyncClient, number: int) -> None:
    """Make one call in one of the ways that users make them; some leave, some fail."""
    model = ASKED[number // 5 % len(ASKED)]
    options: unillm.CallOptions = {
        "tags": {"n": str(number)},
        "extra_headers": {"x-call": str(number)},
    }
    prompt = "word " * (1 + number % 50)
    try:
        match number % 5:
            case 0 | 1:
                await client.chat(prompt, model=model, **options)
            case 2 | 3:
                async with client.stream(prompt, model=model, **options) as stream:
                    async for _ in stream:
                        pass
            case _:
                async with client.stream(prompt, model=model, **options) as stream:
                    async for _ in stream:
                        break
    except unillm.UnillmError:
        pass


async def all_of_them(client: unillm.AsyncClient, count: int, at_once: int = 32) -> None:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await ask(client, number)

    async with anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(work)


def bills(served: Iterable[tuple[Price, Iterable[Served]]]) -> Mapping[str, Decimal]:
    """Return what the providers bill for each call, by the number it was sent with."""
    bills: dict[str, Decimal] = defaultdict(Decimal)
    for price, one in ((price, one) for price, all_of_one in served for one in all_of_one):
        number = one.seen.headers["x-call"]
        bills[number] += Decimal(0)
        if one.billed is not None:
            bills[number] += _bill(price, one.billed) / 10**6
    return bills


def _bill(price: Price, usage: unillm.Usage) -> Decimal:
    assert price.input is not None
    assert price.cached_input is not None
    assert price.output is not None
    cached = usage.cached_input_tokens or 0
    asked = price.input * (usage.input_tokens - cached) + price.cached_input * cached
    return asked + price.output * usage.output_tokens


def holds(cost: Cost, bill: Decimal) -> bool:
    """Tell whether a cost is the bill, or has it between its bounds."""
    if cost.total is not None:
        return cost.total == bill
    assert cost.low is not None
    assert cost.high is not None
    return cost.low <= bill <= cost.high

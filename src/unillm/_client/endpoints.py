"""Endpoints other than chat, as clients ask them. What they need is imported when one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from unillm._client.config import Call, Config
from unillm._io.driver import Driver
from unillm._io.driver_async import AsyncDriver
from unillm.errors import UnillmError
from unillm.types.dataclass import dataclass
from unillm.types.transport import AsyncTransport, Transport

if TYPE_CHECKING:
    from datetime import datetime

    from unillm.types.endpoints import Balance, Completion, ServedModel, TokenEstimate
    from unillm.types.estimate import Estimate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T]):
    """What a client was configured with, and what it sends with."""

    config: Config
    transport: T


def models(endpoint: Endpoint[Transport], provider: str | None) -> tuple[ServedModel, ...]:
    from unillm._client.listing import Listing

    listing = Listing(endpoint.config, provider)
    for asked in listing.asked:
        try:
            listing.add(Driver(asked.flow, asked.operation, endpoint.transport, ()).run())
        except UnillmError as error:
            listing.fail(asked, error)
    return listing.result()


async def models_async(
    endpoint: Endpoint[AsyncTransport], provider: str | None
) -> tuple[ServedModel, ...]:
    from unillm._client.listing import Listing

    listing = Listing(endpoint.config, provider)
    for asked in listing.asked:
        try:
            listing.add(
                await AsyncDriver(asked.flow, asked.operation, endpoint.transport, ()).run()
            )
        except UnillmError as error:
            listing.fail(asked, error)
    return listing.result()


def balance(endpoint: Endpoint[Transport], provider: str) -> Balance:
    from unillm._client.accounts import asked_balance

    asked = asked_balance(endpoint.config, provider)
    return Driver(asked.flow, asked.operation, endpoint.transport, ()).run()


async def balance_async(endpoint: Endpoint[AsyncTransport], provider: str) -> Balance:
    from unillm._client.accounts import asked_balance

    asked = asked_balance(endpoint.config, provider)
    return await AsyncDriver(asked.flow, asked.operation, endpoint.transport, ()).run()


def complete(
    endpoint: Endpoint[Transport],
    prompt: str,
    suffix: str | None,
    model: str | None,
    options: Mapping[str, Any],
) -> Completion:
    from unillm._client.completing import asked_completion

    asked = asked_completion(endpoint.config, prompt, suffix, model, options)
    return Driver(asked.flow, asked.operation, endpoint.transport, asked.watchers).run()


async def complete_async(
    endpoint: Endpoint[AsyncTransport],
    prompt: str,
    suffix: str | None,
    model: str | None,
    options: Mapping[str, Any],
) -> Completion:
    from unillm._client.completing import asked_completion

    asked = asked_completion(endpoint.config, prompt, suffix, model, options)
    return await AsyncDriver(asked.flow, asked.operation, endpoint.transport, asked.watchers).run()


def count_tokens(config: Config, call: Call) -> TokenEstimate:
    from unillm._client.counting import estimated

    return estimated(config, call)


def estimate(
    config: Config,
    call: Call,
    *,
    expected_output: int | tuple[int, int] | None,
    at: datetime | None,
) -> Estimate:
    from unillm._client.estimating import estimated_cost

    return estimated_cost(config, call, expected_output=expected_output, at=at)

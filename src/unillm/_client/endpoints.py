"""Endpoints other than chat, as clients ask them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from unillm._client.config import Call, Config
from unillm.types.endpoints import Balance, Completion, ServedModel, TokenEstimate
from unillm.types.transport import AsyncTransport, Transport

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T]):
    """What a client was configured with, and what it sends with."""

    config: Config
    transport: T


def models(endpoint: Endpoint[Transport], provider: str | None) -> tuple[ServedModel, ...]:
    raise NotImplementedError


async def models_async(
    endpoint: Endpoint[AsyncTransport], provider: str | None
) -> tuple[ServedModel, ...]:
    raise NotImplementedError


def balance(endpoint: Endpoint[Transport], provider: str) -> Balance:
    raise NotImplementedError


async def balance_async(endpoint: Endpoint[AsyncTransport], provider: str) -> Balance:
    raise NotImplementedError


def complete(
    endpoint: Endpoint[Transport],
    prompt: str,
    suffix: str | None,
    model: str | None,
    options: Mapping[str, Any],
) -> Completion:
    raise NotImplementedError


async def complete_async(
    endpoint: Endpoint[AsyncTransport],
    prompt: str,
    suffix: str | None,
    model: str | None,
    options: Mapping[str, Any],
) -> Completion:
    raise NotImplementedError


def count_tokens(config: Config, call: Call) -> TokenEstimate:
    raise NotImplementedError

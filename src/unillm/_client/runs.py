"""Runs, as clients start them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unillm.tools import ToolLike
from unillm.types.inputs import Messages
from unillm.types.run import RunResult

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm._client.sync import Client


@dataclass(frozen=True, slots=True)
class RunAsked:
    """One run as the user wrote it."""

    messages: Messages
    tools: Iterable[ToolLike]
    model: str | None
    system: str | None
    options: Mapping[str, Any]


class RunStream:
    def __init__(self, client: Client, asked: RunAsked) -> None: ...


class AsyncRunStream:
    def __init__(self, client: AsyncClient, asked: RunAsked) -> None: ...


def run(client: Client, asked: RunAsked) -> RunResult[Any]:
    raise NotImplementedError


async def run_async(client: AsyncClient, asked: RunAsked) -> RunResult[Any]:
    raise NotImplementedError

"""Many calls at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm._client.sync import Client


@dataclass(frozen=True, slots=True)
class MapAsked:
    """Many calls as the user wrote them."""

    rows: Iterable[Any]
    model: str | None
    system: str | None
    options: Mapping[str, Any]


class Rows:
    def __init__(self, client: Client, asked: MapAsked) -> None: ...


class AsyncRows:
    def __init__(self, client: AsyncClient, asked: MapAsked) -> None: ...

"""Many calls as they were asked for, looked at before the first is made."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from contextlib import suppress
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from unillm._client.config import Config
from unillm._client.outputs import OutputGiven, output_given
from unillm._client.routes import refuse_route
from unillm.errors import InvalidRequestError
from unillm.tools import ToolLike
from unillm.types.dataclass import dataclass
from unillm.types.json import is_iterable, is_mapping, is_table

if TYPE_CHECKING:
    from unillm.types.row import OnProgress

CONCURRENCY = 64
"""Calls made at the same time if nothing is said."""


@dataclass(frozen=True, slots=True)
class MapAsked:
    """Many calls as the user wrote them."""

    rows: Any
    model: str | None
    system: str | None
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Many calls. Everything but the rows has been checked.

    Attributes:
        rows: The rows, not begun.
        total: How many there are; None: that cannot be told.
        config: What holds for each call, its model included.
        system: The instructions of rows that have none of their own; None: the client's.
        tools: The tools of rows that bring none.
        output: What answers are made into; None: nothing.
        concurrency: Calls at the same time.
        checkpoint: The file of answers; None: there is none.
        progress: Whether a bar is shown, or who is told.
        batch: Whether they go to the provider's Batch API.
    """

    rows: Iterable[Any] | AsyncIterable[Any]
    total: int | None
    config: Config
    system: str | None
    tools: Iterable[ToolLike] | None
    output: OutputGiven | None
    concurrency: int
    checkpoint: str | PathLike[str] | None
    progress: bool | OnProgress
    batch: bool


def many(config: Config, asked: MapAsked, *, asynchronous: bool) -> Many:
    """Return what was asked for.

    Raises:
        InvalidRequestError: An option cannot be meant.
    """
    own = {name: value for name, value in asked.options.items() if value is not None}
    concurrency = own.pop("concurrency", CONCURRENCY)
    if type(concurrency) is not int or concurrency < 1:
        message = f"concurrency must be a whole number from 1, not {concurrency!r}"
        raise InvalidRequestError(message)
    batch, progress = own.pop("batch", False), own.pop("progress", False)
    if type(batch) is not bool:
        raise InvalidRequestError(f"batch must be True or False, not {batch!r}")
    if type(progress) is not bool and not callable(progress):
        raise InvalidRequestError(
            f"progress must be True, False or a function that takes a MapProgress, not {progress!r}"
        )
    tools, output = own.pop("tools", None), own.pop("output", None)
    if "retries" in own and output is None:
        message = "retries is how often an output is asked for again: pass output= too"
        raise InvalidRequestError(message)
    given = output_given(output, own.pop("retries", 1), tools)
    if given is not None:
        _look_at(given)
    listed = is_iterable(tools) and not isinstance(tools, str) and not is_mapping(tools)
    checkpoint = own.pop("checkpoint", None)
    changed = config.changed({**own, "model": asked.model})
    if batch:
        refuse_budget(changed)
        if asked.model is not None:  # else rows may name their own
            refuse_route(changed, asked.model, "batch=True")
    return Many(
        rows=_rows(asked.rows, asynchronous=asynchronous),
        total=_count_of(asked.rows),
        checkpoint=checkpoint,
        config=changed.placed(),
        system=config.changed({"system": asked.system}).system if asked.system else asked.system,
        tools=tuple(tools) if listed else tools,
        output=given,
        concurrency=concurrency,
        progress=cast("bool | OnProgress", progress),
        batch=batch,
    )


def refuse_budget(config: Config) -> None:
    """Refuse a budget where rows go to a Batch API, whose bill comes within a day or two.

    Raises:
        InvalidRequestError: There is one.
    """
    if config.budget:
        names = ", ".join(repr(budget.name) for budget in config.budget)
        raise InvalidRequestError(
            f"the budget {names} cannot be kept with batch=True: what a batch costs is known when "
            "it is over, hours later. Leave out batch=True, or use a client that has no budget."
        )


def _look_at(given: OutputGiven) -> None:
    """Refuse at once what would be wrong with every row.

    Raises:
        InvalidRequestError: It is no output, or no number of retries.
    """
    from unillm._outputs import output_of

    output_of(given.output)
    retries: Any = given.retries
    if type(retries) is not int or retries < 0:
        raise InvalidRequestError(f"retries must be a whole number from 0, not {retries!r}")


def _count_of(rows: Any) -> int | None:
    with suppress(Exception):  # some have a length only to raise what they like of it
        return len(rows)
    return None


def _rows(given: Any, *, asynchronous: bool) -> Any:
    if isinstance(given, AsyncIterable) and not is_iterable(given):
        if asynchronous:
            return given  # pyright: ignore[reportUnknownVariableType]
        raise InvalidRequestError("rows is an async iterable: use unillm.AsyncClient")
    if is_table(given):
        kind = type(given).__name__
        message = f"rows is a {kind}, and looping over one gives its columns, not its rows"
        raise InvalidRequestError(f"{message}: pass the column with the prompts, table['column']")
    if isinstance(given, str) or is_mapping(given) or not is_iterable(given):
        kind = type(given).__name__
        message = f"rows must be a list or another iterable of rows, not {kind}"
        raise InvalidRequestError(f"{message}: for one row, write [row]")
    return given

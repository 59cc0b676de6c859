"""Rows by way of a provider's Batch API: what is still to be asked, and what is known of before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, replace
from typing import Any, Protocol, TypeAlias

from unillm._client.config import Config
from unillm._flow.attempt import Exchanged
from unillm._flow.batch import TIER, Answer, BatchRow, Part, Ways, batched, parts_of
from unillm._flow.bounds import bounds_of
from unillm._flow.effects import Flow
from unillm._flow.operation import Operation
from unillm._io import clock, log
from unillm._io.driver import Driver
from unillm._io.driver_async import AsyncDriver
from unillm.errors import NoTargetError, UnillmError, UnsupportedFeatureError
from unillm.telemetry.follow import count
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject
from unillm.types.record import Record
from unillm.types.target import Target
from unillm.types.transport import AsyncTransport, Transport
from unillm.types.usage import total_cost, total_usage

NOTES = "batch"
"""The kind of the notes that batches leave in a checkpoint."""

OnAnswer: TypeAlias = Callable[[int, Answer], None]
"""Takes what came of the row at a place: the answer, or the error."""


class Notebook(Protocol):
    """What keeps notes for a process that goes on after a crash."""

    def note(self, kind: str, data: JsonObject) -> None:
        """Keep one."""
        ...

    def notes(self, kind: str) -> list[JsonObject]:
        """Return those of one kind, in order."""
        ...


@dataclass(frozen=True, slots=True)
class BatchAsked:
    """Rows to be answered by way of a Batch API.

    Attributes:
        config: What holds for all of them.
        rows: For each row its place, its key, what is asked, and what holds for it alone.
        answer: Takes what came of each, as soon as its batch is over.
        notebook: Where each step is noted; None: nowhere, and a crash forgets the batches.
        progress: Told how many rows are done, and how many of these failed.
    """

    config: Config
    rows: Iterable[tuple[int, str, Exchanged, Config]]
    _: KW_ONLY
    answer: OnAnswer
    notebook: Notebook | None = None
    progress: Callable[[int, int], None] = lambda _done, _failed: None


def run_batches(asked: BatchAsked, transport: Transport) -> None:
    """Submit the rows, wait, and hand over what came of each.

    Raises:
        NoTargetError: The constraints do not hold of whom it asks.
        UnsupportedFeatureError: A provider has no Batch API, or not for the interface needed.
        UnillmError: A step failed for good; the message names the batches that go on.
    """
    job = _job(asked)
    if job is not None:
        Driver(job[0], job[1], transport, ()).run()


async def run_batches_async(asked: BatchAsked, transport: AsyncTransport) -> None:
    """Submit the rows, wait, and hand over what came of each.

    Raises:
        NoTargetError: The constraints do not hold of whom it asks.
        UnsupportedFeatureError: A provider has no Batch API, or not for the interface needed.
        UnillmError: A step failed for good; the message names the batches that go on.
    """
    job = _job(asked)
    if job is not None:
        await AsyncDriver(job[0], job[1], transport, ()).run()


def custom_id(key: str) -> str:
    """Return what a row is called in the file: the same for the same key, and of plain letters."""
    return f"row-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _job(asked: BatchAsked) -> tuple[Flow[None], Operation] | None:
    rows = {custom_id(key): _row(index, key, what, own) for index, key, what, own in asked.rows}
    for row in rows.values():
        _require_batches(row.what)
        _require_kept(asked.config, row)
    if not rows:
        return None
    notes = [] if asked.notebook is None else asked.notebook.notes(NOTES)
    parts = [*_known(notes, rows)]
    for part in parts:
        for name in part.rows:
            rows.pop(name, None)
    parts += parts_of([*rows.values()], clock.unique)
    config = asked.config
    operation = Operation(
        id=clock.unique(), target=parts[0].target, streamed=False, timeout=config.timeout
    )
    return batched(parts, _ways(asked)), operation


def _row(index: int, key: str, what: Exchanged, config: Config) -> BatchRow:
    return BatchRow(
        index=index,
        id=custom_id(key),
        what=what,
        returns_invalid=config.on_invalid_tool_call == "return",
        scope=config.scope(),
        billing=replace(config.billing(), tier=TIER),
        constraints=config.constraints,
    )


def _ways(asked: BatchAsked) -> Ways:
    config, notebook = asked.config, asked.notebook

    def keep(step: JsonObject) -> None:
        if notebook is not None:
            notebook.note(NOTES, step)

    def answer(given: tuple[BatchRow, Answer]) -> None:
        row, came = given
        _tell(config, row, came)
        asked.answer(row.index, came)

    return Ways(
        policy=config.retry,
        timeout=config.timeout,
        settings=config.settings,
        keep=keep,
        answer=answer,
        progress=lambda counts: asked.progress(*counts),
    )


def _tell(config: Config, row: BatchRow, came: Answer) -> None:
    """Tell observers of a row as of any call: it was paid for."""
    failed = came if isinstance(came, UnillmError) else None
    response = came.partial if isinstance(came, UnillmError) else came
    target: Target = row.what.plan.target
    attempts = came.attempts
    record = Record(
        operation=clock.unique(),
        outcome="ok" if failed is None else "error",
        provider=target.provider,
        model=target.model,
        streamed=False,
        origin=target.origin,
        attempts=attempts,
        usage=total_usage(attempt.usage for attempt in attempts),
        cost=total_cost(attempt.cost for attempt in attempts),
        request=row.what.plan.request,
        response=response,
        error=failed,
        started_at=attempts[0].started_at if attempts else clock.now().unix,
        duration=attempts[0].duration if attempts else 0.0,
        scope=row.scope,
        constraints=row.constraints,
    )
    count(config.telemetry, record, target)
    log.tell(config.watchers(), record)


def _require_batches(what: Exchanged) -> None:
    target, api = what.plan.target, what.plan.api
    has = target.profile.batch
    if has is not None and target.versioned:
        raise UnsupportedFeatureError(
            f"{target} is asked at the address of a deployment, which has no Batch API. Leave out "
            "batch=True, or api_version.",
            provider=target.provider,
            model=target.model,
        )
    if has is not None and api in has.apis:
        return
    over = "" if has is None else f" for the interface this needs ({api})"
    raise UnsupportedFeatureError(
        f"{target} has no Batch API{over} that is like OpenAI's. Leave out batch=True.",
        provider=target.provider,
        model=target.model,
    )


def _require_kept(config: Config, row: BatchRow) -> None:
    """Refuse a batch where nothing may be kept: it is a file that the provider keeps.

    Raises:
        NoTargetError: That is so, or the constraints of all rows do not hold of the target.
    """
    target = row.what.plan.target
    config.permitted(target, prompt=bounds_of(row.what).input_tokens)
    if any(one.zero_retention for one in row.constraints):
        raise NoTargetError(
            f"no target may be sent anything under the constraints: {target}: a Batch API keeps "
            "the file of all rows, and zero_retention asks that nothing is kept. Nothing was "
            "sent. Leave out batch=True.",
            provider=target.provider,
            model=target.model,
        )


def _is_at(target: Target, known: Mapping[str, Any]) -> bool:
    """Tell whether a batch may be at a target: the provider may have moved, or been renamed."""
    return target.provider == known.get("provider") or target.origin == known.get("at")


def _known(notes: Iterable[JsonObject], rows: Mapping[str, BatchRow]) -> Iterable[Part]:
    """Give the batches of before that may hold answers to rows that have none."""
    steps: dict[Any, JsonObject] = {}
    for note in notes:
        steps.setdefault(note.get("tag"), {}).update(note)
    taken: set[str] = set()
    for tag, known in steps.items():
        # Before its file was there, no batch was made of it.
        if known.get("step") not in {"uploaded", "submitted"}:
            continue
        here = {name: rows[name] for name in known.get("ids", ()) if name in rows}
        # Another provider does not know it, and is not told of it.
        here = {
            name: row
            for name, row in here.items()
            if name not in taken and _is_at(row.what.plan.target, known)
        }
        taken |= here.keys()
        if here:
            yield Part(tag=str(tag), rows=here, file=known.get("file"), batch=known.get("batch"))

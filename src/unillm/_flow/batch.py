"""Many requests by way of a Batch API: submitted once, waited for, and read.

What is done is noted before and after each step that costs, so that whoever goes on after a crash
finds the batch that may have been made instead of making another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, TypeAlias, TypeVar

from unillm._flow.attempt import Exchanged, decoder_of, require_json
from unillm._flow.billing import Billing
from unillm._flow.effects import Flow, Now, Sleep, Tell
from unillm._flow.fetch import MAX_BODY, Fetched, fetch
from unillm._flow.operation import Operation, Trial
from unillm._flow.verdict import verdict_on
from unillm._wire.endpoints.answered import json_in, text
from unillm._wire.endpoints.asked import asked
from unillm._wire.endpoints.batch import (
    TAG,
    BatchState,
    body_in,
    endpoint_of,
    file_in,
    line_of,
    lines_in,
    state_in,
    tagged_in,
    unanswered,
)
from unillm._wire.endpoints.multipart import multipart
from unillm.errors import (
    BadRequestError,
    DeadlineExceededError,
    NotFoundError,
    ProviderError,
    UnillmError,
)
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject
from unillm.types.policy import RetryPolicy, Timeout
from unillm.types.record import Scope
from unillm.types.response import ChatResponse
from unillm.types.services import BatchApi
from unillm.types.target import Target
from unillm.types.transport import WireRequest
from unillm.types.usage import nothing

T = TypeVar("T")
Answer: TypeAlias = ChatResponse | UnillmError

FIRST_PAUSE = 2.0
"""Seconds before a batch is looked at again the first time; each time it is half as much more."""
MAX_PAUSE = 60.0
"""The most of them: Together asks for 30 to 60
(https://docs.together.ai/docs/inference/batch/manage, read 2026-11-28)."""
MAX_MISSES = 20
"""How often in a row a look may fail with an error that may pass."""
MAX_PAGES = 50
"""How many pages of batches are looked through for one, with 100 on each."""
MAX_FILE = 2 * 1024**3
"""Bytes of a file of answers that are read."""
TIER = "batch"
"""The service tier of every row."""
UNBILLED = nothing("of a batch only rows that were answered are billed")
"""OpenAI says so of what was not answered in time
(https://help.openai.com/en/articles/9197833-batch-api-faq, read 2026-11-28), Together of all that
is in the file of errors (as https://dev.to/lucas_apimart/failed-ai-api-request-billing-audit-33nm
has it, read 2026-11-28)."""
_AT_ONCE = 64
"""Rows that are read before others get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One request of a batch.

    Attributes:
        index: The place of its row.
        id: What it is called in the file.
        what: What is asked, and how the answer is read.
        returns_invalid: Whether calls that cannot be executed are returned, not raised.
        scope: What it is asked for.
        billing: How it is billed; None: nobody reckons.
        constraints: What holds of whoever is sent it.
    """

    index: int
    id: str
    what: Exchanged
    returns_invalid: bool = False
    scope: Scope = field(default_factory=Scope)
    billing: Billing | None = None
    constraints: tuple[Constraints, ...] = ()


@dataclass(slots=True, kw_only=True)
class Part:
    """The rows of one batch, and how far it is.

    Attributes:
        tag: A unique id.
        rows: Its rows, by their ids.
        file: The file that was uploaded; None: none was, as far as is known.
        batch: The batch that was made of it; None: none was, as far as is known.
        misses: How often in a row it could not be looked at.
        state: What was last seen of it.
    """

    tag: str
    rows: Mapping[str, BatchRow]
    file: str | None = None
    batch: str | None = None
    misses: int = 0
    state: BatchState | None = None

    @property
    def first(self) -> BatchRow:
        """Return a row of it: all ask the same target over the same interface."""
        return next(iter(self.rows.values()))

    @property
    def target(self) -> Target:
        """Return whom it asks."""
        return self.first.what.plan.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What batches are carried out with.

    Attributes:
        policy: When an exchange is tried again.
        timeout: Time limits; ``total`` is for all of it.
        settings: What the caller set; ``extra_headers`` and ``extra_query`` are heeded.
        keep: Notes a step, so that it is known after a crash.
        answer: Takes what came of a row.
        progress: Told how many rows are done and how many of these failed.
        known: What was last counted of each batch.
    """

    policy: RetryPolicy
    timeout: Timeout
    settings: Mapping[str, Any]
    keep: Callable[[JsonObject], None]
    answer: Callable[[tuple[BatchRow, Answer]], None]
    progress: Callable[[tuple[int, int]], None]
    known: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])


def parts_of(rows: Sequence[BatchRow], tag: Callable[[], str]) -> Iterator[Part]:
    """Give the batches that rows make: one target and interface each, within what a file may be.

    Args:
        rows: The rows.
        tag: Makes a unique id.
    """
    groups: dict[Any, list[BatchRow]] = {}
    for row in rows:
        plan = row.what.plan
        place = plan.target.provider, plan.target.model, plan.api
        groups.setdefault(place, []).append(row)
    for group in groups.values():
        api = batch_api(group[0].what)
        held: dict[str, BatchRow] = {}
        size = 0
        for row in group:
            length = len(_line(row))
            if held and (len(held) >= api.requests or size + length > api.size):
                yield Part(tag=tag(), rows=held)
                held, size = {}, 0
            held[row.id] = row
            size += length
        yield Part(tag=tag(), rows=held)


def batch_api(what: Exchanged) -> BatchApi:
    """Return the Batch API of whom a request asks; that it has one has been looked at."""
    return what.plan.target.profile.batch or BatchApi(requests=1, size=1)


def batched(parts: Sequence[Part], ways: Ways) -> Flow[None]:
    """Carry out batches, and hand over what came of each row.

    Raises:
        UnillmError: A step failed for good; the error names the batches that go on without us.
    """
    for part in parts:
        if part.first.billing is not None:
            yield from part.first.billing.prepared(part.target)
    began = (yield from Now()).monotonic
    until = None if ways.timeout.total is None else began + ways.timeout.total
    try:
        for part in parts:
            yield from _submitted(part, ways)
        yield from _awaited(list(parts), ways, until)
    except UnillmError as error:
        left = ", ".join(part.batch for part in parts if part.batch and not _is_read(part))
        if left:
            error.message += f" Batches that go on at the provider: {left}."
            error.args = (error.message,)
        raise


def _is_read(part: Part) -> bool:
    return part.state is not None and part.state.is_over


def _awaited(pending: list[Part], ways: Ways, until: float | None) -> Flow[None]:
    pause = FIRST_PAUSE
    while True:
        for part in list(pending):
            state = yield from _looked_at(part, ways)
            if state is not None and state.is_over:
                yield from _read(part, state, ways)
                pending.remove(part)
                pause = FIRST_PAUSE
        if not pending:
            return
        now = (yield from Now()).monotonic
        if until is not None and now + pause > until:
            raise DeadlineExceededError(
                f"the batch is not over after {ways.timeout.total} s. Raise Timeout(total=…), or "
                "call again with the same checkpoint to go on waiting."
            )
        yield from Sleep(pause, None)
        pause = min(pause * 1.5, MAX_PAUSE)


def _submitted(part: Part, ways: Ways) -> Flow[None]:
    """Have a batch made, once, whatever happened before or happens on the way."""
    if part.batch is not None:
        return
    state = None
    if part.file is not None:
        # A batch may have been made of it though its answer was never seen.
        state = (yield from _found_again(part, ways)) or (yield from _of_known_file(part, ways))
    if state is None:
        yield from _uploaded(part, ways)
        state = yield from _made_once(part, ways)
    part.batch = state.id
    yield from Tell(ways.keep, {"tag": part.tag, "step": "submitted", "batch": state.id})


def _of_known_file(part: Part, ways: Ways) -> Flow[BatchState | None]:
    """Make a batch of a file that was uploaded earlier; None: the file is not there any more."""
    try:
        return (yield from _made_once(part, ways))
    except (BadRequestError, NotFoundError):
        return None


def _made_once(part: Part, ways: Ways) -> Flow[BatchState]:
    """Make a batch; whether a lost answer was that of one is looked up before another is made."""
    made = 0
    while True:
        try:
            made += 1
            return (yield from _created(part, ways))
        except UnillmError as error:
            if not error.retryable or made >= ways.policy.max_attempts:
                raise
            yield from Sleep(_pause(error, made, ways.policy), error)
        found = yield from _found_again(part, ways)
        if found is not None:
            return found


def _pause(error: UnillmError, made: int, policy: RetryPolicy) -> float:
    wanted = error.retry_after if isinstance(error, ProviderError) else None
    if wanted is None:
        wanted = policy.first_wait * 2.0 ** min(made, 60)
    return min(wanted, policy.max_wait)


def _uploaded(part: Part, ways: Ways) -> Flow[None]:
    step = {"tag": part.tag, "step": "planned", "ids": list(part.rows)}
    where = {"provider": part.target.provider, "at": part.target.origin}
    yield from Tell(ways.keep, {**step, **where})
    fields = {"purpose": batch_api(part.first.what).purpose}
    lines = b"".join(_line(row) for row in part.rows.values())
    kind, body = multipart(fields, f"{part.tag}.jsonl", lines)
    wire = asked(part.target, "/files", ways.settings, body=body, content_type=kind)
    part.file = yield from _asked(part, wire, ways, lambda fetched: file_in(_json(fetched)))
    yield from Tell(ways.keep, {"tag": part.tag, "step": "uploaded", "file": part.file})


def _created(part: Part, ways: Ways) -> Flow[BatchState]:
    body = {
        "input_file_id": part.file,
        "endpoint": endpoint_of(part.first.what.plan.api),
        "completion_window": "24h",
        "metadata": {TAG: part.tag},
    }
    wire = asked(part.target, "/batches", ways.settings, body=body)
    once = replace(ways.policy, max_attempts=1)
    return (yield from _asked(part, wire, ways, lambda f: state_in(_json(f)), policy=once))


def _found_again(part: Part, ways: Ways) -> Flow[BatchState | None]:
    """Look whether a batch was made though its answer was never seen."""
    after: str | None = None
    for _ in range(MAX_PAGES):
        query = {"limit": "100"} if after is None else {"limit": "100", "after": after}
        wire = asked(part.target, "/batches", ways.settings, query=query)
        found, after = yield from _asked(
            part, wire, ways, lambda f: tagged_in(_json(f), part.tag, part.file)
        )
        if found is not None or after is None:
            return found
    return None


def _looked_at(part: Part, ways: Ways) -> Flow[BatchState | None]:
    """Return how far a batch is; None: that could not be told this time."""
    wire = asked(part.target, f"/batches/{part.batch}", ways.settings)
    try:
        state = yield from _asked(part, wire, ways, lambda fetched: state_in(_json(fetched)))
    except NotFoundError as error:
        _tell_gone(error, part)
        raise
    except UnillmError as error:
        part.misses += 1
        if not error.retryable or part.misses > MAX_MISSES:
            raise
        return None
    part.misses = 0
    ways.known[part.tag] = state.done + state.failed, state.failed
    sums = tuple(map(sum, zip(*ways.known.values(), strict=True)))
    yield from Tell(ways.progress, (sums[0], sums[1]))
    return state


def _tell_gone(error: NotFoundError, part: Part) -> None:
    """Say of a batch that is not there what that means; it does not go on without us."""
    error.message = (
        f"batch {part.batch} is not found at {part.target.provider}: it was deleted, or the key "
        "is not that of the project it was made in. If it is gone for good, begin another "
        "checkpoint, and its rows are asked again."
    )
    error.args = (error.message,)
    part.batch = None


def _read(part: Part, state: BatchState, ways: Ways) -> Flow[None]:
    """Hand over what is in the files of a batch, and an error for each row that is not."""
    left, now = dict(part.rows), (yield from Now()).unix
    for name in state.files:
        wire = asked(part.target, f"/files/{name}/content", ways.settings)
        body = yield from _asked(part, wire, ways, lambda fetched: fetched.body, most=MAX_FILE)
        for line in lines_in(body):
            row = left.pop(text(line.get("custom_id")) or "", None)
            if row is None:
                continue
            yield from _answered(row, answer_in(line, row, state, now), ways)
            if len(left) % _AT_ONCE == 0:
                yield from Sleep(0, None)
    for row in left.values():
        trial = _trial(row, state, now)
        yield from _answered(row, _failed(trial, unanswered(state), state, told=False), ways)
    yield from Tell(ways.keep, {"tag": part.tag, "step": "read"})
    part.state = state


def _answered(row: BatchRow, came: Answer, ways: Ways) -> Flow[None]:
    """Hand over what came of a row; what a provider says of a failure may quote the key."""
    yield from Tell(ways.answer, (row, came), came if isinstance(came, UnillmError) else None)


def answer_in(line: JsonObject, row: BatchRow, state: BatchState, now: float) -> Answer:
    """Return the answer that a line holds, read as any other, or the error."""
    what, trial = row.what, _trial(row, state, now)
    told = False
    try:
        body, trial.request_id = body_in(line)
        told, trial.status = True, 200
        response = _decoded(body, trial, what, state)
        response, refusal = verdict_on(response, what, ())
        if refusal is not None and not (row.returns_invalid and refusal.tried is None):
            raise refusal.error(response) from refusal.cause
    except UnillmError as error:
        return _failed(trial, error, state, told=told)
    return response


def _decoded(body: bytes, trial: Trial, what: Exchanged, state: BatchState) -> ChatResponse:
    decoder = trial.answer = decoder_of(what, {}, trial.request_id)
    decoder.note("batch", f"answered in batch {state.id}")
    try:
        decoder.feed(body)
        decoder.close()
        response = trial.said = decoder.complete()
        require_json(response, what.plan.request)
    finally:
        trial.hear()
        trial.service_tier = TIER
    made = trial.ended(_lasted(state), "ok")
    return replace(response, service_tier=TIER, attempts=(made,), cost=made.cost)


def _trial(row: BatchRow, state: BatchState, now: float) -> Trial:
    """Return a row as an attempt: it began when its batch was made."""
    return Trial(
        number=1,
        target=row.what.plan.target,
        sent_at=0.0,
        sent_unix=float(state.began or state.ended or now),
        waited=0.0,
        sent=True,
        sent_bytes=len(_line(row)),
        what=row.what,
        billing=row.billing,
    )


def _lasted(state: BatchState) -> float:
    return float(max(0, (state.ended or 0) - (state.began or state.ended or 0)))


def _failed(trial: Trial, error: UnillmError, state: BatchState, *, told: bool) -> UnillmError:
    """Return an error with the attempt it is of.

    Args:
        trial: The attempt.
        error: What came of it.
        state: Its batch.
        told: Whether an answer came, though it be no good one.
    """
    error.provider = error.provider or trial.target.provider
    error.model = error.model or trial.target.model
    if error.attempts:  # an answer that is whole, and not what was wanted
        return error
    if isinstance(error, ProviderError):
        trial.status = trial.status or error.status
    made = trial.ended(_lasted(state), "error", error)
    error.attempts = (made if told else replace(made, cost=UNBILLED),)
    if error.partial is not None:
        error.partial = replace(error.partial, cost=made.cost)
    return error


def _asked(
    part: Part,
    wire: WireRequest,
    ways: Ways,
    read: Callable[[Fetched], T],
    *,
    policy: RetryPolicy | None = None,
    most: int | None = None,
) -> Flow[T]:
    limits = replace(ways.timeout, total=None)
    operation = Operation(id=part.tag, target=part.target, streamed=False, timeout=limits)
    size = MAX_BODY if most is None else most
    return (yield from fetch(wire, operation, policy or ways.policy, read, most=size))


def _json(fetched: Fetched) -> Any:
    return json_in(fetched.body, fetched.headers)


def _line(row: BatchRow) -> bytes:
    return line_of(row.id, row.what.plan.api, row.what.wire.body)

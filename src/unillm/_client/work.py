"""Many calls, all but the waiting: rows are read, begun and ended here, by both twins."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unillm._client.config import Call
from unillm._client.map_asked import Many
from unillm._client.outputs import output_given
from unillm._client.routes import find_route, require_somebody
from unillm._client.row_given import Keys, RowGiven, row_given
from unillm._client.saved import Saved, is_parsed
from unillm._client.tally import Tally
from unillm._flow.effects import Flow
from unillm._flow.operation import Operation
from unillm._flow.pace import SLOWS, Pace, pause_before
from unillm._flow.window import Window
from unillm._io import clock
from unillm._io.checkpoint import Checkpoint
from unillm.errors import (
    AuthenticationError,
    BudgetExceededError,
    InsufficientBalanceError,
    InvalidRequestError,
    ModelNotFoundError,
    NotFoundError,
    RateLimitError,
    RouteExhaustedError,
    UnillmError,
)
from unillm.providers import resolve
from unillm.routing.bucket import LONGEST
from unillm.types.dataclass import dataclass
from unillm.types.policy import RetryPolicy
from unillm.types.record import Observer
from unillm.types.response import Attempt, ChatResponse
from unillm.types.row import Row
from unillm.types.usage import total_cost

if TYPE_CHECKING:
    from unillm._client.copies import Begin

AT_FIRST = (AuthenticationError, InsufficientBalanceError, ModelNotFoundError, NotFoundError)
"""What every row would meet, as long as none was answered: no more are asked then."""

LATER = (AuthenticationError, InsufficientBalanceError)
"""What ends it later too: a key can be revoked, money runs out. At any time that is also what a
limit does that is not lifted for longer than anyone would wait here."""

IN_A_ROW = 3
"""How often in a row it must come later, for a gateway may say it once by mistake."""

ROOM = 0.05
"""Seconds before a row looks again for room in a budget that other calls hold; each time twice as
long."""
MOST_ROOM = 1.0
"""The most of them."""


@dataclass(slots=True)
class Lane:
    """One target, and how the calls to it fare.

    Attributes:
        pace: When they may begin.
        refused: How many in a row were refused in a way that all would be.
        closed: Why no more are made; None: they are.
        is_route: Whether it is a route, which asks whom it may.
    """

    pace: Pace
    refused: int = 0
    closed: UnillmError | None = None
    is_route: bool = False


@dataclass(slots=True, kw_only=True)
class Job:
    """A row that is to be asked.

    Attributes:
        index: Its place among the rows.
        input: The row as it was given.
        given: The same, read.
        key: What it is known by in the checkpoint.
        policy: When it is asked again.
        lane: Whom it asks.
        number: The number of its call in the lane, while it is being made.
        not_before: The moment before which it is not begun.
        times: How often it was asked again because there was too much to do.
        spent: How many attempts it has had that count against its policy.
        attempts: The attempts of its earlier operations.
        charged: What these count with under a budget of each run, in billionths of a US dollar.
        looked: How often it looked in vain for room in a budget.
        alone: Whether no other row was being asked at one of these times.
        operation: The one under way; None: none is.
    """

    index: int
    input: Any
    given: RowGiven
    key: str | None
    policy: RetryPolicy
    lane: Lane
    number: int = 0
    not_before: float = 0.0
    times: int = 0
    spent: int = 0
    attempts: tuple[Attempt, ...] = ()
    charged: int = 0
    looked: int = 0
    alone: bool = False
    operation: Operation | None = None

    @property
    def is_patient(self) -> bool:
        """Tell whether it may be asked again at all."""
        return self.policy.max_attempts > 1


class Work:
    """The rows between being taken and being handed out. Not safe between threads by itself.

    Attributes:
        window: Which rows are out.
        tally: What came of them.
        failure: Why no more rows are to be asked or handed out; None: they are.
    """

    def __init__(self, many: Many, tally: Tally, checkpoint: Checkpoint | None) -> None:
        """Begin with no rows.

        Raises:
            UnillmError: There is no such model or provider, or no key for it.
        """
        self.window: Window[Job, Row[Any]] = Window(many.concurrency)
        self.tally = tally
        self.failure: BaseException | None = None
        self._running = 0
        self._many = many
        self._config = many.config
        self._checkpoint = checkpoint
        output = None if many.output is None else many.output.output
        self._saved = Saved(output)
        self._keys = None if checkpoint is None else Keys(output)
        self._lanes: dict[Any, Lane] = {}
        self._by_model: dict[str | None, Lane] = {}
        if many.config.model is not None:
            self._lane(None)

    def read(self, row: Any) -> Job | Row[Any]:
        """Take the next row of the input: what is to be asked, or what came of it already."""
        index = self.window.place()
        key = None
        try:
            given = row_given(row)
            if self._many.output is not None:
                output_given(self._many.output.output, 0, given.tools)
            key = self._key(given)
            restored = self._restored(key)
            if restored is not None:
                response, output = restored
                return Row(
                    index=index, input=row, key=key, response=response, output=output, resumed=True
                )
            changed = self._config.changed(given.options)
            lane = self._lane(given.model)
        except UnillmError as error:
            return Row(index=index, input=row, key=key, error=_light(error))
        except Exception as error:  # noqa: BLE001 - a conversation may be a generator of the user's
            failure = InvalidRequestError(f"the row cannot be read: {error!r}")
            failure.__cause__ = error
            return Row(index=index, input=row, key=key, error=_light(failure))
        return Job(index=index, input=row, given=given, key=key, policy=changed.retry, lane=lane)

    def admit(self, taken: Job | Row[Any]) -> None:
        """Take in what `read` returned."""
        if isinstance(taken, Job):
            self.window.add(taken)
        else:
            self._put(taken)

    def begin(self, now: float) -> Job | float:
        """Return a row that is to be asked now, or the seconds until one is."""
        waits: dict[int, float] = {}

        def wait(job: Job) -> float:
            lane = job.lane
            if lane.closed is not None:
                return 0.0
            if id(lane) not in waits:
                waits[id(lane)] = lane.pace.wait(now)
            return waits[id(lane)]

        while self._running < self._many.concurrency:
            job = self.window.begin(now, wait)
            if not isinstance(job, Job):
                return job
            if job.lane.closed is None:
                job.number = job.lane.pace.begin()
                self._running += 1
                return job
            self._fail(job, _unsent(job.lane.closed))
        return math.inf

    def is_idle(self) -> bool:
        """Tell whether no row is being asked, nor waits for it."""
        return not self._running and not self.window.waiting

    def operation(
        self, job: Job, *, asynchronous: bool, beside: Begin
    ) -> tuple[Flow[ChatResponse], Operation, tuple[Observer, ...]]:
        """Return the flow that asks a row, the memory it writes to, and who is told of it.

        Raises:
            UnillmError: The row as written cannot be sent.
        """
        given, many = job.given, self._many
        options = given.options
        if job.spent:
            left = max(1, job.policy.max_attempts - job.spent)
            options = {**options, "retry": replace(job.policy, max_attempts=left)}
        call = Call(
            given.messages,
            given.model,
            given.system if given.system is not None else many.system,
            given.tools if given.tools is not None else many.tools,
            options,
            stream=False,
            output=many.output,
        )
        made = self._config.operation(call, asynchronous=asynchronous, beside=beside)
        made[1].is_paced = job.is_patient
        if made[1].spending is not None:
            made[1].spending.alone = job.charged
        job.operation = made[1]
        return made

    def keep(self, job: Job, response: ChatResponse) -> ChatResponse:
        """Write an answer to the checkpoint, and return it with all attempts of its row.

        Safe between threads.

        Raises:
            InvalidRequestError: The file cannot be written.
        """
        if job.attempts:
            made = _numbered(job.attempts + response.attempts)
            response = replace(response, attempts=made, cost=total_cost(a.cost for a in made))
        if self._checkpoint is not None and job.key is not None:
            self._checkpoint.save(job.key, job.index, **self._saved.fields(response))
        return response

    def answered(self, job: Job, response: ChatResponse, now: float) -> None:
        """End a row that was answered."""
        self._running -= 1
        usage = response.usage
        tokens = None if usage is None else usage.input_tokens + usage.output_tokens
        job.lane.pace.answer(job.number, now, response.rate_limits, tokens)
        job.lane.refused = 0
        self._spend(job)
        output = response.output if is_parsed(response) else None
        self._put(
            Row(index=job.index, input=job.input, key=job.key, response=response, output=output)
        )

    def failed(self, job: Job, error: UnillmError, now: float) -> None:
        """End a row that failed, or have it asked again later."""
        self._running -= 1
        self._spend(job)
        lane = job.lane
        slow = _slow(error)
        if error.attempts:
            lane.pace.fail(job.number, now, slow or error)
        else:
            lane.pace.drop()
        made = error.attempts
        if job.attempts:
            error.attempts = _numbered(job.attempts + made)
        pause = None
        if isinstance(error, BudgetExceededError):
            if self._waits_for_room(job, error, now):
                return
        elif job.is_patient and slow is not None:
            pause = pause_before(slow, job.times, job.policy.first_wait, clock.draw())
        if pause is not None:
            job.attempts, job.not_before = error.attempts, now + pause
            job.times, job.spent = job.times + 1, job.spent + max(0, len(made) - 1)
            self.window.add_again(job)
            return
        self._judge(job, error)
        self._fail(job, _light(error))

    def called_off(self, job: Job) -> None:
        """End a call that was called off: its row comes to nothing."""
        self._running -= 1
        self._spend(job)
        job.lane.pace.drop()

    def _waits_for_room(self, job: Job, error: BudgetExceededError, now: float) -> bool:
        """Have a row look again for room that other rows hold, and may leave; tell whether so.

        Where none is being asked any more, one may have ended just now: then it looks once more.
        """
        if not error.may_pass or (not self._running and job.alone):
            return False
        pause = min(MOST_ROOM, ROOM * 2.0 ** min(job.looked, 10)) if self._running else 0.0
        job.looked, job.alone = job.looked + 1, not self._running
        job.spent += len(error.attempts) - len(job.attempts)
        job.attempts, job.not_before = error.attempts, now + pause
        self.window.add_again(job)
        return True

    def _spend(self, job: Job) -> None:
        """Count what a call used and cost, whatever came of it."""
        if job.operation is not None:
            self.tally.spend(job.operation.attempts)
            spending, job.operation = job.operation.spending, None
            job.charged = 0 if spending is None else spending.alone

    def _judge(self, job: Job, error: UnillmError) -> None:
        """Ask no more, where every row would meet the same."""
        lane = job.lane
        if isinstance(error, BudgetExceededError):
            if self._is_spent(error, lane):
                lane.closed = error
            return
        slow = _slow(error)
        told = slow.retry_after if isinstance(slow, RateLimitError) else None
        shut = told is not None and told > LONGEST
        if not (shut or _is_all(error, AT_FIRST)):
            return
        lane.refused += 1
        if not lane.pace.answered:
            lane.closed = error
            if job.given.model is None:
                self.failure = error
        elif (shut or _is_all(error, LATER)) and lane.refused >= IN_A_ROW:
            lane.closed = error

    def _is_spent(self, error: BudgetExceededError, lane: Lane) -> bool:
        """Tell whether nothing is left, for good, of a budget of every row to the same target.

        Of a route's rows another may ask another target.
        """
        scopes = {None} if lane.is_route else {None, "provider", "model"}
        wide = {b.name for b in self._config.budget if b.scope in scopes}
        return any(state.budget in wide and state.spent >= state.usd for state in error.states)

    def _fail(self, job: Job, error: UnillmError) -> None:
        if self._checkpoint is not None and job.key is not None:
            told = f"{type(error).__name__}: {error.message}"
            try:
                self._checkpoint.failed(job.key, job.index, told)
            except UnillmError as unwritten:
                self.failure = unwritten
        self._put(Row(index=job.index, input=job.input, key=job.key, error=error))

    def _put(self, row: Row[Any]) -> None:
        self.tally.count(row.error, resumed=row.resumed)
        self.window.put(row.index, row)

    def _key(self, given: RowGiven) -> str | None:
        if self._keys is None:
            return None
        return self._keys.key_of(
            given, self._config, system=self._many.system, tools=self._many.tools
        )

    def _restored(self, key: str | None) -> tuple[ChatResponse, Any] | None:
        """Return the answer that was paid for, if there is one that is still good."""
        if self._checkpoint is None or key is None or not self._checkpoint.has(key):
            return None
        line = self._checkpoint.load(key)
        return self._saved.restored(line)

    def _lane(self, model: str | None) -> Lane:
        """Return the target of a row by the row's own model."""
        lane = self._by_model.get(model)
        if lane is None:
            route = find_route(self._config, model)
            whom = self._target(model) if route is None else self._route(route)
            made = Lane(Pace(self._many.concurrency), is_route=route is not None)
            lane = self._by_model[model] = self._lanes.setdefault(whom, made)
        return lane

    def _target(self, model: str | None) -> tuple[object, ...]:
        """Return what tells the target of a row from all others."""
        config = self._config
        target = resolve(model or config.model, config.servers, today=clock.today())
        return target.provider, target.model, target.base_url, target.api_key

    def _route(self, name: str) -> tuple[object, ...]:
        """Return what tells the route of a row from all others.

        Raises:
            NoTargetError: None of its targets has what it takes to be asked, such as a key.
        """
        require_somebody(self._config, name)
        return (name,)


def _slow(error: UnillmError) -> UnillmError | None:
    """Return what says that there was too much to do, which is waited out.

    Of a route it is that of the target that is the first to have room, if that is what it was left
    with (a route by itself would have gone on), or all may go well when it is asked again.
    """
    if isinstance(error, SLOWS):
        return error
    if not isinstance(error, RouteExhaustedError):
        return None
    if not isinstance(error.errors[-1], SLOWS) and not all(one.retryable for one in error.errors):
        return None
    slow = [one for one in error.errors if isinstance(one, SLOWS)]
    return min(slow, key=lambda one: one.retry_after or 0.0, default=None)


def _is_all(error: UnillmError, kinds: tuple[type[UnillmError], ...]) -> bool:
    """Tell whether an error is of some kinds; of a route, whether those of all its targets are."""
    if isinstance(error, RouteExhaustedError):
        return all(isinstance(one, kinds) for one in error.errors)
    return isinstance(error, kinds)


def _numbered(attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Return the attempts of several operations, numbered as of one."""
    return tuple(replace(one, number=number) for number, one in enumerate(attempts, 1))


def _unsent(why: UnillmError) -> UnillmError:
    """Return the error of a row that was not sent because of another's."""
    error = type(why)(
        f"not asked, because others were refused before: {why.message}",
        provider=why.provider,
        model=why.model,
    )
    error.__cause__ = why
    return error


def _light(error: UnillmError) -> UnillmError:
    """Return an error without the frames it passed, which hold much; there may be many errors."""
    for one in _chain(error):
        one.__traceback__ = None
    return error


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__]

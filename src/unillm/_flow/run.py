"""A run: whose turn it is, which calls are made, when it stops, what the history becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal

from unillm._flow.effects import Effect, Flow
from unillm._flow.jobs import NO_TURNS, Job, described
from unillm._flow.progress import Progress
from unillm.errors import InvalidRequestError, MaxTurnsError
from unillm.tools import MisfitError, bind
from unillm.types.dataclass import dataclass
from unillm.types.json import is_list, is_object
from unillm.types.messages import Message
from unillm.types.response import ChatResponse
from unillm.types.run import RunEvent, RunFinished, RunResult
from unillm.types.tools import ToolCall


@dataclass(frozen=True, slots=True)
class Turn(Effect[ChatResponse]):
    """Ask the model, as an operation of its own.

    Attributes:
        number: 1 for the first turn of the run.
        messages: The conversation so far.
    """

    number: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Ask(Effect[Any]):
    """Ask the caller whether a call may be made."""

    call: ToolCall


AT_ONCE = 64
"""How many calls are made at the same time: a model that calls a thousand starts no such number of
threads."""


@dataclass(frozen=True, slots=True)
class CallTools(Effect[None]):
    """Make calls at the same time; each job is told when it begins and how it ends."""

    jobs: Sequence[Job]


@dataclass(frozen=True, slots=True)
class Tell(Effect[None]):
    """Hand events to whoever iterates over the run."""

    events: Sequence[RunEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """What the caller said of a run.

    Attributes:
        functions: What is called for each tool, by its name; None: the call is left to the caller.
        max_turns: How many answers of the model there may be.
        on_tool_error: Whether the model is told what a tool raised, or it is raised.
        approves: Whether the caller is asked before each call.
        parallel: Whether the calls of one answer are made at the same time, `AT_ONCE` at most.
    """

    functions: Mapping[str, Callable[..., Any] | None]
    max_turns: int = 8
    on_tool_error: Literal["tell", "raise"] = "tell"
    approves: bool = False
    parallel: bool = True

    @property
    def left(self) -> frozenset[str]:
        """Return the tools whose calls are left to the caller."""
        return frozenset(name for name, function in self.functions.items() if function is None)


def run(policy: RunPolicy, progress: Progress) -> Flow[RunResult[Any]]:
    """Return what came of the run.

    Calls that the history leaves open are made first. Then the model is asked, its calls are made,
    and it is told the results, until it answers without calls or calls what is left to the caller.

    Raises:
        MaxTurnsError: It would go on calling.
        Exception: What a tool raised, if that is to be raised.
    """
    progress.resume()
    handed = yield from _answered(policy, progress)
    while not handed:
        yield from Turn(len(progress.turns) + 1, progress.messages)
        handed = yield from _answered(policy, progress)
        if progress.is_answered:
            break
    progress.settle()
    result = progress.result()
    yield from Tell([RunFinished(result)])
    return result


def _answered(policy: RunPolicy, progress: Progress) -> Flow[bool]:
    """Make the calls there are; tell whether some are left to the caller."""
    batch = progress.batch
    if batch is None or not (batch.jobs or batch.told):
        return False
    for job in batch.jobs:
        if job.asked.name in policy.left:
            job.stage = "left"
    own = [job for job in batch.jobs if job.stage != "left"]
    if len(progress.turns) >= policy.max_turns and (own or batch.told):
        raise _no_turns(policy, progress)
    for job in own:
        _bind(job, policy)
    if policy.approves:
        for job in own:
            yield from _approved(job, policy)
    most = AT_ONCE if policy.parallel else 1
    for begin in range(0, len(own), most):
        yield from _made(own[begin : begin + most], policy, progress)
    batch.handed = len(own) < len(batch.jobs)
    return batch.handed


def _no_turns(policy: RunPolicy, progress: Progress) -> MaxTurnsError:
    for job in progress.batch.jobs if progress.batch else ():
        job.content = NO_TURNS
    last = progress.turns[-1]
    named = [call.name for call in last.tool_calls]
    names = ", ".join([*named, *(call.name for call in last.invalid_tool_calls)])
    return MaxTurnsError(
        f"the model still calls ({names}) after max_turns={policy.max_turns}: .run has what came "
        "of it; go on with run(error.run.messages, …), or raise max_turns",
        provider=last.provider,
        model=last.model,
        request_id=last.request_id,
    )


def _bind(job: Job, policy: RunPolicy) -> None:
    """Look at a call's arguments; what does not fit is refused."""
    name, function = job.call.name, policy.functions.get(job.call.name)
    if function is None:
        offered = ", ".join(sorted(policy.functions)) or "none"
        job.refuse(f"no tool is named {name!r}; there are: {offered}.")
        return
    try:
        job.bound = bind(function, job.call.arguments)
    except MisfitError as error:
        job.refuse(f"the arguments do not fit: {error}. Make the call again, corrected.")
    except Exception as error:  # noqa: BLE001 - a validator of the caller's own raised it
        job.fail(error)


def _approved(job: Job, policy: RunPolicy) -> Flow[None]:
    """Ask the caller of a call that can be made, and do as told."""
    if job.stage != "waiting":
        return
    shown = replace(job.call, arguments=deepcopy(job.call.arguments))
    said = yield from Ask(shown)
    if said is True and not _are_same(shown.arguments, job.call.arguments):
        said = shown  # changed where it stands: what was looked at last is what was approved
    match said:
        case True:
            pass
        case False:
            job.refuse("the user did not allow it.")
        case str():
            job.refuse(said)
        case ToolCall():
            _change(job, said, policy)
        case _:
            raise InvalidRequestError(
                "approve must return True, False, a reason why not, or the ToolCall to make "
                f"instead, not {type(said).__name__}"
            )


def _change(job: Job, said: ToolCall, policy: RunPolicy) -> None:
    """Take the arguments the caller gives instead.

    Raises:
        InvalidRequestError: It is another call, or the function does not take them.
    """
    if (said.id, said.name) != (job.asked.id, job.asked.name):
        raise InvalidRequestError(
            f"approve was asked about {job.asked.name!r} and answered with a call of "
            f"{said.name!r}: change its arguments alone, with dataclasses.replace"
        )
    if _are_same(said.arguments, job.asked.arguments):
        return
    job.call = said
    _bind(job, policy)
    if job.stage != "waiting":
        message = f"the arguments that approve gave for {said.name!r} do not fit: {job.content}"
        raise InvalidRequestError(message) from job.error


def _are_same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON, in which 1 is neither true nor 1.0."""
    if type(one) is not type(other):
        return False
    if is_object(one):
        return one.keys() == other.keys() and all(_are_same(one[k], other[k]) for k in one)
    if is_list(one):
        return len(one) == len(other) and all(map(_are_same, one, other))
    return bool(one == other)


def _made(jobs: Sequence[Job], policy: RunPolicy, progress: Progress) -> Flow[None]:
    """Make calls, tell what came of them, and raise what is to be raised."""
    runnable = [job for job in jobs if job.stage == "waiting"]
    if runnable:
        yield from CallTools(runnable)
    for job in jobs:
        if job.outcome != "ok":
            why = described(job.error) if job.error else job.outcome.replace("_", " ")
            progress.note(f"tool_{job.outcome}", f"{job.call.name}: {why}")
    if jobs:
        yield from Tell([job.finished() for job in jobs])
    errors = [job.error for job in jobs if job.error is not None]
    if errors and policy.on_tool_error == "raise":
        raise errors[0]

"""Calls of tools, made by awaiting: async ones here, others in threads. On asyncio and trio."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from typing import Any

import anyio
import anyio.to_thread

from unillm._flow.jobs import Job
from unillm._flow.traced import TracedRun
from unillm._io.tools import Made, following, told
from unillm.tools import Bound, content_of, is_async


async def call_tools(
    jobs: Sequence[Job], limit: float | None, traced: TracedRun | None = None
) -> None:
    """Make calls at the same time.

    What is async is cancelled when its time is over, or the run is cancelled. What is not runs in a
    thread, which cannot be stopped: given up, it goes on to its end, and its result goes nowhere.
    """
    if len(jobs) == 1:
        await _call(jobs[0], limit, traced)
        return
    ends: list[BaseException] = []
    async with anyio.create_task_group() as group:

        async def one(job: Job) -> None:
            try:
                await _call(job, limit, traced)
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:  # noqa: BLE001 - raised below, as itself, in no group
                ends.append(error)
                group.cancel_scope.cancel()

        for job in jobs:
            group.start_soon(one, job)
    if ends:
        raise ends[0]
    for job in jobs:
        if job.stage == "begun":
            job.break_off()


async def _call(job: Job, limit: float | None, traced: TracedRun | None) -> None:
    job.begin()
    got: Made = TimeoutError()
    with following(traced, job) as told_of:
        with anyio.move_on_after(limit) as scope:
            got = await _made(job.bound)
        if told_of is not None:
            told_of.got = got
    if scope.cancelled_caught and limit is not None:
        job.time_out(limit)
    else:
        told(job, got)


async def _made(bound: Bound | None) -> Made:
    if bound is None:  # the flow binds each job it has called
        raise NotImplementedError
    try:
        if is_async(bound.function):
            return content_of(await bound())
        got: Made | BaseException | _Awaited = await anyio.to_thread.run_sync(
            _in_thread, bound, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
        if isinstance(got, _Awaited):
            return content_of(await got.value)
    except asyncio.CancelledError as error:
        if _is_cancelled():
            raise
        failed = RuntimeError("something that it waited for was cancelled")
        failed.__cause__ = error
        return failed
    except Exception as error:  # noqa: BLE001 - whatever a tool raises, the policy decides
        return error
    if isinstance(got, BaseException) and not isinstance(got, Exception):
        raise got
    return got


def _is_cancelled() -> bool:
    """Tell whether asyncio cancels this task; else it was what the task has waited for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class _Awaited:
    """What a plain function gave that is to be awaited where the run is."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _in_thread(bound: Bound) -> Made | BaseException | _Awaited:
    """Call a plain function and write its result; what it raises is returned, never raised.

    A future takes no `StopIteration`, and none of these may end the thread.
    """
    try:
        value = bound()
        return _Awaited(value) if inspect.isawaitable(value) else content_of(value)
    except BaseException as error:  # noqa: BLE001 - as it says above
        return error

"""Calls of tools, made by blocking. The twin differs by ``await`` alone."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

from unillm._flow.jobs import Job
from unillm._flow.traced import TracedRun, TracedTool
from unillm._io import clock, threads
from unillm.errors import InvalidRequestError
from unillm.tools import Bound, content_of
from unillm.types.parts import Content

Made: TypeAlias = Content | Exception
"""What a tool gave, as content, or what it raised."""

_Told: TypeAlias = "SimpleQueue[tuple[int, Made | BaseException]]"


def call_tools(jobs: Sequence[Job], timeout: float | None, traced: TracedRun | None = None) -> None:
    """Make calls: one in this thread, several at the same time in threads of their own.

    A call that may take only so long has a thread too. What runs in a thread cannot be stopped:
    given up, it goes on to its end, and what it gives goes nowhere.
    """
    if len(jobs) == 1 and timeout is None:
        jobs[0].begin()
        told(jobs[0], _followed(jobs[0], traced))
        return
    results: _Told = SimpleQueue()
    for at, job in enumerate(jobs):
        job.begin()
        _start(job, at, results, traced)
    until = None if timeout is None else clock.monotonic() + timeout
    waiting = set(range(len(jobs)))
    while waiting:
        left = None if until is None else max(until - clock.monotonic(), 0)
        try:
            at, got = results.get(timeout=left)
        except Empty:
            break
        waiting.remove(at)
        told(jobs[at], got)
    for at in waiting:
        jobs[at].time_out(timeout or 0)


def made(bound: Bound) -> Made:
    """Call a tool and return what it gave or raised.

    Raises:
        BaseException: What is to end the program.
    """
    try:
        value = bound()
        if inspect.isawaitable(value):
            _refuse(value)
        return content_of(value)
    except Exception as error:  # noqa: BLE001 - whatever a tool raises, the policy decides
        return error


def told(job: Job, got: Made | BaseException) -> None:
    """Note what came of a call.

    Raises:
        BaseException: What is to end the program.
    """
    if isinstance(got, Exception):
        job.fail(got)
    elif isinstance(got, BaseException):
        raise got
    else:
        job.succeed(got)


def following(traced: TracedRun | None, job: Job) -> AbstractContextManager[TracedTool | None]:
    """Return what follows a call, where it is made; nothing does, if nobody follows its run."""
    return nullcontext() if traced is None else traced.tool(job.call)


def _followed(job: Job, traced: TracedRun | None) -> Made:
    """Make a call where this is called, and return what it gave or raised."""
    bound = _bound(job)
    with following(traced, job) as told_of:
        got = made(bound)
        if told_of is not None:
            told_of.got = got
        return got


def _start(job: Job, at: int, results: _Told, traced: TracedRun | None) -> None:
    """Begin a call in a thread, which does not keep the program from ending."""

    def call() -> None:
        try:
            got: Made | BaseException = _followed(job, traced)
        except BaseException as error:  # noqa: BLE001 - raised where the run is
            got = error
        results.put((at, got))

    name = f"unillm-{job.call.name}"
    run = copy_context().run
    threads.start(threading.Thread(target=run, args=(call,), name=name, daemon=True))


def _bound(job: Job) -> Bound:
    if job.bound is None:  # the flow binds each job it has called
        raise NotImplementedError(job.call.name)
    return job.bound


def _refuse(value: Any) -> None:
    if inspect.iscoroutine(value):
        value.close()
    message = "the tool is async: use unillm.AsyncClient, or a plain def"
    raise InvalidRequestError(message)

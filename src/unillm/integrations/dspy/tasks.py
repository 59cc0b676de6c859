"""Tasks that go along into DSPy's threads."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

import dspy

import unillm

_dspy: Any = dspy
"""The same, whose settings have no types."""
_SETTING = "unillm_tasks"
"""The setting of DSPy's that its threads take with them."""
_around: ContextVar[tuple[unillm.Task, ...]] = ContextVar("unillm_dspy_tasks", default=())
"""The tasks that were entered in this context: they need not be carried into it."""


@contextmanager
def task(
    name: str,
    *,
    user: str | None = None,
    session: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Generator[unillm.Task]:
    """Add up what is begun inside, as `unillm.task` does, in the threads of DSPy too.

    ``dspy.Parallel``, ``dspy.Evaluate`` and optimizers work in threads that know DSPy's settings
    and no context variables: calls made there would count for no task of `unillm.task`.

    Args:
        name: What it is called where costs are listed.
        user: For whom calls are made.
        session: The id of the conversation.
        tags: Labels of every call inside.

    Raises:
        InvalidRequestError: The name is empty, or something is no string.
    """
    made = unillm.task(name, user=user, session=session, tags=tags)
    token = _around.set((*_around.get(), made))
    try:
        with _dspy.context(**{_SETTING: (*_tasks(), made)}), made:
            yield made
    finally:
        _around.reset(token)


@contextmanager
def carried() -> Generator[None]:
    """Be inside of the tasks around, in a thread that does not know them."""
    with ExitStack() as stack:
        for one in _tasks():
            if one not in _around.get():
                stack.enter_context(one)
        yield


def _tasks() -> tuple[unillm.Task, ...]:
    found: tuple[unillm.Task, ...] = _dspy.settings.get(_SETTING, ())
    return found

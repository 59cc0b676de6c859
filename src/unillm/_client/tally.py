"""How far many calls are, counted and shown."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from unillm.errors import InvalidRequestError, UnillmError
from unillm.types.dataclass import dataclass
from unillm.types.response import Attempt
from unillm.types.row import MapProgress, OnProgress
from unillm.types.usage import Cost, Usage, nothing, total_usage


@dataclass(slots=True)
class Tally:
    """What came of rows so far.

    Attributes:
        total: How many rows there are; None: that cannot be told before their end.
        done: How many have their answer or their error.
        failed: How many of these have an error.
        resumed: How many of these were read from the checkpoint.
        usage: Tokens that providers reported for calls made; None: none did.
        cost: What calls made cost; None: none was.
        errors: How many rows failed with an error of each class.
    """

    total: int | None = None
    done: int = 0
    failed: int = 0
    resumed: int = 0
    usage: Usage | None = None
    cost: Cost | None = None
    errors: Counter[str] = field(default_factory=Counter[str])

    def count(self, error: UnillmError | None, *, resumed: bool = False) -> None:
        """Count a row that has come to its end."""
        self.done += 1
        self.resumed += resumed
        if error is not None:
            self.failed += 1
            self.errors[type(error).__name__] += 1

    def spend(self, attempts: Iterable[Attempt]) -> None:
        """Count what attempts used and cost, those that failed or were called off included."""
        for attempt in attempts:
            self.usage = total_usage((self.usage, attempt.usage))
            self.cost = attempt.cost if self.cost is None else self.cost + attempt.cost

    @property
    def spent(self) -> Cost:
        """Return what calls made cost."""
        return nothing("nothing was sent") if self.cost is None else self.cost

    def progress(self) -> MapProgress:
        """Return what is told of it."""
        return MapProgress(
            done=self.done,
            failed=self.failed,
            resumed=self.resumed,
            total=self.total,
            cost=self.spent,
        )


class Shower(Protocol):
    """Where it is shown how far many calls are."""

    def tell(self, tally: Tally) -> None:
        """Take note of how far they are."""

    def close(self) -> None:
        """Show nothing more. May be called twice."""


def shower(*, progress: OnProgress | bool) -> Shower:
    """Return what shows how far many calls are.

    Raises:
        InvalidRequestError: A bar is wanted, and what draws it is not installed.
    """
    if callable(progress):
        return _Told(progress)
    return _Bar() if progress else _Nothing()


class _Nothing:
    """Nobody wants to know."""

    def tell(self, tally: Tally) -> None:
        """Tell nobody."""

    def close(self) -> None:
        """Do nothing."""


class _Told:
    """A function of the user's, called whenever more rows are done."""

    def __init__(self, call: OnProgress) -> None:
        self._call = call
        self._done = -1

    def tell(self, tally: Tally) -> None:
        if tally.done != self._done:
            self._done = tally.done
            self._call(tally.progress())

    def close(self) -> None:
        """Do nothing."""


class _Bar:
    """A bar of tqdm's: on standard error where that is a terminal, or in a notebook's cell."""

    def __init__(self) -> None:
        self._kind = _bar_class()
        self._bar: Any = None

    def tell(self, tally: Tally) -> None:
        if self._bar is None:
            # None hides it where standard error is no terminal: in a file it is but noise.
            hidden = False if _in_notebook() else None
            self._bar = self._kind(total=tally.total, unit="row", disable=hidden)
        failed = f"{tally.failed:,} failed, " if tally.failed else ""
        # Where no call was made yet nothing is known to cost anything.
        said = f"{failed}{'' if tally.cost is None else tally.cost.brief}".removesuffix(", ")
        if said:
            self._bar.set_postfix_str(said, refresh=False)
        self._bar.update(tally.done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar_class() -> Any:
    """Return a class of bars that start no thread and no process of their own.

    Raises:
        InvalidRequestError: tqdm is not installed.
    """
    where = "notebook" if _in_notebook() and find_spec("ipywidgets") else "std"
    try:
        tqdm: Any = import_module(f"tqdm.{where}").tqdm
    except ImportError as error:
        message = 'progress=True needs tqdm: pip install "unillm-sdk[progress]"'
        raise InvalidRequestError(message) from error
    bar: Any = type("Bar", (tqdm,), {"monitor_interval": 0})
    bar.set_lock(threading.RLock())
    return bar


def _in_notebook() -> bool:
    """Tell whether this runs in a kernel that shows rich output; IPython is not imported for it."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None

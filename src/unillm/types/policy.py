"""How long to wait, how often to try, and how far to repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, field, fields
from typing import TYPE_CHECKING, Any, cast, get_args

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Level
from unillm.types.json import is_mapping

if TYPE_CHECKING:
    from tenacity.stop import StopBaseT
    from tenacity.wait import WaitBaseT

    from unillm.repair import Format, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """Time limits in seconds; None is no limit.

    Attributes:
        connect: For a connection to be made, TLS included.
        first_token: From sending to the first token. Reasoning models may think for minutes.
        idle: Between two pieces of an answer. Keep-alive comments and blank lines do not count.
        total: For the whole operation: every attempt and every pause between them.
    """

    connect: float | None = 10.0
    first_token: float | None = 600.0
    idle: float | None = 120.0
    total: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a time.

        Raises:
            InvalidRequestError: A limit is not a positive number or None.
        """
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None:
                _require_seconds(f"Timeout({limit.name}=…)", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When to try again. One policy owns all retries of an operation.

    The pause after attempt ``n`` is drawn evenly from 0 to
    ``min(max_wait, first_wait * 2**(n-1))`` seconds ("full jitter"); a server's ``Retry-After``
    takes its place. If the server asks for more than ``max_wait`` seconds, the error is raised
    at once and says so.

    Attributes:
        max_attempts: Attempts in all, the first included; those that `RepairPolicy.reask` allows
            come on top.
        max_wait: The longest pause, in seconds.
        first_wait: The upper bound of the first pause, in seconds.
        wait: A tenacity ``wait_*`` object that decides the pauses instead.
        stop: A tenacity ``stop_*`` object that may end the attempts earlier.
        budget: What share of all requests of a client may be further attempts at a target that has
            failed already, so that retries do not bury who is in trouble. Some ten a second are
            free beside it. None: any number may be.
    """

    max_attempts: int = 3
    max_wait: float = 8.0
    first_wait: float = 0.5
    wait: WaitBaseT | None = None
    stop: StopBaseT | None = None
    budget: float | None = 0.1

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidRequestError: A number is out of range, or an object is not tenacity's.
        """
        if type(self.max_attempts) is not int or self.max_attempts < 1:
            raise InvalidRequestError("RetryPolicy(max_attempts=…) must be a whole number from 1")
        _require_seconds("RetryPolicy(max_wait=…)", self.max_wait, at_least=0)
        _require_seconds("RetryPolicy(first_wait=…)", self.first_wait, at_least=0)
        for name, given in (("wait", self.wait), ("stop", self.stop)):
            if given is not None and not callable(given):
                raise InvalidRequestError(f"RetryPolicy({name}=…) must be a tenacity object")
        share: Any = self.budget
        if share is not None and not (type(share) in {int, float} and 0 <= share <= 1):
            raise InvalidRequestError(
                "RetryPolicy(budget=…) must be a share of all requests from 0 to 1, or None, "
                f"not {share!r}"
            )


@dataclass(frozen=True, slots=True)
class RepairPolicy:
    """What is done about tool calls that a model or a host got wrong.

    Arguments that parse and fit the tool's schema are never changed. What is repaired says so:
    ``ToolCall.repairs`` lists every edit. What has no reading, or more than one, is refused; and
    what may have lost data is never offered for execution, whatever the level.

    Attributes:
        level: How far a repair may go. ``off``: arguments and names are taken as they are.
            ``syntax``: how the arguments are written, never what they say. ``schema``: also what
            the tool's schema, or the names of the tools, leave only one reading of. ``salvage``:
            also what loses data, which is then refused with what could be read of it.
        rescue: Whether calls are looked for in the text of the answer, at providers that are
            known to leave them there (``Profile.leaks``). Such calls have the origin ``rescued``.
        reask: How often, at most, the model is told what is wrong with its calls and asked again.
            Each time is a request of its own: it costs tokens, counts beside
            ``RetryPolicy.max_attempts`` and runs against the same ``Timeout.total``.
        rules: Rules of your own (`unillm.repair.Rule`) for arguments that are not good as they are,
            asked before ours.
        formats: Notations of calls that have no marker and are looked for all the same, by name
            (``pythonic``), and `unillm.repair.Format` objects of your own.
        aliases: Other names of declared arguments, by the wrong name: ``{"file": "path"}``.
    """

    level: Level = "schema"
    _: KW_ONLY
    rescue: bool = True
    reask: int = 0
    rules: tuple[Rule, ...] = ()
    formats: tuple[str | Format, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidRequestError: A value is of the wrong type or out of range.
        """
        levels = get_args(Level)
        if self.level not in levels:
            known = ", ".join(levels)
            raise InvalidRequestError(
                f"RepairPolicy(level=…) must be one of {known}, not {self.level!r}"
            )
        if type(self.rescue) is not bool:
            raise InvalidRequestError("RepairPolicy(rescue=…) must be True or False")
        if type(self.reask) is not int or self.reask < 0:
            raise InvalidRequestError("RepairPolicy(reask=…) must be a whole number from 0")
        for name in ("rules", "formats"):
            listed: Any = getattr(self, name)
            if not isinstance(listed, tuple | list):
                raise InvalidRequestError(f"RepairPolicy({name}=…) must be a tuple")
            object.__setattr__(self, name, tuple(cast("Sequence[Any]", listed)))
        given: Any = self.aliases
        if not is_mapping(given) or not all(
            isinstance(word, str) for pair in given.items() for word in pair
        ):
            raise InvalidRequestError('RepairPolicy(aliases=…) must be like {"file": "path"}')
        object.__setattr__(self, "aliases", dict(given))


def _is_finite(value: float) -> bool:
    return abs(value) <= LONGEST


LONGEST = 1e9
"""Seconds, some thirty years: more is no number that clocks and sockets take."""


def _require_seconds(what: str, value: Any, *, at_least: float | None = None) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not _is_finite(value) or (value < 0 if at_least == 0 else value <= 0):
        sign = "non-negative" if at_least == 0 else "positive"
        raise InvalidRequestError(f"{what} must be a {sign} number of seconds, not {value!r}")

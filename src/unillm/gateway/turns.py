"""One request on its way: who makes it, whom it asks, and what is learnt of what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unillm.errors import BudgetExceededError, UnillmError
from unillm.gateway.budget import Spent, explained, session_budget
from unillm.gateway.kept import AGENT, Kept
from unillm.gateway.loops import LoopGuard
from unillm.gateway.models import Models
from unillm.gateway.sessions import Caller, caller_of
from unillm.types.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unillm import AsyncClient
    from unillm._wire.serve.asked import Asked
    from unillm.gateway.settings import Settings
    from unillm.types.budget import Budget
    from unillm.types.policy import Timeout
    from unillm.types.record import Record

_REWRITE = ("tool_choice", "max_tokens", "response_format")
"""What an agent asks for and a provider would refuse is rewritten, and noted."""


class Desk:
    """What all requests of a gateway share."""

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        """Take who answers."""
        self.budget: Budget | None = session_budget(settings.session_budget)
        self.loops = LoopGuard(refusals=settings.refusals, repeats=settings.repeats)
        self.spent = Spent()
        self.kept = Kept(None if client.ledger is None else client.ledger.operation)
        self.models = Models(client, aliases=settings.aliases, only=settings.models)
        self._secret = settings.secret
        self.client = client
        config = client._config  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of one package
        self._patience: Timeout = config.timeout
        self.observers = (*client.observers, self.spent.observe, self.kept.observe)

    def patience(self, asked: Any) -> Any:
        """Return how long a call may take of which the client says so: never longer than all may.

        Raises:
            InvalidRequestError: It is no time.
        """
        if isinstance(asked, bool) or not isinstance(asked, int | float):
            return asked  # it is refused where the call is made
        own = self._patience
        return replace(own, total=asked if own.total is None else min(asked, own.total))

    def turn(self, asked: Asked, headers: Mapping[str, str]) -> Turn:
        """Return a request as it is going to be made.

        Raises:
            UnillmError: It is refused before anything is sent.
        """
        caller = caller_of(headers, asked, self._secret)
        model = self.models.resolve(asked.model)
        turn = Turn(desk=self, asked=asked, caller=caller, model=model)
        spent = self.spent.of(caller.session)
        self.loops.check(caller.session, model, asked.request.messages, spent)
        return turn


@dataclass(slots=True, kw_only=True)
class Turn:
    """One request.

    Attributes:
        desk: What it shares with others.
        asked: What is asked.
        caller: Who asks.
        model: Whom.
        operation: The id of the operation that answers it; None: there is none yet.
    """

    desk: Desk
    asked: Asked
    caller: Caller
    model: str
    operation: str | None = None

    @property
    def call(self) -> dict[str, Any]:
        """Return the arguments of the call."""
        call = self.asked.call
        call["model"] = self.model
        call["session"] = self.caller.session
        call["tags"] = {**call.get("tags", {}), AGENT: self.caller.agent}
        call["observers"] = (*self.desk.observers, self._hear)
        call["rewrite"] = tuple(dict.fromkeys((*_REWRITE, *call.get("rewrite", ()))))
        if "timeout" in call:
            call["timeout"] = self.desk.patience(call["timeout"])
        if not self._goes_on:
            call["on_midstream_error"] = "restart"
        if self.desk.budget is not None and not self.desk.models.is_unbilled(self.model):
            call["budget"] = self.desk.budget
        return call

    @property
    def _goes_on(self) -> bool:
        """Tell whether a route is asked that goes on with an answer that breaks off."""
        name = self.model.removeprefix("route:")
        route = self.desk.client.routes.get(name)
        return route is not None and route.on_midstream_error == "continue"

    def begun(self, operation: str) -> None:
        """Take note that it is being answered."""
        self.operation = operation
        self.desk.kept.begin(operation, session=self.caller.session, agent=self.caller.agent)

    def _hear(self, record: Record) -> None:
        self.operation = record.operation

    def answered(self) -> None:
        """Take note that it was answered."""
        self.desk.loops.answered(self.caller.session, self.asked.request.messages)

    def failed(self, error: UnillmError) -> UnillmError:
        """Take note that it failed; return what is told."""
        if isinstance(error, BudgetExceededError):
            return explained(error)
        session = self.caller.session
        said = self.asked.request.messages
        spent = self.desk.spent.of(session)
        return self.desk.loops.refused(session, self.model, said, error, spent) or error

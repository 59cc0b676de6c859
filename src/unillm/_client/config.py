"""What a client was configured with, and how a call becomes an operation."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, field
from functools import partial
from typing import TYPE_CHECKING, Any

from unillm._client.books import opened_ledger
from unillm._client.budgets import Stores, together
from unillm._client.checks import CHECKS, text
from unillm._client.constraining import (
    added,
    is_priced,
    require_permitted,
    require_there,
)
from unillm._client.health import opened_health
from unillm._client.memory import memory_for
from unillm._client.mirroring import Mirroring
from unillm._client.options import OnInvalidToolCall
from unillm._client.outputs import OutputGiven, planned_with, watcher_for
from unillm._client.recalling import ReasoningMemory
from unillm._client.routes import Routes, find_route
from unillm._client.routing import Routing, course_of, tree_for
from unillm._client.scope import NOWHERE, Around, around
from unillm._client.warning import warn_of
from unillm._flow.attempt import Exchanged
from unillm._flow.billing import Billing
from unillm._flow.bounds import bounds_of
from unillm._flow.calls import finisher_for
from unillm._flow.chat import chat
from unillm._flow.course import Course
from unillm._flow.effects import Flow
from unillm._flow.operation import Operation
from unillm._flow.rescue import rescuer_for
from unillm._flow.tree import nobody
from unillm._io import clock, log
from unillm._wire.encode import encode
from unillm._wire.plan import Plan, plan
from unillm.errors import InvalidRequestError
from unillm.limits.health import MemoryHealth
from unillm.pricing import PriceBook
from unillm.providers import Provider, Server, resolve, servers_from
from unillm.telemetry import Telemetry
from unillm.tools import ToolLike, tools_and_hosted
from unillm.types.budget import Budget
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.health import HealthStore
from unillm.types.inputs import Messages, messages_from
from unillm.types.json import is_iterable, is_mapping
from unillm.types.messages import AssistantMessage, Message, SystemMessage
from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
from unillm.types.record import Observer, Scope
from unillm.types.replaced import replaced
from unillm.types.request import ChatRequest
from unillm.types.response import ChatResponse
from unillm.types.route import OnMidstreamError
from unillm.types.settings import checked
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm._client.copies import Begin
    from unillm._flow.modes import Expected
    from unillm.ledger import Ledger


@dataclass(slots=True)  # not frozen: that would take three times as long, for every call
class Call:
    """One call as the user wrote it."""

    messages: Messages
    model: str | None
    system: str | None
    tools: Iterable[ToolLike] | None
    options: Mapping[str, Any]
    _: KW_ONLY
    stream: bool
    output: OutputGiven | None = None
    target: Target | None = None
    """Whom to ask, where that is settled already; ``model`` says nothing then."""
    around: Around | None = None
    """What it is made inside of, where that is settled already; else what is around this place."""


_RETRY, _REPAIR, _TIMEOUT = RetryPolicy(), RepairPolicy(), Timeout()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The defaults of a client. Everything has been checked."""

    servers: Mapping[str, Server] = field(repr=False)
    model: str | None = None
    system: str | None = None
    retry: RetryPolicy = _RETRY
    retry_given: bool = False
    repair: RepairPolicy = _REPAIR
    timeout: Timeout = _TIMEOUT
    observers: tuple[Observer, ...] = ()
    prices: PriceBook | None = field(default=None, repr=False)
    telemetry: Telemetry | None = field(default=None, repr=False)
    ledger: Ledger | None = None
    budget: tuple[Budget, ...] = ()
    routes: Routes = field(default_factory=Routes)
    routing: Routing = field(default_factory=Routing, repr=False, compare=False)
    constraints: tuple[Constraints, ...] = ()
    health: HealthStore = field(default_factory=MemoryHealth, repr=False, compare=False)
    stores: Stores = field(default_factory=Stores, repr=False, compare=False)
    on_invalid_tool_call: OnInvalidToolCall = "raise"
    on_midstream_error: OnMidstreamError | None = None
    rewrite: tuple[str, ...] = ()
    prefix: str | None = None
    keep_raw: bool = False
    remember_reasoning: bool = True
    thoughts: ReasoningMemory = field(default_factory=ReasoningMemory, repr=False, compare=False)
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    labels: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """Tags and session that were given since the client was made: they are a call's own."""
    around: Around | None = field(default=None, repr=False)
    """What calls are made inside of; None: what is around the place where each is made."""

    @classmethod
    def read(
        cls, *, providers: Iterable[Provider | str] | None, options: Mapping[str, Any]
    ) -> Config:
        """Return the configuration of a new client.

        Raises:
            InvalidRequestError: Something in it cannot be meant.
        """
        log.configure_from_environment()
        servers = servers_from(providers, os.environ)
        health = opened_health(options.get("health"), os.environ)
        read = cls(servers=servers, telemetry=Telemetry(), health=health)
        given = {**options, "health": None, "ledger": opened_ledger(options.get("ledger"))}
        return read.changed(given).settled()

    def changed(self, options: Mapping[str, Any]) -> Config:
        """Return the configuration with some defaults replaced; None leaves one as it is.

        Budgets and constraints are added: what a client may not do, no call of it may. So are
        routes; one takes the place of another of its name.

        Raises:
            InvalidRequestError: An option is unknown or has the wrong type.
        """
        known = {name: value for name, value in options.items() if value is not None}
        if not known:
            return self
        own: dict[str, Any] = {
            name: check(known.pop(name)) for name, check in _CHECKS.items() if name in known
        }
        if "budget" in own:
            own["budget"] = together(self.budget, own["budget"], os.environ)
            for budget in own["budget"]:
                self.stores.use(budget.kept["store"])
        if "routes" in own:
            named = {**self.routes, **own["routes"]}
            own["routes"] = Routes.of(named, self.servers, clock.today())
        own["retry_given"] = self.retry_given or "retry" in own
        if "constraints" in own:
            own["constraints"] = added(self.constraints, own["constraints"], self.servers)
        settings = checked(known)
        labels = {name: settings[name] for name in _OURS & settings.keys()}
        if "tags" in labels:
            labels["tags"] = {**self.labels.get("tags", {}), **labels["tags"]}
        for name in _MERGED & settings.keys() & self.settings.keys():
            settings[name] = {**self.settings[name], **settings[name]}
        settings, labels = {**self.settings, **settings}, {**self.labels, **labels}
        return replaced(self, **own, settings=settings, labels=labels)

    def settled(self) -> Config:
        """Return the configuration of a client: what it says is a default for its calls."""
        find_route(self, self.model)  # a route that is not there is told now
        return replaced(self, labels={})

    def placed(self) -> Config:
        """Return the configuration for calls that are made later, but belong here."""
        return replaced(self, around=around())

    def shown(self) -> str:
        """Return what a client's ``repr`` shows."""
        return f"model={self.model!r}, providers={list(self.servers)}"

    def target(self, model: str | None) -> Target:
        """Return whom a model's name means, or the default's.

        Raises:
            InvalidRequestError: No such provider is configured, or no model is named.
        """
        return resolve(model or self.model, self.servers, today=clock.today())

    def permitted(self, *targets: Target, prompt: int | None = None) -> None:
        """Refuse to send anything unless one of some targets may be sent it.

        Args:
            targets: Whom it may be sent to.
            prompt: How many tokens the prompt has at most, where long ones are dearer; None: any
                number.

        Raises:
            NoTargetError: None may; the message has each with the reason.
            InvalidRequestError: A header would have another server answer.
        """
        require_permitted(self, targets, prompt)

    def operation(
        self, call: Call, *, asynchronous: bool, beside: Begin | None = None
    ) -> tuple[Flow[ChatResponse], Operation, tuple[Observer, ...]]:
        """Return the flow that answers a call, the memory it writes to, and who is told of it.

        A copy of it is begun ``beside`` it, if its route wants one.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
            AuthenticationError: The provider needs a key and none was given.
        """
        config = self.changed(call.options)
        if call.around is not None:
            config = replaced(config, around=call.around)
        scope, tree = config.scope(), tree_for(config, call)
        if tree is None:
            what = config.prepared(call, asynchronous=asynchronous)
            course = Course.direct(what, config.health)
            target, request, asked = what.plan.target, what.plan.request, what.plan.asked
        else:
            request = asked = config.request(call, asynchronous=asynchronous)
            target, course = nobody(tree.name), course_of(config, call, tree, request, scope)
        course.on_midstream_error = config.on_midstream_error
        made = partial(memory_for, config, call, scope, request, target, tree=tree)
        if tree is not None and tree.mirrors and beside is not None:
            course.mirror = Mirroring(config, call, tree, request, beside, made).mirror
        operation = made()
        if config.remember_reasoning:
            operation.remember = partial(config.thoughts.keep, asked.messages)
        returns = config.on_invalid_tool_call == "return"
        flow = chat(course, operation, config.retry, return_invalid_calls=returns)
        return flow, operation, config.watchers()

    def watchers(self) -> tuple[Observer, ...]:
        """Return who is told of an operation. Its options are in here already."""
        tasks = self._place.tasks
        kept = self.observers if self.ledger is None else (self.ledger.record, *self.observers)
        if not tasks:
            return kept
        return (*[task.hear for task in reversed(dict.fromkeys(tasks))], *kept)

    def scope(self) -> Scope:
        """Return what a call is made for. Its options are in here already."""
        place, settings, labels = self._place, self.settings, self.labels
        if place is NOWHERE and not labels and settings.keys().isdisjoint(_SCOPED):
            return Scope()
        tags = dict(settings.get("tags", {}))
        user, session = settings.get("user"), settings.get("session")
        for task in place.tasks:
            tags.update(task.tags)
            user = user if task.user is None else task.user
            session = session if task.session is None else task.session
        return Scope(
            tags={**tags, **labels.get("tags", {})},
            session=labels.get("session", session),
            user=user,
            tasks=tuple(task.name for task in dict.fromkeys(place.tasks)),
            run=place.run,
            turn=place.turn,
        )

    @property
    def _place(self) -> Around:
        return around() if self.around is None else self.around

    def billing(self) -> Billing:
        """Return how the attempts of a call are billed. Its options are in here already."""
        book = PriceBook.default() if self.prices is None else self.prices
        return Billing(book=book)

    def prepared(self, call: Call, *, asynchronous: bool) -> Exchanged:
        """Return what a call sends, and how its answer is read. Its options are in here already.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
            AuthenticationError: The provider needs a key and none was given.
            NoTargetError: The constraints do not hold of whom it asks.
        """
        target = call.target or self.target(call.model)
        self.permitted(target, prompt=0)  # whatever its length, it may be refused already
        warn_of(target.notes)
        what = self.exchanged(call, self.request(call, asynchronous=asynchronous), target)
        require_there(self, target, what.wire)
        if is_priced(self):
            self.permitted(target, prompt=bounds_of(what).input_tokens)
        return what

    def request(self, call: Call, *, asynchronous: bool) -> ChatRequest:
        """Return a call in values, before any dialect. Its options are in here already.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
        """
        settings = {k: v for k, v in self.settings.items() if k not in _OURS}
        given = [name for name in _EXTRAS if name in settings]
        extra: dict[str, Any] = {name: dict(settings.pop(name)) for name in given}
        tools, hosted = tools_and_hosted(call.tools if asynchronous else _sync_only(call.tools))
        messages = _with_system(messages_from(call.messages), call.system, self.system)
        return ChatRequest(
            messages=messages if self.prefix is None else _begun(messages, self.prefix),
            tools=tools,
            hosted_tools=hosted,
            settings=settings,
            stream=call.stream,
            **extra,
        )

    def planned(
        self, call: Call, request: ChatRequest, target: Target
    ) -> tuple[Plan, Expected | None]:
        """Return how a request goes to a target, and what output its answer is to be.

        Raises:
            InvalidRequestError: Nobody, or not this target, would take it.
        """
        recall = self.thoughts.recall if self.remember_reasoning and self.thoughts else None
        if call.output is None:
            return plan(request, target, rewrite=self.rewrite, recall=recall), None
        return planned_with(call.output, request, target, self.rewrite, recall)

    def exchanged(self, call: Call, request: ChatRequest, target: Target) -> Exchanged:
        """Return a request as it is sent, and what is to be made of its answer."""
        planned, expected = self.planned(call, request, target)
        return Exchanged(
            plan=planned,
            wire=encode(planned),
            finish_call=finisher_for(planned.request.offered, self.repair),
            repair=self.repair,
            rescuer=rescuer_for(planned.request, target.profile, self.repair),
            keep_raw=self.keep_raw,
            expected=expected,
            watch=None if expected is None else partial(watcher_for, expected),
        )


def environment() -> Mapping[str, str]:
    """Return the variables of the process."""
    return os.environ


_MERGED = {"extra_body", "extra_headers", "extra_query", "tags"}
_EXTRAS = ("extra_body", "extra_headers", "extra_query")
_OURS = frozenset({"tags", "session"})
"""Settings that reach observers, never the provider."""
_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    **CHECKS,
    "health": partial(opened_health, environ=os.environ),
}
_SCOPED = _OURS | {"user"}


def _with_system(
    messages: tuple[Message, ...], asked: str | None, default: str | None
) -> tuple[Message, ...]:
    """Put the instructions first; the client's default yields to instructions already there."""
    has_own = isinstance(messages[0], SystemMessage)
    system = asked if asked is not None else (None if has_own else default)
    if system is None:
        return messages
    return (SystemMessage(text("system", system)), *messages)


def _begun(messages: tuple[Message, ...], prefix: str) -> tuple[Message, ...]:
    """Put the beginning of the answer last."""
    if isinstance(messages[-1], AssistantMessage):
        raise InvalidRequestError(
            "prefix is given, and the last message is the assistant's: put both into one"
        )
    return (*messages, AssistantMessage(prefix, extra={"prefix": True}))


def _sync_only(tools: Any) -> Any:
    """Refuse async tools; what is no list of tools is refused where each tool is looked at."""
    if tools is None or isinstance(tools, str) or is_mapping(tools) or not is_iterable(tools):
        return tools
    listed = list(tools)
    for given in listed:
        if inspect.iscoroutinefunction(given):
            name = given.__name__
            message = f"the tool {name!r} is async: use unillm.AsyncClient, or a plain def"
            raise InvalidRequestError(message)
    return listed

"""One attempt: send the request to one target, decode what comes, emit it, end it verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from unillm._flow.charges import OK
from unillm._flow.deadlines import Deadlines
from unillm._flow.effects import (
    Begun,
    Close,
    Emit,
    Flow,
    Head,
    Now,
    Opened,
    Read,
    Send,
    TimedOutError,
)
from unillm._flow.operation import Operation, Trial, Watching
from unillm._wire.assemble import AnswerOf, Rescuer
from unillm._wire.calls import FinishCall
from unillm._wire.decoder import Decoder
from unillm._wire.failure import failure_from_status
from unillm._wire.failure import request_id as id_in
from unillm._wire.interface import interface
from unillm._wire.plan import Plan
from unillm._wire.rates import rates_from
from unillm._wire.usage import charged, usage_from
from unillm.errors import (
    AuthenticationError,
    BadRequestError,
    IncompleteStreamError,
    MalformedResponseError,
    ModelNotFoundError,
    ProviderError,
    TransportError,
    UnillmError,
)
from unillm.types.dataclass import dataclass
from unillm.types.events import Event
from unillm.types.json import is_object
from unillm.types.policy import RepairPolicy
from unillm.types.request import ChatRequest
from unillm.types.response import ChatResponse
from unillm.types.target import Target
from unillm.types.transport import WireRequest
from unillm.types.usage import Usage

if TYPE_CHECKING:
    from unillm._flow.modes import Expected

MAX_ERROR_BODY = 1024 * 1024
"""Bytes of an error body that are read; the rest says nothing more."""


@dataclass(slots=True, kw_only=True)  # not frozen: one is made for every call
class Exchanged:
    """What an attempt needs besides its deadlines.

    Attributes:
        plan: The request as the target takes it.
        wire: The same, written.
        finish_call: Decides whether a complete tool call may be executed.
        repair: How far calls are repaired.
        rescuer: Makes what looks for calls in the text of an answer; None: nobody does.
        keep_raw: Whether the chunks of a stream are kept.
        expected: The output that is wanted; None: any answer.
        watch: Makes what tells of the output while it comes; None: nobody does.
    """

    plan: Plan
    wire: WireRequest
    finish_call: FinishCall
    repair: RepairPolicy
    rescuer: Callable[[], Rescuer] | None = None
    keep_raw: bool
    expected: Expected | None = None
    watch: Callable[[], Watching] | None = None


_NONE = frozenset[str]()


def attempt(what: Exchanged, operation: Operation, trial: Trial) -> Flow[ChatResponse]:
    """Carry one request to one target and return the whole answer.

    Events are emitted as they come if the request is a stream. Every error carries what had
    arrived, and everything that had arrived has been emitted before it is raised.
    """
    operation.answer = None
    deadlines = Deadlines(operation.timeout, operation.total_at, trial.sent_at)
    head = yield from _head(what.wire, deadlines)
    trial.status, trial.request_id = head.status, id_in(head.headers)
    trial.rate_limits = rates_from(head.headers, head.at.unix)
    if head.status not in OK:
        body = yield from error_body(deadlines, head.at.monotonic)
        failure = failure_from_status(head.status, head.headers, body, now=head.at.unix)
        failure.rate_limits = trial.rate_limits
        trial.usage = usage_in(failure.body)
        raise with_advice(failure, what.plan.target)
    if operation.streamed:
        yield from Opened()
    decoder = decoder_of(what, head.headers, trial.request_id)
    operation.answer = trial.answer = decoder
    operation.watch = what.watch() if what.watch is not None and operation.streamed else None
    try:
        try:
            yield from _read_all(decoder, deadlines, operation, trial)
        except UnillmError as error:
            if not decoder.outlives(error):
                raise
        response = trial.said = decoder.complete()
        require_json(response, what.plan.request)
    except UnillmError as error:
        yield from _told(decoder.give_up(), operation, trial)
        error.partial = error.partial or decoder.partial
        error.request_id = error.request_id or trial.request_id
        raise
    finally:
        trial.hear()
    if operation.streamed:
        yield from _told(decoder.take_events(), operation, trial)
    return response


def usage_in(body: Any) -> Usage | None:
    """Return the tokens that an error answer reports: what was used up to the failure."""
    return usage_from(body.get("usage")) if is_object(body) else None


def require_json(response: ChatResponse, request: ChatRequest) -> None:
    """Refuse an answer of nothing where JSON was asked for; DeepSeek's JSON mode gives some.

    Its guide says so (https://api-docs.deepseek.com/guides/json_mode, quoted 2026-09-12).

    Raises:
        MalformedResponseError: It is such an answer; it may be asked for again.
    """
    wanted: Any = request.settings.get("response_format")
    message = response.message
    said = response.text.strip() or message.refusal or message.tool_calls
    if not wanted or said or response.finish_reason != "stop" or response.invalid_tool_calls:
        return
    if wanted.get("type") in {"json_object", "json_schema"}:
        told = "JSON was asked for, and the model ended its answer without any. "
        advice = "Ask again; if it stays so, say in the prompt what the JSON shall look like."
        raise MalformedResponseError(told + advice, partial=response, retryable=True)


def with_advice(failure: ProviderError, target: Target) -> ProviderError:
    """Add what is known here of the cause: no key was sent, or the model is gone or unknown."""
    advice = [note.message for note in target.notes if note.code in _explains(failure)]
    if isinstance(failure, AuthenticationError) and target.api_key is None:
        advice.append(
            f"No key was sent: pass api_key= to unillm.Provider({target.provider!r}, …). "
            "A key of the environment goes to its own host only."
        )
    known = target.profile.ids.values()
    if isinstance(failure, ModelNotFoundError) and known and target.model not in known:
        advice.append(f"Ids known to be at {target.provider}: {', '.join(sorted(known))}.")
    if advice:
        failure.message = " ".join([failure.message, *advice])
        failure.args = (failure.message,)
    return failure


def _explains(failure: ProviderError) -> frozenset[str]:
    """Return the codes of notes that tell why a request failed."""
    if isinstance(failure, ModelNotFoundError):
        return frozenset({"retired_model", "renamed_model", "unknown_model", "host_id"})
    # Of a model that is unknown anything may be wrong; of one that is gone, this.
    gone = isinstance(failure, BadRequestError) and failure.status == 400
    return frozenset({"retired_model"}) if gone else frozenset()


def _head(wire: WireRequest, deadlines: Deadlines) -> Flow[Head]:
    limits = deadlines.timeout
    try:
        return (yield from Send(wire, deadlines.until(), limits.connect, deadlines.single_read()))
    except TimedOutError:
        raise deadlines.error() from None


def error_body(deadlines: Deadlines, since: float) -> Flow[bytes]:
    """Read what the provider says of its error, as far as it comes in time."""
    until = deadlines.until_told(since)
    parts: list[bytes] = []
    size = 0
    try:
        while size < MAX_ERROR_BODY:
            data, _ = yield from Read(until)
            if not data:
                break
            parts.append(data)
            size += len(data)
    except (TimedOutError, TransportError):
        pass
    yield from Close()
    return b"".join(parts)


def decoder_of(what: Exchanged, headers: Mapping[str, str], request_id: str | None) -> Decoder:
    """Return what decodes the answer to a request; what is to be known of it is noted already."""
    request, target, api = what.plan.request, what.plan.target, what.plan.api
    of = AnswerOf(
        provider=target.provider,
        model=target.model,
        request_id=request_id,
        tool_names=frozenset(tool.name for tool in request.offered) if request.offered else _NONE,
        seed=str(len(request.messages)),
        finish_call=what.finish_call,
        mends_names=what.repair.level in {"schema", "salvage"},
        rescuer=what.rescuer,
        stops=what.plan.stops,
        origin=target.origin,
        api=api,
        charged=None if request.stream else charged(headers, target.profile.cost_header),
        usage_cost=target.profile.usage_cost,
    )
    # Only Chat Completions has hosts that end their streams in a way of their own.
    end = target.profile.stream_end if api == "chat" else "finish_reason"
    reading = interface(api).reading
    decoder = Decoder(of, headers, reading, stream_end=end, keep_raw=what.keep_raw)
    for note in what.plan.notes:
        decoder.note(note.code, note.message)
    return decoder


def _read_all(
    decoder: Decoder, deadlines: Deadlines, operation: Operation, trial: Trial
) -> Flow[None]:
    """Decode until the answer has ended, one way or the other."""
    while not decoder.done:
        try:
            data, at = yield from Read(deadlines.until())
        except TimedOutError:
            if _is_whole(decoder, "nothing more came after the finish reason"):
                return
            raise deadlines.error() from None
        except TransportError as error:
            if _is_whole(decoder, "the connection broke off after the finish reason"):
                return
            message = f"the connection broke off in the middle of the answer: {error.message}"
            raise IncompleteStreamError(message) from error
        if not data:
            yield from _told(decoder.close(), operation, trial)
            return
        yield from _taken(data, decoder, deadlines, operation, trial, at=at)
        del data  # it is not held while more is waited for


def _taken(
    data: bytes,
    decoder: Decoder,
    deadlines: Deadlines,
    operation: Operation,
    trial: Trial,
    *,
    at: float,
) -> Flow[None]:
    """Decode what was read and hand it out.

    The first event need not wait until those that came with it are decoded.
    """
    alone = operation.streamed and trial.first_token_at is None
    known, events = decoder.progress, decoder.feed(data, alone=alone)
    if decoder.progress != known and _heard(decoder, deadlines, at, streamed=operation.streamed):
        trial.heard(at)
        if trial.raced:
            yield from _begun(trial)
    if not (events and operation.streamed):
        return
    try:
        yield from emit(events, operation)
    except GeneratorExit:
        # Who leaves at the first event is told and billed what had come with it.
        with suppress(UnillmError):
            decoder.others()
        raise
    # The caller may have taken his time over them.
    at = (yield from Now()).monotonic
    deadlines.resumed(at)
    if not alone:
        return
    known, events = decoder.progress, decoder.others()
    if decoder.progress != known:
        _heard(decoder, deadlines, at, streamed=True)
    if events:
        yield from emit(events, operation)
        deadlines.resumed((yield from Now()).monotonic)


def _heard(decoder: Decoder, deadlines: Deadlines, at: float, *, streamed: bool) -> bool:
    """Take note that something new came; tell whether anything of the message did."""
    has_begun = decoder.has_begun
    deadlines.news(at, token=has_begun or not streamed)
    deadlines.finished_at = at if decoder.finished else None
    return has_begun


def _is_whole(decoder: Decoder, message: str) -> bool:
    if decoder.finished:
        decoder.note("cut_after_finish", message)
    return decoder.finished


def _told(events: list[Event], operation: Operation, trial: Trial) -> Flow[None]:
    if not operation.streamed:
        return  # nobody reads them
    if events and trial.raced:
        yield from _begun(trial)
    yield from emit(events, operation)


def _begun(trial: Trial) -> Flow[None]:
    """Tell that the answer has begun of an attempt that others run beside, before it is handed out.

    From here on it runs alone.
    """
    trial.raced = False
    yield from Begun()


def emit(events: list[Event], operation: Operation) -> Flow[None]:
    """Hand out events, if the caller reads them; the first of a new answer say so.

    Those of an answer that may yet be thrown away are held back.
    """
    if events and operation.streamed and operation.joint is not None:
        events = operation.joint.over(events)
    if events and operation.streamed and operation.watch is not None:
        events = operation.watch.over(events)
    if events and operation.held is not None:
        operation.held += events
    else:
        yield from handed_out(events, operation)


def handed_out(events: list[Event], operation: Operation) -> Flow[None]:
    """Hand out events as they are, if the caller reads them."""
    if events and operation.streamed:
        operation.emitted = True
        restarted = operation.take_restart()
        yield from Emit([restarted, *events] if restarted else events)

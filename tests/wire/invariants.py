"""What holds whatever bytes come: of answers, calls and failures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from tests.wire.drive import WEATHER, Told, decode, run
from unillm import (
    ChatResponse,
    MalformedResponseError,
    ProviderError,
    TextDelta,
    Tool,
    ToolArgumentsError,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
    TransportError,
)
from unillm.repair import replay
from unillm.types.facts import Api
from unillm.types.profile import StreamEnd

DOCUMENTED = (MalformedResponseError, ProviderError, TransportError, ToolArgumentsError)
TOOLS = (WEATHER,)


def check(told: Told) -> None:
    """Whatever came: the exception is a documented one, the events and the answer agree."""
    assert told.error is None or isinstance(told.error, DOCUMENTED), repr(told.error)
    answer = told.response or told.partial
    ready = [event for event in told.events if isinstance(event, ToolCallReady)]
    if told.response is not None or isinstance(told.error, ToolArgumentsError):
        assert [event.call for event in ready] == list(answer.tool_calls)
    else:
        assert answer.tool_calls == ()
        assert ready == []
    for event in ready:
        check_call(event, told)
    assert "".join(e.text for e in told.events if isinstance(e, TextDelta)) == answer.text
    assert ChatResponse.from_json(answer.to_json()).message == answer.message
    assert repr(answer)
    assert str(told.error)


def check_call(event: ToolCallReady, told: Told) -> None:
    written = replay(event.call.raw, event.call.repairs)
    assert json.loads(written.strip() or "{}") == event.call.arguments
    assert not any(edit.kind == "lossy" for edit in event.call.repairs)
    own = [e for e in told.events if getattr(e, "index", None) == event.index]
    assert isinstance(own[0], ToolCallStarted)
    assert (own[0].id, own[0].name) == (event.call.id, event.call.name)
    fragments = [e.fragment for e in own if isinstance(e, ToolCallDelta)]
    assert "".join(fragments) == event.call.raw


def check_torn(
    pieces: Sequence[bytes],
    tools: Sequence[Tool] = TOOLS,
    *,
    stream_end: StreamEnd = "finish_reason",
    cut: bool = False,
    api: Api = "chat",
) -> Told:
    """Decode a body whole and in these pieces: the same and documented."""
    told = decode([b"".join(pieces)], tools, stream_end=stream_end, cut=cut, api=api)
    check(told)
    torn = decode(pieces, tools, stream_end=stream_end, cut=cut, api=api)
    assert repr(torn.outcome) == repr(told.outcome)
    return told


def check_both(body: bytes, tools: Sequence[Tool] = TOOLS, *, api: Api = "chat") -> Told:
    """Decode a body whole, in pieces, and through the flow: all the same and all documented."""
    thirds = len(body) // 3 + 1
    pieces = [body[at : at + thirds] for at in range(0, len(body), thirds)]
    told = check_torn(pieces, tools, api=api)
    flow = run([body], tools, api=api)
    assert type(flow.error) is type(told.error)
    check(flow)
    return told


def check_failure(error: Exception) -> None:
    """Whatever an error answer says: the exception is whole and its message short."""
    assert isinstance(error, ProviderError)
    wait = error.retry_after
    assert wait is None or (wait >= 0 and math.isfinite(wait))
    assert str(error)
    assert repr(error)
    assert len(error.message) < 1200

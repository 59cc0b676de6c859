"""One client, sync and async, for OpenAI- and DeepSeek-compatible language model APIs.

import unillm

client = unillm.Client()
print(client.chat("Say hello.", model="deepseek:deepseek-v4-pro").text)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from unillm._version import __version__

if TYPE_CHECKING:
    from unillm import catalog, display, errors, ledger, limits, pricing, providers
    from unillm._client.asynchronous import AsyncClient
    from unillm._client.mapping import AsyncRows, Rows
    from unillm._client.options import CallOptions, ClientOptions, MapOptions, RunOptions
    from unillm._client.replaying import replay
    from unillm._client.run_streams import AsyncRunStream, RunStream
    from unillm._client.scope import Task, task
    from unillm._client.streams import AsyncParsedStream, AsyncStream, ParsedStream, Stream
    from unillm._client.sync import Client
    from unillm.errors import (
        AuthenticationError,
        BadRequestError,
        BudgetExceededError,
        BudgetUnavailableError,
        ConnectError,
        ConnectTimeoutError,
        ContentPolicyError,
        ContextLengthError,
        DeadlineExceededError,
        FirstTokenTimeoutError,
        IdleTimeoutError,
        IncompleteStreamError,
        InsufficientBalanceError,
        InvalidRequestError,
        LedgerError,
        MalformedResponseError,
        MaxTurnsError,
        ModelNotFoundError,
        NoTargetError,
        NotFoundError,
        OutputValidationError,
        OverloadedError,
        PermissionDeniedError,
        ProviderError,
        RateLimitError,
        RequestTimeoutError,
        ResponseError,
        RouteExhaustedError,
        ServerError,
        ToolArgumentsError,
        TransportError,
        UnillmError,
        UnsupportedFeatureError,
    )
    from unillm.ledger import Ledger, Spend
    from unillm.providers import Provider
    from unillm.telemetry import Telemetry
    from unillm.tools import ToolLike, tool
    from unillm.types.budget import Budget, BudgetState, BudgetStore
    from unillm.types.constraints import Constraints, MaxPrice
    from unillm.types.decision import Decision, Excluded
    from unillm.types.document import FilePart
    from unillm.types.edits import Edit, Note
    from unillm.types.endpoints import Balance, Completion, Funds, ServedModel, TokenEstimate
    from unillm.types.estimate import Estimate
    from unillm.types.events import (
        Event,
        Finished,
        OutputDelta,
        ParsedEvent,
        ReasoningDelta,
        RefusalDelta,
        StreamRestarted,
        TextDelta,
        ToolCallDelta,
        ToolCallReady,
        ToolCallStarted,
    )
    from unillm.types.facts import Api, Fact, Limit
    from unillm.types.image import ImagePart
    from unillm.types.inputs import MessageLike, Messages
    from unillm.types.messages import (
        AssistantMessage,
        Message,
        Native,
        SystemMessage,
        ToolMessage,
        UserMessage,
    )
    from unillm.types.model import Modality, ModelInfo, RetiredModelWarning
    from unillm.types.parsed import OutputMode, OutputTry, ParsedResponse
    from unillm.types.parts import RawPart, TextPart
    from unillm.types.place import Place
    from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
    from unillm.types.price import Price
    from unillm.types.profile import Profile, StrictTools
    from unillm.types.rates import RateLimit, RateLimits
    from unillm.types.record import Observer, Record, Scope, Sent
    from unillm.types.replay import (
        Replay,
        ReplayCost,
        ReplayExclusion,
        ReplayRow,
        ReplaySkip,
    )
    from unillm.types.request import ChatRequest
    from unillm.types.response import Attempt, ChatResponse, FinishReason, Role
    from unillm.types.route import Hedge, Route
    from unillm.types.row import MapProgress, OnProgress, Row
    from unillm.types.run import Approval, RunEvent, RunFinished, RunResult, ToolFinished
    from unillm.types.services import Account, BatchApi, Completions, PrefixBy
    from unillm.types.settings import ChatSettings, Effort
    from unillm.types.target import ApiKey
    from unillm.types.tools import InvalidToolCall, Tool, ToolCall
    from unillm.types.transport import (
        AsyncExchange,
        AsyncTransport,
        Exchange,
        Limits,
        Transport,
        WireRequest,
    )
    from unillm.types.usage import Cost, CostLine, Usage

__all__ = [
    "Account",
    "Api",
    "ApiKey",
    "Approval",
    "AssistantMessage",
    "AsyncClient",
    "AsyncExchange",
    "AsyncParsedStream",
    "AsyncRows",
    "AsyncRunStream",
    "AsyncStream",
    "AsyncTransport",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "Balance",
    "BatchApi",
    "Budget",
    "BudgetExceededError",
    "BudgetState",
    "BudgetStore",
    "BudgetUnavailableError",
    "CallOptions",
    "ChatRequest",
    "ChatResponse",
    "ChatSettings",
    "Client",
    "ClientOptions",
    "Completion",
    "Completions",
    "ConnectError",
    "ConnectTimeoutError",
    "Constraints",
    "ContentPolicyError",
    "ContextLengthError",
    "Cost",
    "CostLine",
    "DeadlineExceededError",
    "Decision",
    "Edit",
    "Effort",
    "Estimate",
    "Event",
    "Exchange",
    "Excluded",
    "Fact",
    "FilePart",
    "FinishReason",
    "Finished",
    "FirstTokenTimeoutError",
    "Funds",
    "Hedge",
    "IdleTimeoutError",
    "ImagePart",
    "IncompleteStreamError",
    "InsufficientBalanceError",
    "InvalidRequestError",
    "InvalidToolCall",
    "Ledger",
    "LedgerError",
    "Limit",
    "Limits",
    "MalformedResponseError",
    "MapOptions",
    "MapProgress",
    "MaxPrice",
    "MaxTurnsError",
    "Message",
    "MessageLike",
    "Messages",
    "Modality",
    "ModelInfo",
    "ModelNotFoundError",
    "Native",
    "NoTargetError",
    "NotFoundError",
    "Note",
    "Observer",
    "OnProgress",
    "OutputDelta",
    "OutputMode",
    "OutputTry",
    "OutputValidationError",
    "OverloadedError",
    "ParsedEvent",
    "ParsedResponse",
    "ParsedStream",
    "PermissionDeniedError",
    "Place",
    "PrefixBy",
    "Price",
    "Profile",
    "Provider",
    "ProviderError",
    "RateLimit",
    "RateLimitError",
    "RateLimits",
    "RawPart",
    "ReasoningDelta",
    "Record",
    "RefusalDelta",
    "RepairPolicy",
    "RequestTimeoutError",
    "ResponseError",
    "RetiredModelWarning",
    "RetryPolicy",
    "Role",
    "Route",
    "RouteExhaustedError",
    "Row",
    "Rows",
    "RunEvent",
    "RunFinished",
    "RunOptions",
    "RunResult",
    "RunStream",
    "Scope",
    "Sent",
    "ServedModel",
    "ServerError",
    "Spend",
    "Stream",
    "StreamRestarted",
    "StrictTools",
    "SystemMessage",
    "Task",
    "Telemetry",
    "TextDelta",
    "TextPart",
    "Timeout",
    "TokenEstimate",
    "Tool",
    "ToolArgumentsError",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallReady",
    "ToolCallStarted",
    "ToolFinished",
    "ToolLike",
    "ToolMessage",
    "Transport",
    "TransportError",
    "UnillmError",
    "UnsupportedFeatureError",
    "Usage",
    "UserMessage",
    "WireRequest",
    "__version__",
    "catalog",
    "display",
    "errors",
    "ledger",
    "limits",
    "pricing",
    "providers",
    "task",
    "tool",
]

_HOME = {
    "Account": "unillm.types.services",
    "Api": "unillm.types.facts",
    "ApiKey": "unillm.types.target",
    "Approval": "unillm.types.run",
    "AssistantMessage": "unillm.types.messages",
    "AsyncClient": "unillm._client.asynchronous",
    "AsyncExchange": "unillm.types.transport",
    "AsyncParsedStream": "unillm._client.streams",
    "AsyncRows": "unillm._client.mapping",
    "AsyncRunStream": "unillm._client.run_streams",
    "AsyncStream": "unillm._client.streams",
    "AsyncTransport": "unillm.types.transport",
    "Attempt": "unillm.types.response",
    "AuthenticationError": "unillm.errors",
    "BadRequestError": "unillm.errors",
    "Balance": "unillm.types.endpoints",
    "BatchApi": "unillm.types.services",
    "Budget": "unillm.types.budget",
    "BudgetExceededError": "unillm.errors",
    "BudgetState": "unillm.types.budget",
    "BudgetStore": "unillm.types.budget",
    "BudgetUnavailableError": "unillm.errors",
    "CallOptions": "unillm._client.options",
    "ChatRequest": "unillm.types.request",
    "ChatResponse": "unillm.types.response",
    "ChatSettings": "unillm.types.settings",
    "Client": "unillm._client.sync",
    "ClientOptions": "unillm._client.options",
    "Completion": "unillm.types.endpoints",
    "Completions": "unillm.types.services",
    "ConnectError": "unillm.errors",
    "ConnectTimeoutError": "unillm.errors",
    "Constraints": "unillm.types.constraints",
    "ContentPolicyError": "unillm.errors",
    "ContextLengthError": "unillm.errors",
    "Cost": "unillm.types.usage",
    "CostLine": "unillm.types.usage",
    "DeadlineExceededError": "unillm.errors",
    "Decision": "unillm.types.decision",
    "Edit": "unillm.types.edits",
    "Effort": "unillm.types.settings",
    "Estimate": "unillm.types.estimate",
    "Event": "unillm.types.events",
    "Excluded": "unillm.types.decision",
    "Exchange": "unillm.types.transport",
    "Fact": "unillm.types.facts",
    "FilePart": "unillm.types.document",
    "FinishReason": "unillm.types.response",
    "Finished": "unillm.types.events",
    "FirstTokenTimeoutError": "unillm.errors",
    "Funds": "unillm.types.endpoints",
    "IdleTimeoutError": "unillm.errors",
    "Hedge": "unillm.types.route",
    "ImagePart": "unillm.types.image",
    "IncompleteStreamError": "unillm.errors",
    "InsufficientBalanceError": "unillm.errors",
    "InvalidRequestError": "unillm.errors",
    "InvalidToolCall": "unillm.types.tools",
    "Ledger": "unillm.ledger",
    "LedgerError": "unillm.errors",
    "Limit": "unillm.types.facts",
    "Limits": "unillm.types.transport",
    "MalformedResponseError": "unillm.errors",
    "MapOptions": "unillm._client.options",
    "MapProgress": "unillm.types.row",
    "MaxPrice": "unillm.types.constraints",
    "MaxTurnsError": "unillm.errors",
    "Message": "unillm.types.messages",
    "MessageLike": "unillm.types.inputs",
    "Messages": "unillm.types.inputs",
    "Modality": "unillm.types.model",
    "ModelInfo": "unillm.types.model",
    "ModelNotFoundError": "unillm.errors",
    "Native": "unillm.types.messages",
    "NoTargetError": "unillm.errors",
    "NotFoundError": "unillm.errors",
    "Note": "unillm.types.edits",
    "Observer": "unillm.types.record",
    "OnProgress": "unillm.types.row",
    "OutputDelta": "unillm.types.events",
    "OutputMode": "unillm.types.parsed",
    "OutputTry": "unillm.types.parsed",
    "OutputValidationError": "unillm.errors",
    "OverloadedError": "unillm.errors",
    "ParsedEvent": "unillm.types.events",
    "ParsedResponse": "unillm.types.parsed",
    "ParsedStream": "unillm._client.streams",
    "PermissionDeniedError": "unillm.errors",
    "Place": "unillm.types.place",
    "PrefixBy": "unillm.types.services",
    "Price": "unillm.types.price",
    "Profile": "unillm.types.profile",
    "Provider": "unillm.providers",
    "ProviderError": "unillm.errors",
    "RateLimit": "unillm.types.rates",
    "RateLimitError": "unillm.errors",
    "RateLimits": "unillm.types.rates",
    "RawPart": "unillm.types.parts",
    "ReasoningDelta": "unillm.types.events",
    "Record": "unillm.types.record",
    "RefusalDelta": "unillm.types.events",
    "RepairPolicy": "unillm.types.policy",
    "RequestTimeoutError": "unillm.errors",
    "ResponseError": "unillm.errors",
    "RetiredModelWarning": "unillm.types.model",
    "RetryPolicy": "unillm.types.policy",
    "Role": "unillm.types.response",
    "Route": "unillm.types.route",
    "RouteExhaustedError": "unillm.errors",
    "Row": "unillm.types.row",
    "Rows": "unillm._client.mapping",
    "RunEvent": "unillm.types.run",
    "RunFinished": "unillm.types.run",
    "RunOptions": "unillm._client.options",
    "RunResult": "unillm.types.run",
    "RunStream": "unillm._client.run_streams",
    "Scope": "unillm.types.record",
    "Sent": "unillm.types.record",
    "ServedModel": "unillm.types.endpoints",
    "ServerError": "unillm.errors",
    "Spend": "unillm.ledger",
    "Stream": "unillm._client.streams",
    "StreamRestarted": "unillm.types.events",
    "StrictTools": "unillm.types.profile",
    "SystemMessage": "unillm.types.messages",
    "Task": "unillm._client.scope",
    "Telemetry": "unillm.telemetry",
    "TextDelta": "unillm.types.events",
    "TextPart": "unillm.types.parts",
    "Timeout": "unillm.types.policy",
    "TokenEstimate": "unillm.types.endpoints",
    "Tool": "unillm.types.tools",
    "ToolArgumentsError": "unillm.errors",
    "ToolCall": "unillm.types.tools",
    "ToolCallDelta": "unillm.types.events",
    "ToolCallReady": "unillm.types.events",
    "ToolCallStarted": "unillm.types.events",
    "ToolFinished": "unillm.types.run",
    "ToolLike": "unillm.tools",
    "ToolMessage": "unillm.types.messages",
    "Transport": "unillm.types.transport",
    "TransportError": "unillm.errors",
    "UnillmError": "unillm.errors",
    "UnsupportedFeatureError": "unillm.errors",
    "Usage": "unillm.types.usage",
    "UserMessage": "unillm.types.messages",
    "WireRequest": "unillm.types.transport",
    "task": "unillm._client.scope",
    "tool": "unillm.tools",
}
"""Where each public name lives; it is imported when it is first asked for."""

_MODULES = frozenset(
    {"catalog", "display", "errors", "ledger", "limits", "pricing", "providers", "testing"}
)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"unillm.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'unillm' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

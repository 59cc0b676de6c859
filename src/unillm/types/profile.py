"""What a provider can do and how it speaks, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.facts import Api, Fact, Limit
from unillm.types.place import UNKNOWN, Place
from unillm.types.services import Account, BatchApi, Completions, PrefixBy
from unillm.types.settings import Effort

StreamEnd: TypeAlias = Literal["finish_reason", "done", "eof"]
"""What proves that a stream is complete.

``finish_reason``: a finish reason, or ``[DONE]`` after text alone. ``done``: only ``[DONE]``.
``eof``: the end of the body, for servers that send neither.
"""

ReasoningRead: TypeAlias = Literal["always", "with_tools"]
"""When earlier reasoning is read: always, or in conversations with tools alone."""

ReasoningReplay: TypeAlias = Literal["drop", "as_received", "reasoning_content", "reasoning"]
"""How earlier reasoning goes back: not at all, in the field it came in, or in a named field."""

REASONING_FIELDS = ("reasoning_content", "reasoning")
"""Where hosts put the thinking: DeepSeek and SGLang the first, vLLM and Together the second."""


def _none() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class StrictTools:
    """What a provider demands of tools with ``strict=True``; a request that differs is refused.

    Attributes:
        all_or_none: Whether every tool of the request must be strict if one is.
        closed: Whether every object must require all its properties and allow no others.
        unknown: Keywords of JSON Schema that it does not take.
        fact: What would happen otherwise, and who says so.
    """

    all_or_none: bool = False
    closed: bool = False
    unknown: frozenset[str] = frozenset()
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The dialect of one provider. Every default is OpenAI's own behaviour.

    Attributes:
        name: The provider's name, as in ``name:model``.
        base_url: Where its API lives; None if only the caller knows. ``{model}`` in it becomes the
            model asked, where a deployment has an address of its own.
        deployment_url: The same where an ``api_version`` is given, behind the address of the
            resource, with ``{model}`` and ``{api_version}`` in it; None: there are none.
        base_path: What is put behind a base URL that is no more than a host, where its API is
            below that host.
        hosts: Hosts it is at besides that of ``base_url``, where each customer has one: the end
            of their names, from a dot on.
        api_key_env: The environment variable that holds its key, if it has one.
        base_url_env: The environment variable that its own SDK reads its address from;
            ``NAME_BASE_URL`` is read as well.
        api_version_env: The environment variable that holds the ``api_version``, if there is one.
        key_required: Whether it refuses to answer without a key.
        key_header: The header a key goes into, as it is; ``authorization``: as ``Bearer …``. What
            a function gives is a token, and goes there whatever this says.
        place: What is known of where it works on what it is sent, and what it does with that.
        forwards: Whether it sends what it is sent on to others, of whom it does not tell before.
            What is said of its place holds for nobody then, unless the caller declares it.
        ids: The id by which it serves a model of the catalog, by that model's id.
        suffixes: Whether an id may end in a colon and a word on how it is to be served
            (``:free``, ``:together``), which is no part of the model's name.
        experimental: What is not backed by a recording or a document; None: nothing.
        apis: The interfaces it has, the preferred one first: a request goes to the first that
            takes all of it.
        limits: What it does not take, whatever the model.
        vendors: Vendors whose limits for their own models hold here too.
        assumed: What is taken for a limit of a model that the catalog does not know, where the
            provider has few models and all are known. None: it serves anything.
        beta_url: The base URL that ``beta_features`` need.
        beta_features: Features, named as in `Limit`, that only ``beta_url`` has; and
            ``completions``.
        efforts: For each reasoning effort, the fields of the body that ask for it; empty: the
            field ``reasoning_effort`` with the same word.
        renders_template: Whether it renders the model's own template, so that an effort is asked
            for by `ModelInfo.template_efforts`.
        default_effort: The effort its models make when none is asked for, where it says so for
            all of them.
        max_tokens_field: What it calls ``max_tokens``.
        developer_role: Whether it knows the role ``developer``; else ``system`` is sent.
        reasoning_replay: How reasoning of earlier turns is sent back.
        reasoning_read: When it reads that; where it would not, it is left out.
        reasoning_placeholder: What stands for the reasoning of an earlier turn that has none,
            where the provider refuses a request with tools without it; None: nothing need.
            ``{turn}`` in it becomes what the turn said or called, in short: the same text in
            every turn would be taken up by the model.
        rich_results: The interfaces on which a tool's result may hold images and files. On the
            others they go into a message of the user's that follows.
        tool_name_length: How many characters the name of a tool may have.
        strict_tools: What it demands of strict tools; None: whatever it demands, it says itself.
        strict_outputs: Whether an answer is held to a schema only in strict mode, which takes a
            part of JSON Schema. Else any schema is held to as it stands.
        stream_usage: Whether ``stream_options.include_usage`` must be sent to get usage.
        usage_cost: Whether ``usage.cost`` of its answers is what it charged, in US dollars.
        cost_header: The header that says so, of an answer that is no stream.
        billed_refusals: Statuses below 500 after which it may bill all the same, because it has
            done work by then.
        stream_end: What proves that a stream is complete.
        leaks: Whether tool calls are found in the text of its answers, in the notation of the
            model. None: never, and nobody looks for them. Empty: in any notation that has a marker.
            Names of `unillm.repair.formats`: in these too, which have none.
        prefix_by: How it is told that the last message is the beginning of its answer; None: it
            is not known to go on from one, and is not asked to.
        completions: Its endpoint for completing text; None: it has none.
        account: Where it tells what is left on the account; None: nowhere.
        batch: Its Batch API; None: it has none, or not one like OpenAI's.
        facts: For every field that is not the default, why and who says so.
    """

    name: str
    base_url: str | None = None
    deployment_url: str | None = None
    base_path: str = ""
    hosts: tuple[str, ...] = ()
    api_key_env: str | None = None
    base_url_env: str | None = None
    api_version_env: str | None = None
    key_required: bool = True
    key_header: str = "authorization"
    place: Place = UNKNOWN
    forwards: bool = False
    ids: Mapping[str, str] = field(default_factory=_none)
    suffixes: bool = False
    experimental: str | None = None
    apis: tuple[Api, ...] = ("chat",)
    limits: tuple[Limit, ...] = ()
    vendors: frozenset[str] = frozenset()
    assumed: tuple[Limit, ...] | None = None
    beta_url: str | None = None
    beta_features: frozenset[str] = frozenset()
    efforts: Mapping[Effort, Mapping[str, Any]] = field(default_factory=_none)
    renders_template: bool = False
    default_effort: Effort | None = None
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    developer_role: bool = True
    reasoning_replay: ReasoningReplay = "drop"
    reasoning_read: ReasoningRead = "always"
    reasoning_placeholder: str | None = None
    rich_results: frozenset[Api] = frozenset({"responses"})
    tool_name_length: int = 64
    strict_tools: StrictTools | None = None
    strict_outputs: bool = True
    stream_usage: bool = True
    usage_cost: bool = False
    cost_header: str | None = None
    billed_refusals: frozenset[int] = frozenset()
    stream_end: StreamEnd = "finish_reason"
    leaks: tuple[str, ...] | None = None
    prefix_by: PrefixBy | None = None
    completions: Completions | None = None
    account: Account | None = None
    batch: BatchApi | None = None
    facts: Mapping[str, Fact] = field(default_factory=_none, repr=False)

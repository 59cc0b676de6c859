"""How a model is asked for an output: the first way that its host takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from unillm._outputs import Output
from unillm._outputs.words import instruction
from unillm._wire.plan import Plan, Recall, plan
from unillm._wire.plan.instructions import instructed
from unillm.errors import UnsupportedFeatureError
from unillm.schemas import CompiledSchema
from unillm.types.dataclass import dataclass
from unillm.types.parsed import OutputMode
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest
from unillm.types.target import Target
from unillm.types.tools import CHOICES, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The output an operation is to end with, and how it was asked for.

    Attributes:
        output: What is wanted.
        mode: How the model was asked.
        retries: How often it may be asked again.
        has_tools: Whether it may call tools of the caller's instead of answering.
        is_strict: Whether nulls may stand for what is left out, since strict mode was asked for.
    """

    output: Output
    mode: OutputMode
    retries: int
    has_tools: bool
    is_strict: bool

    @property
    def tool(self) -> str | None:
        """Return the name of the tool that takes the output, if one does."""
        return self.output.name if self.mode == "tool" else None

    @property
    def answers(self) -> CompiledSchema:
        """Return the schema that a whole answer is held against."""
        strict = self.output.strict if self.is_strict else None
        return self.output.asked_compiled if strict is None else strict.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way to ask.

    Attributes:
        mode: What it is called.
        request: The request that asks so.
        needs: The setting without which it does not ask so.
        is_strict: Whether strict mode is asked for.
    """

    mode: OutputMode
    request: ChatRequest
    needs: str = ""
    is_strict: bool = False


def planned_for(
    request: ChatRequest,
    target: Target,
    output: Output,
    *,
    retries: int,
    rewrite: Collection[str] = (),
    recall: Recall | None = None,
) -> tuple[Plan, Expected]:
    """Return how a request goes to a target so that its answer is an output.

    The first way is taken that the target takes as it stands, on any of its interfaces: held to
    the schema; a tool that it is made to call; held to JSON, with the schema in the prompt; the
    schema in the prompt alone. Nothing that was asked for is given up for one of them.

    Raises:
        UnsupportedFeatureError: The target does not take the request, however it asks.
        InvalidRequestError: Nobody would take it.
    """
    has_tools = bool(request.tools or request.hosted_tools)
    told = instructed(request, instruction(output, beside_tools=has_tools))
    for way in _ways(request, told, target.profile, output, has_tools=has_tools):
        planned = _planned(way, target, rewrite, recall)
        if planned is not None:
            break
    else:
        way = _Way(mode="prompt", request=told)
        planned = plan(told, target, rewrite=rewrite, recall=recall)
    return planned, Expected(
        output=output,
        mode=way.mode,
        retries=retries,
        has_tools=has_tools,
        is_strict=way.is_strict,
    )


def _planned(
    way: _Way, target: Target, rewrite: Collection[str], recall: Recall | None
) -> Plan | None:
    """Return how a way goes to a target; None: it does not."""
    allowed = () if way.mode == "tool" else [name for name in rewrite if name != way.needs]
    try:
        planned = plan(way.request, target, rewrite=allowed, recall=recall)
    except UnsupportedFeatureError:
        return None
    return planned if way.needs in planned.request.settings else None


def _ways(
    request: ChatRequest, told: ChatRequest, profile: Profile, output: Output, *, has_tools: bool
) -> Iterator[_Way]:
    """Yield the ways to ask, the strictest first; the last, in words alone, is not among them."""
    yield _native(request, profile, output)
    if not has_tools:
        tool = Tool(output.name, description=_PURPOSE, parameters=output.asked)
        # A name that is a word of tool_choice's own would not force it.
        for choice in ("required",) if output.name in CHOICES else (output.name, "required"):
            asked = replace(_with(request, tool_choice=choice), tools=(tool,))
            yield _Way(mode="tool", request=asked, needs="tool_choice")
    asked = _with(told, response_format={"type": "json_object"})
    yield _Way(mode="json", request=asked, needs="response_format")


_PURPOSE = "Give the answer. Call this tool once, with the whole answer as its arguments."


def _native(request: ChatRequest, profile: Profile, output: Output) -> _Way:
    """Ask for the schema itself: in strict mode where that can say it, if the host wants that."""
    strict = output.strict if profile.strict_outputs else None
    schema: dict[str, Any] = {"name": output.name, "schema": output.asked}
    if strict is not None:
        schema |= {"schema": strict.schema, "strict": True}
    elif profile.strict_outputs:
        schema["strict"] = False
    return _Way(
        mode="native",
        request=_with(request, response_format={"type": "json_schema", "json_schema": schema}),
        needs="response_format",
        is_strict=strict is not None,
    )


def _with(request: ChatRequest, **settings: Any) -> ChatRequest:
    return replace(request, settings={**request.settings, **settings})

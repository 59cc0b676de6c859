"""An answer held against the output that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from unillm._flow.modes import Expected
from unillm._outputs import Misfit, Output
from unillm._outputs.output import spoken_path
from unillm._outputs.root import KEY
from unillm.errors import UnrepairableError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit
from unillm.types.json import is_list, is_object
from unillm.types.parsed import OutputTry, ParsedResponse
from unillm.types.policy import RepairPolicy
from unillm.types.response import ChatResponse, FinishReason
from unillm.types.tools import InvalidToolCall, ToolCall

if TYPE_CHECKING:
    from unillm.repair import Repaired

_CUT = frozenset[FinishReason]({"length", "content_filter", "other"})


class NotFittingError(Exception):
    """Why an answer is not what was wanted.

    Attributes:
        tried: The same, for users.
        response: The answer.
        is_final: Whether to ask again would be in vain.
    """

    def __init__(self, tried: OutputTry, response: ChatResponse, *, is_final: bool) -> None:
        """Keep it."""
        super().__init__(tried.reason)
        self.tried = tried
        self.response = response
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class _Read:
    """A value, and the edits that were made to read it."""

    value: Any
    edits: tuple[Edit, ...] = ()


def fitted(
    response: ChatResponse, expected: Expected, policy: RepairPolicy
) -> ParsedResponse[Any] | ChatResponse:
    """Return a response with the output it holds; as it is, if it calls tools of the caller's.

    Raises:
        NotFittingError: It does not hold the output.
    """
    if expected.has_tools and (response.tool_calls or response.invalid_tool_calls):
        return response
    calls = _calls_of_output(response, expected)
    said = calls[0].raw if calls and not response.text.strip() else response.text
    if len(calls) == 1 and isinstance(calls[0], ToolCall):
        said = calls[0].raw or to_json(calls[0].arguments).decode()
    try:
        _refuse_others(response, calls)
        read = _read(response, calls, said, expected, policy)
    except Misfit as misfit:
        reason, is_final = _reason(response, misfit)
        tried = OutputTry(
            text=said,
            reason=reason,
            path=misfit.path,
            finish_reason=response.finish_reason,
            usage=response.usage,
        )
        raise NotFittingError(tried, response, is_final=is_final) from misfit.__cause__
    has_calls = response.tool_calls or response.invalid_tool_calls
    answer = _as_answer(response, said) if has_calls else response
    return ParsedResponse[Any].of(answer, read.value, expected.mode, read.edits)


def _calls_of_output(
    response: ChatResponse, expected: Expected
) -> list[ToolCall | InvalidToolCall]:
    """Return the calls of the tool that takes the output, good and bad."""
    if expected.tool is None:
        return []
    calls: list[ToolCall | InvalidToolCall] = [*response.tool_calls]
    calls += response.invalid_tool_calls
    return [call for call in calls if call.name == expected.tool]


def _refuse_others(response: ChatResponse, calls: list[ToolCall | InvalidToolCall]) -> None:
    """Refuse an answer that calls what there is not, or gives several outputs.

    Raises:
        Misfit: It is one.
    """
    others = len(response.tool_calls) + len(response.invalid_tool_calls) - len(calls)
    if others and not calls and not response.text.strip():
        raise Misfit("it calls a tool that was not offered, and gives no answer")
    if len(calls) > 1:
        raise Misfit(f"it gives {len(calls)} outputs where one is wanted")


def _read(
    response: ChatResponse,
    calls: list[ToolCall | InvalidToolCall],
    said: str,
    expected: Expected,
    policy: RepairPolicy,
) -> _Read:
    """Return the value of an answer.

    Raises:
        Misfit: There is none.
    """
    if response.refusal:
        raise Misfit("the model refused")
    if calls and isinstance(calls[0], ToolCall):
        done = calls[0]
        return _Read(_made_of(done.arguments, to_json(done.arguments), expected), done.repairs)
    if not said.strip():
        raise Misfit("it is empty")
    cut = response.finish_reason if response.finish_reason in _CUT else None
    misfit: Misfit | None = None
    for read in _readings(said, expected, policy, cut):
        try:
            return read()
        except RecursionError:
            raise Misfit("it is nested too deeply") from None
        except Misfit as found:
            if found.__cause__ is not None:
                raise  # the type itself has seen it
            misfit = misfit or found
    raise misfit or Misfit("it is no JSON")


class _Readings:
    """The ways to read one text, the likeliest first; none is tried after one that fits."""

    def __init__(
        self, text: str, expected: Expected, policy: RepairPolicy, cut: FinishReason | None
    ) -> None:
        self.text = text
        self.expected = expected
        self.policy = policy
        self.cut = cut

    def whole(self) -> _Read:
        """Read it as it was asked for, repaired if need be."""
        done = self._repaired(self.expected.answers)
        return _Read(_made_of(done.value, self._written(done), self.expected), done.edits)

    def bare(self) -> _Read:
        """Read a value that stands alone where it should have been in an object."""
        done = self._repaired(self.expected.output.compiled)
        if self.cut and not (is_object(done.value) or is_list(done.value)):
            raise Misfit("it was cut off")  # of a number nobody knows whether it is whole
        return _Read(self.expected.output.made(self._written(done)), done.edits)

    def lenient(self) -> _Read:
        """Let the type decide about JSON that is not of its schema: it may take more."""
        from unillm.repair import repair_json

        try:
            value = repair_json(self.text, level="off").value
        except UnrepairableError as error:
            raise Misfit(error.message) from None
        if self.expected.output.is_wrapped and not (is_object(value) and value.keys() == {KEY}):
            raise Misfit(f"it is no object with the key {KEY!r} alone")
        return _Read(_made_of(value, self.text, self.expected))

    def _repaired(self, schema: Any) -> Repaired:
        from unillm.repair import repair_json

        try:
            done = repair_json(
                self.text,
                schema,
                level=self.policy.level,
                finish_reason=self.cut or "stop",
                aliases=self.policy.aliases,
                rules=self.policy.rules,
            )
        except UnrepairableError as error:
            raise _unrepairable(error, self.expected) from None
        if done.lossy:
            rules = ", ".join(dict.fromkeys(e.rule for e in done.edits if e.kind == "lossy"))
            raise Misfit(f"it can be read only with a loss ({rules})")
        return done

    def _written(self, done: Repaired) -> str:
        from unillm.repair import replay

        return replay(self.text, done.edits) if done.edits else self.text


def _readings(
    text: str, expected: Expected, policy: RepairPolicy, cut: FinishReason | None
) -> Iterator[Callable[[], _Read]]:
    readings = _Readings(text, expected, policy, cut)
    yield readings.whole
    if expected.output.is_wrapped:
        yield readings.bare
    if expected.output.is_checked_whole:
        yield readings.lenient


def _made_of(value: Any, written: str | bytes, expected: Expected) -> Any:
    """Return the output that a value is made into, read from its text as JSON."""
    output = expected.output
    if expected.is_strict and output.strict is not None:
        meant = output.strict.back(value)
        if meant != value:
            written = to_json(meant)
            _require_fit(meant, output)
    return output.made(written, wrapped=output.is_wrapped)


def _require_fit(meant: Any, output: Output) -> None:
    """Hold against its schema what stays JSON once nulls are out of it; a type sees to that itself.

    Raises:
        Misfit: It does not fit.
    """
    miss = None if output.is_typed else output.asked_compiled.miss(meant)
    if miss is not None:
        path = miss.path[1:] if output.is_wrapped else miss.path
        raise Misfit(f"{spoken_path(path)}{miss.message}", path)


def _unrepairable(error: UnrepairableError, expected: Expected) -> Misfit:
    path = tuple(error.schema_path or ())
    if expected.output.is_wrapped and path[:1] == (KEY,):
        path = path[1:]
    if error.schema_path is not None:
        return Misfit(f"{spoken_path(path)}{error.reason}", path)
    return Misfit(f"it is not JSON: {error.message}")


def _reason(response: ChatResponse, misfit: Misfit) -> tuple[str, bool]:
    """Return what to say of an answer that does not fit, and whether asking again is in vain."""
    if response.refusal:
        return f"the model refused: {response.refusal}", True
    if response.finish_reason == "length":
        advice = "raise max_tokens, or leave it out"
        return f"the answer was cut off at its length ({misfit.reason}); {advice}", True
    if response.finish_reason == "content_filter":
        return f"the provider's content filter ended the answer ({misfit.reason})", True
    return misfit.reason, False


def _as_answer(response: ChatResponse, said: str) -> ChatResponse:
    """Return an answer that was a call of the tool for outputs as what it is: an answer.

    A call without a result may not go back; a text may.
    """
    text = response.text
    content = said if not text.strip() or text == said else f"{text}{said}"
    message = replace(response.message, content=content, tool_calls=(), native=None)
    return replace(response, message=message, finish_reason="stop", invalid_tool_calls=())

"""The four kinds of message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, Literal, TypeAlias, cast

from unillm.types.brief import brief
from unillm.types.content import content_from, result_from
from unillm.types.facts import Api
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.parts import PARTS, Content
from unillm.types.tools import ToolCall


class _Sent:
    """Remember how a message was sent, beside the fields: not compared, shown or written.

    None: it is not known that the message will be sent again. Empty: it was given as a message,
    was found sound, and may be given again. `TEXT`: it was made of a role and a text, and has no
    more unless `extra` was filled since. Else what `_wire/kept.py` keeps of it.
    """

    __slots__ = ("_sent",)
    _sent: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True, repr=False)
class SystemMessage(JsonRoundTrip, _Sent):
    """Instructions to the model.

    Attributes:
        content: The instructions.
        role: ``system``, or ``developer``; a provider without that role is sent ``system``.
        extra: Fields of a provider's own, sent as they are.
    """

    content: Content
    _: KW_ONLY
    name: str | None = None
    extra: JsonObject = field(default_factory=dict[str, Any])
    role: Literal["system", "developer"] = "system"

    def __post_init__(self) -> None:
        """Make parts of content given as a list, an image, bytes or a path, which is read now.

        Raises:
            InvalidRequestError: It is no content; the error says why.
        """
        object.__setattr__(self, "_sent", None)
        if type(self.content) is not str and not _is_content(self.content):
            object.__setattr__(self, "content", content_from(self.content, "SystemMessage"))

    def __repr__(self) -> str:
        """Show the content, cut."""
        return f"SystemMessage({_shown(self.content)})"


@dataclass(frozen=True, slots=True, repr=False)
class UserMessage(JsonRoundTrip, _Sent):
    """What the user says.

    Attributes:
        content: Text, or a tuple of `TextPart`, `ImagePart`, `FilePart` and `RawPart`. A list of
            these, of text, images, bytes, paths or OpenAI-style dicts is made such a tuple.
        name: Who among several users is speaking.
        extra: Fields of a provider's own, sent as they are.
    """

    content: Content
    _: KW_ONLY
    name: str | None = None
    extra: JsonObject = field(default_factory=dict[str, Any])
    role: Literal["user"] = "user"

    def __post_init__(self) -> None:
        """Make parts of content given as a list, an image, bytes or a path, which is read now.

        Raises:
            InvalidRequestError: It is no content; the error says why.
        """
        object.__setattr__(self, "_sent", None)
        if type(self.content) is not str and not _is_content(self.content):
            object.__setattr__(self, "content", content_from(self.content, "UserMessage"))

    def __repr__(self) -> str:
        """Show the content, cut."""
        return f"UserMessage({_shown(self.content)})"


@dataclass(frozen=True, slots=True, repr=False)
class Native(JsonRoundTrip):
    """An answer in a provider's own form, for replay to that provider alone.

    Attributes:
        provider: The name of the provider that gave it.
        api: The interface it came from.
        items: Its output items as they came: reasoning with its encrypted content, messages with
            their phase, calls.
        origin: The host it came from, as ``https://host:443``: under the same name another one
            is another provider. None: not known; then nobody is sent it.
    """

    provider: str
    _: KW_ONLY
    api: Api
    items: tuple[JsonObject, ...]
    origin: str | None = None

    def __repr__(self) -> str:
        """Show whose it is and the kinds of its items."""
        kinds = [item.get("type") for item in self.items]
        return f"Native({self.provider!r}, api={self.api!r}, items={kinds})"


@dataclass(frozen=True, slots=True, repr=False)
class AssistantMessage(JsonRoundTrip, _Sent):
    """What the model said; put it back into the next request to replay it faithfully.

    Attributes:
        content: The visible answer; None when the model gave none.
        reasoning: The model's thinking, where the provider shows it.
        reasoning_field: The wire field the reasoning came in (``reasoning_content`` or
            ``reasoning``), so that a host of unknown dialect is given it back the same way.
        tool_calls: The calls the model made, in order.
        refusal: The model's refusal, if it declined in the provider's own field for that.
        native: The answer in the provider's own form, sent back to that provider at the same host
            in place of the fields above, as far as they still say the same; nobody else is sent it.
        extra: Fields of a provider's own, sent back as they came.
    """

    content: Content | None = None
    _: KW_ONLY
    reasoning: str | None = None
    reasoning_field: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    name: str | None = None
    native: Native | None = None
    extra: JsonObject = field(default_factory=dict[str, Any])
    role: Literal["assistant"] = "assistant"

    def __post_init__(self) -> None:
        """Make parts of content given as a list, an image, bytes or a path, which is read now.

        Raises:
            InvalidRequestError: It is no content; the error says why.
        """
        object.__setattr__(self, "_sent", None)
        if type(self.content) is str or self.content is None:
            return
        if not _is_content(self.content):
            object.__setattr__(self, "content", content_from(self.content, "AssistantMessage"))

    def __repr__(self) -> str:
        """Show the content, cut, and the names of the tools called."""
        shown = _shown(self.content)
        calls = f", tool_calls={[call.name for call in self.tool_calls]}" if self.tool_calls else ""
        return f"AssistantMessage({shown}{calls})"


@dataclass(frozen=True, slots=True, repr=False)
class ToolMessage(JsonRoundTrip, _Sent):
    """The result of a tool call.

    Attributes:
        tool_call_id: The `ToolCall.id` this answers.
        content: The result as the model shall read it.
        name: The tool's name; optional, most providers ignore it.
        extra: Fields of a provider's own, sent as they are.
    """

    tool_call_id: str
    content: Content
    _: KW_ONLY
    name: str | None = None
    extra: JsonObject = field(default_factory=dict[str, Any])
    role: Literal["tool"] = "tool"

    def __post_init__(self) -> None:
        """Make parts of a result given as an image, or as a list that is plainly of parts.

        Raises:
            InvalidRequestError: It may be meant as a value, which the model would read as JSON.
        """
        object.__setattr__(self, "_sent", None)
        if type(self.content) is not str and not _is_content(self.content):
            object.__setattr__(self, "content", result_from(self.content, "ToolMessage"))

    def __repr__(self) -> str:
        """Show the call answered and the content, cut."""
        return f"ToolMessage({self.tool_call_id!r}, {_shown(self.content)})"


Message: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage
"""Any message of a conversation."""


TEXT: tuple[Any, ...] = ("", {}, 0)
"""What is remembered of a message that was made of a role and a text: in no form was it kept."""

_Put: TypeAlias = Callable[[Any, Any], None]


def _puts(kind: type[Any], **given: Any) -> tuple[type[Any], _Put, _Put, list[tuple[_Put, Any]]]:
    """Return how a kind of message is made of a text: where that and `extra` go, then the rest."""
    values = {one.name: one.default for one in fields(kind)} | {"_sent": TEXT} | given
    puts: dict[str, _Put] = {name: getattr(kind, name).__set__ for name in values}
    rest = [(puts[name], values[name]) for name in values if name not in {"content", "extra"}]
    return kind, puts["content"], puts["extra"], rest


_OF_TEXT = {
    "system": _puts(SystemMessage),
    "developer": _puts(SystemMessage, role="developer"),
    "user": _puts(UserMessage),
    "assistant": _puts(AssistantMessage),
}


def of_text(role: str, content: str) -> Message | None:
    """Make the message of a role and a text as its class would, in half the time.

    A long conversation is mostly of these. None: the role is not known, or needs more.
    """
    if role not in _OF_TEXT:
        return None
    kind, put_content, put_extra, rest = _OF_TEXT[role]
    made: Message = object.__new__(kind)
    put_content(made, content)
    put_extra(made, {})
    for put, value in rest:
        put(made, value)
    return made


def sent_as(message: Message) -> tuple[Any, ...] | None:
    """Return what is remembered of how a message was sent; None: that is not to be remembered."""
    return getattr(message, "_sent", None)


def remember(message: Message, sent: tuple[Any, ...] = ()) -> None:
    """Remember how a message was sent; without that, that it was given and may be given again."""
    object.__setattr__(message, "_sent", sent)


def _is_content(given: Any) -> bool:
    """Tell what is content as it stands; whether it can be sent is looked at when it is."""
    return isinstance(given, str) or (
        isinstance(given, tuple)
        and all(isinstance(part, PARTS) for part in cast("tuple[object, ...]", given))
    )


_SHOWN = 8
"""Parts of a message that are shown."""


def _shown(content: Content | None) -> str:
    if content is None or isinstance(content, str) or len(content) <= _SHOWN:
        return repr(brief(content) if isinstance(content, str) else content)
    parts = ", ".join(map(repr, content[:_SHOWN]))
    return f"({parts}, … (+{len(content) - _SHOWN:,} parts))"

"""What a request asks for, by the names that `Limit` knows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from unillm._wire.plan.effort import stated
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject, is_mapping
from unillm.types.messages import AssistantMessage, Message, SystemMessage, ToolMessage
from unillm.types.parts import Content, Part, RawPart, TextPart
from unillm.types.request import ChatRequest
from unillm.types.tools import CHOICES

_RAW_KINDS = {
    "image_url": "image",
    "input_image": "image",
    "file": "file",
    "input_file": "file",
    "input_audio": "audio",
    "audio_url": "audio",
    "video_url": "video",
}
"""What parts that are sent as given hold, by their type on the wire."""

ONLY_RESPONSES = frozenset(
    (
        *("access_programs", "background", "background_options", "context_management"),
        *("conversation", "image", "include", "input", "instructions", "max_output_tokens"),
        *("max_tool_calls", "previous_response_id", "prompt", "reasoning", "text", "truncation"),
    )
)
"""Fields of a body that the Responses API has and Chat Completions has not.

From openai-python 3.57.0, openai/types/responses/response_create_params.py and
openai/types/chat/completion_create_params.py, read 2026-11-28.
"""

ONLY_CHAT = frozenset(
    (
        *("audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs"),
        *("max_completion_tokens", "max_tokens", "messages", "modalities", "n", "prediction"),
        *("presence_penalty", "reasoning_effort", "response_format", "seed", "stop"),
        *("verbosity", "web_search_options"),
    )
)
"""Fields that Chat Completions has and the Responses API has not; from the same files."""

_RESPONSES_PARTS = frozenset({"input_text", "input_image", "input_file", "output_text"})
"""Types of content parts that only the Responses API has, read 2026-11-28 in openai-python 3.57.0,
openai/types/responses/response_input_content_param.py and response_output_text_param.py."""

_PROBABLE = ("logprobs", "top_logprobs")
_FEW_TOKENS = 16
"""Of fewer the Responses API speaks as of an error, see `Limit` of ``max_tokens_below_16``."""


def features(request: ChatRequest) -> dict[str, Any]:
    """Return the features asked for, and for settings their value."""
    found: dict[str, Any] = {}
    for name, value in request.settings.items():
        found[name] = value
        kind = _kind(name, value)
        if isinstance(kind, str):
            found[f"{name}={kind}"] = value
    most = request.settings.get("max_tokens")
    if isinstance(most, int) and most < _FEW_TOKENS:
        found["max_tokens_below_16"] = most
    _add_fields(request.extra_body, found)
    if request.tools:
        _add_tools(request, found)
    if request.hosted_tools:
        kinds = (str(tool.get("type")) for tool in request.hosted_tools)
        found["hosted_tools"] = tuple(dict.fromkeys(kinds))
    _add_parts(request, found)
    if "response_format=json_object" in found and not _says_json(request):
        found["json_word"] = True
    return found


def likeness(request: ChatRequest) -> Hashable:
    """Return what requests have in common that a target takes, as a rule, either all or not at all.

    It has the features, and not the values of settings or the texts.
    """
    return (
        frozenset(features(request)),
        frozenset(request.extra_body),
        reasons(request, None),
        request.stream,
    )


def kind_of(part: Part) -> str | None:
    """Return what a part holds that is not text: ``image``, ``file``, ``audio``, ``video``."""
    if isinstance(part, ImagePart):
        return "image"
    if isinstance(part, FilePart):
        return "file"
    return _RAW_KINDS.get(str(part.data.get("type"))) if isinstance(part, RawPart) else None


def reasons(request: ChatRequest, default: str | None) -> bool | None:
    """Tell whether the model will reason: as asked for, else by its default; None: not known."""
    said = stated(request.extra_body)
    if said is not None:
        return said
    effort: str | None = request.settings.get("reasoning_effort", default)
    return None if effort is None else effort != "none"


def _kind(name: str, value: Any) -> Any:
    """Return what kind of value it is: objects go by their type, a tool's name as ``function``."""
    if is_mapping(value):
        return value.get("type")
    return "function" if name == "tool_choice" and value not in CHOICES else value


def _add_fields(extra_body: JsonObject, found: dict[str, Any]) -> None:
    """Add the fields of the caller's own that only one of OpenAI's interfaces has."""
    if not extra_body:
        return
    for feature, only in (("responses_fields", ONLY_RESPONSES), ("chat_fields", ONLY_CHAT)):
        given = tuple(name for name in extra_body if name in only)
        if given:
            found[feature] = given


def _add_tools(request: ChatRequest, found: dict[str, Any]) -> None:
    """Add that there are tools, and what is asked for beside them."""
    found["tools"] = True
    if any(tool.strict for tool in request.tools):
        found["strict_tools"] = True
    if request.stream:
        found |= {f"{name}=streamed_tools": True for name in _PROBABLE if name in request.settings}
    json = found.keys() & {"response_format=json_object", "response_format=json_schema"}
    if json and request.settings.get("tool_choice") != "none":
        found["response_format=beside_tools"] = True


def _add_parts(request: ChatRequest, found: dict[str, Any]) -> None:
    for message in request.messages:
        content = message.content
        if content is None or isinstance(content, str):
            continue
        for part in content:
            _add_part(part, message, found)
    last = request.messages[-1]
    if isinstance(last, AssistantMessage) and last.extra.get("prefix"):
        found["prefix"] = True


def _add_part(part: Part, message: Message, found: dict[str, Any]) -> None:
    kind = kind_of(part)
    if isinstance(part, RawPart):
        _add_raw(str(part.data.get("type")), kind, found)
    if kind is not None and isinstance(message, AssistantMessage):
        # What a model made earlier is nothing that this one must see.
        found[f"made_{kind}"] = True
    elif kind is not None:
        found[f"tool_{kind}" if isinstance(message, ToolMessage) else kind] = True
        if isinstance(message, SystemMessage):
            found[f"system_{kind}"] = True
    if isinstance(part, FilePart) and part.url is not None and part.media_type is None:
        found["file_url"] = True


def _add_raw(name: str, kind: str | None, found: dict[str, Any]) -> None:
    """Add a part that is sent as given, by its type on the wire."""
    if kind is None:
        found[name] = True
    if name in _RESPONSES_PARTS:
        given: tuple[str, ...] = found.get("responses_parts", ())
        found["responses_parts"] = (*given, name)


def _says_json(request: ChatRequest) -> bool:
    return any("json" in text.lower() for m in request.messages for text in _texts(m.content))


def _texts(content: Content | None) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for part in content or ():
        if isinstance(part, TextPart):
            yield part.text

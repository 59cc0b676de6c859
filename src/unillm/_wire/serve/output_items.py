"""What an answer says, thinks and calls, as output items of the Responses API and their events.

Items and events: openai-python 3.57.0, types/responses/response_output_item.py and
response_stream_event.py (read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unillm._wire.serve.beside import flat, phase_of
from unillm._wire.serve.sealed import Seal
from unillm._wire.written import arguments_of
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject
from unillm.types.response import ChatResponse
from unillm.types.tools import CUSTOM_INPUT, ToolCall

_TEXT = ("output_text", "text")
_REFUSAL = ("refusal", "refusal")
_PREFIX = "data:image/"


class OutputItems:
    """The items of one answer, in their order; each change gives the events that tell of it.

    Thinking ends where the answer begins; where the model thinks again, that is another item. The
    answer is one message, which ends before the calls.
    """

    def __init__(
        self,
        name: str,
        custom: frozenset[str],
        spaces: Mapping[str, tuple[str, str]],
        seal: Seal | None,
    ) -> None:
        """Start without items.

        Args:
            name: What is unlike in the ids of each answer.
            custom: The names of tools that are given plain text.
            spaces: The group and the name that tools have for the client, by their names here.
            seal: What the thinking that is shown is sealed with too; None: it is not.
        """
        self.items: list[JsonObject] = []
        self._name = name
        self._custom = custom
        self._spaces = spaces
        self._seal = seal
        self._thinking: tuple[int, list[str]] | None = None
        self._message: int | None = None
        self._parts: list[tuple[tuple[str, str], list[str]]] = []

    def think(self, text: str) -> Iterator[JsonObject]:
        """Take more of the thinking."""
        if self._thinking is None:
            at = self._add({"type": "reasoning", "summary": []}, "rs")
            self._thinking = (at, [])
            part = {"type": "summary_text", "text": ""}
            yield self._added(at)
            yield self._of(at, "reasoning_summary_part.added", summary_index=0, part=part)
        at, texts = self._thinking
        texts.append(text)
        yield self._of(at, "reasoning_summary_text.delta", summary_index=0, delta=text)

    def say(self, text: str) -> Iterator[JsonObject]:
        """Take more of the answer."""
        return self._speak(_TEXT, text)

    def decline(self, text: str) -> Iterator[JsonObject]:
        """Take more of a refusal."""
        return self._speak(_REFUSAL, text)

    def call(self, call: ToolCall) -> Iterator[JsonObject]:
        """Take a call, which is complete."""
        plain = call.arguments.get(CUSTOM_INPUT) if call.name in self._custom else None
        if isinstance(plain, str):
            kind, field, given = "custom_tool_call", "input", plain
            events = "custom_tool_call_input"
        else:
            kind, field, given = "function_call", "arguments", arguments_of(call)
            events = "function_call_arguments"
        space, name = self._spaces.get(call.name, (None, call.name))
        item = {"type": kind, "call_id": call.id, "name": name, field: ""}
        if space is not None:
            item["namespace"] = space
        at = self._add(item, "ctc" if isinstance(plain, str) else "fc")
        if kind == "function_call":
            item["status"] = "in_progress"
        yield self._added(at)
        item[field] = given
        yield self._of(at, f"{events}.delta", delta=given)
        named = {"name": name} if kind == "function_call" else {}
        yield self._of(at, f"{events}.done", **{field: given}, **named)
        yield self._done(at)

    def show(self, images: Iterable[ImagePart]) -> Iterator[JsonObject]:
        """Take images that the model made. Those that are elsewhere have no place in an item."""
        for image in images:
            head, _, data = image.url.partition(";base64,")
            if not head.startswith(_PREFIX) or not data:
                continue
            item: JsonObject = {"type": "image_generation_call", "result": data}
            item["output_format"] = head.removeprefix(_PREFIX)
            at = self._add(item, "ig")
            yield self._added(at)
            yield self._done(at)

    def end_thinking(self) -> Iterator[JsonObject]:
        """End the thinking, if there is any that has not ended."""
        if self._thinking is None:
            return
        (at, texts), self._thinking = self._thinking, None
        text = "".join(texts)
        part = {"type": "summary_text", "text": text}
        self.items[at]["summary"] = [part]
        yield self._of(at, "reasoning_summary_text.done", summary_index=0, text=text)
        yield self._of(at, "reasoning_summary_part.done", summary_index=0, part=part)
        if self._seal is not None:
            self.items[at]["encrypted_content"] = self._seal.of_text(text)
        yield self._done(at)

    def seal(self, sealed: str) -> Iterator[JsonObject]:
        """Take what the client is to send back unread and is known only now, as an own item."""
        item: JsonObject = {"type": "reasoning", "summary": [], "encrypted_content": sealed}
        at = self._add(item, "rs")
        yield self._added(at)
        yield self._done(at)

    def end_message(self, response: ChatResponse, *, whole: bool) -> Iterator[JsonObject]:
        """End the message, if there is one, with what the answer has beside its text.

        Args:
            response: The answer.
            whole: Whether it is complete.
        """
        at = self._message
        if at is None:
            return
        annotations = [flat(annotation) for annotation in response.annotations]
        beside: JsonObject = {"annotations": annotations, "logprobs": [*(response.logprobs or ())]}
        for number, ((kind, field), texts) in enumerate(self._parts):
            text, is_text = "".join(texts), kind == "output_text"
            part = {"type": kind, field: text, **(beside if is_text else {})}
            self.items[at]["content"].append(part)
            for place, annotation in enumerate(beside["annotations"] if is_text else ()):
                yield self._of(
                    at,
                    "output_text.annotation.added",
                    content_index=number,
                    annotation_index=place,
                    annotation=annotation,
                )
            more = {"logprobs": beside["logprobs"]} if is_text else {}
            yield self._of(at, f"{kind}.done", content_index=number, **{field: text}, **more)
            yield self._of(at, "content_part.done", content_index=number, part=part)
            if is_text:
                beside = {"annotations": [], "logprobs": []}
        phase = phase_of(response)
        if phase is not None:
            self.items[at]["phase"] = phase
        yield self._done(at, "completed" if whole else "incomplete")

    def _speak(self, kind: tuple[str, str], text: str) -> Iterator[JsonObject]:
        yield from self.end_thinking()
        if self._message is None:
            item: JsonObject = {"type": "message", "role": "assistant", "content": []}
            item["status"] = "in_progress"
            self._message = self._add(item, "msg")
            yield self._added(self._message)
        at, name, field = self._message, kind[0], kind[1]
        more: JsonObject = {"logprobs": []} if name == "output_text" else {}
        number = next((n for n, (known, _) in enumerate(self._parts) if known == kind), None)
        if number is None:
            number = len(self._parts)
            self._parts.append((kind, []))
            empty: JsonObject = {"type": name, field: ""}
            if more:
                empty |= {"annotations": [], **more}
            yield self._of(at, "content_part.added", content_index=number, part=empty)
        self._parts[number][1].append(text)
        yield self._of(at, f"{name}.delta", content_index=number, delta=text, **more)

    def _add(self, item: JsonObject, kind: str) -> int:
        item["id"] = f"{kind}_{self._name}_{len(self.items)}"
        self.items.append(item)
        return len(self.items) - 1

    def _added(self, at: int) -> JsonObject:
        item = dict(self.items[at])
        return {"type": "response.output_item.added", "output_index": at, "item": item}

    def _done(self, at: int, status: str = "completed") -> JsonObject:
        item = self.items[at]
        if item["type"] not in {"reasoning", "custom_tool_call"}:
            item["status"] = status
        return {"type": "response.output_item.done", "output_index": at, "item": item}

    def _of(self, at: int, event: str, **fields: Any) -> JsonObject:
        item_id = self.items[at]["id"]
        return {"type": f"response.{event}", "item_id": item_id, "output_index": at, **fields}

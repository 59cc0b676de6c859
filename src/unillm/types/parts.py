"""The parts a message's content is made of."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from unillm.types.brief import shown
from unillm.types.dataclass import dataclass
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject, JsonRoundTrip, is_mapping


@dataclass(frozen=True, slots=True, repr=False)
class TextPart(JsonRoundTrip):
    """A piece of text inside a message."""

    text: str
    type: Literal["text"] = "text"

    def __repr__(self) -> str:
        """Show the text, cut."""
        return f"TextPart({shown(self.text)})"


@dataclass(frozen=True, slots=True, repr=False)
class RawPart(JsonRoundTrip):
    """A part unillm has no name for (audio, video, …), sent exactly as given."""

    data: JsonObject
    type: Literal["raw"] = "raw"

    def __repr__(self) -> str:
        """Show the kind of part, not its content."""
        data: Any = self.data
        kind = data.get("type") if is_mapping(data) else data
        return f"RawPart(type={kind!r})"


Part: TypeAlias = TextPart | ImagePart | FilePart | RawPart
"""One part of a message's content."""

PARTS = (TextPart, ImagePart, FilePart, RawPart)
"""The same, to tell one from anything else."""

Content: TypeAlias = str | tuple[Part, ...]
"""What a message says: plain text, or parts."""

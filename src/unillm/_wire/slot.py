"""One tool call being received."""

from __future__ import annotations

from unillm._wire.arguments import ArgumentText, Nesting
from unillm._wire.growing import GrowingArguments
from unillm.types.events import ToolCallDelta


class Slot:
    """One call being received."""

    __slots__ = (
        "_growing",
        "_nesting",
        "_unread",
        "index",
        "name",
        "public_id",
        "refused",
        "started",
        "text",
        "wire_id",
        "wire_index",
    )

    def __init__(self, index: int, wire_id: str, wire_index: int | None) -> None:
        """Start without a name and without arguments."""
        self.index = index
        self.wire_id = wire_id
        self.wire_index = wire_index
        self.public_id = ""
        self.refused = ""
        self.name = ""
        self.text = ArgumentText()
        self.started = False
        self._nesting = Nesting()
        self._unread: list[str] = []
        self._growing = GrowingArguments()

    @property
    def is_labelled(self) -> bool:
        """Tell whether a name or an id says that this is a call of its own."""
        return bool(self.name or self.wire_id)

    def add_arguments(self, text: str, *, whole: bool = False) -> str:
        """Take arguments, more of them or all, and return the text that is certain now."""
        self._unread.append(text)
        return self.text.replace(text) if whole else self.text.add(text)

    def delta(self, text: str, *, written: str | None = None) -> ToolCallDelta:
        """Return the event for more of the arguments, written as JSON where the text is not."""
        self._growing.add(text if written is None else written)
        return ToolCallDelta.of(self.index, text, self._growing)

    def is_closed(self) -> bool:
        """Tell whether the arguments are a whole object; each fragment is looked at once."""
        for text in self._unread:
            self._nesting.feed(text)
        self._unread.clear()
        return self._nesting.closed

    def add_name(self, name: str) -> None:
        """Take a name, which may be repeated, cumulative or a piece of it, until it was told."""
        if not name or name == self.name or (self.name and (self.text or self.started)):
            return
        self.name = name if name.startswith(self.name) else self.name + name

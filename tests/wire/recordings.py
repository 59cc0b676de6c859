"""The recorded conversations, and what each is known to say."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.wire.drive import WEATHER
from unillm import Tool
from unillm.types.facts import Api

FOLDER = Path(__file__).resolve().parents[1] / "recordings"


@dataclass(frozen=True)
class Recording:
    """One answer of a provider.

    Attributes:
        name: ``provider/what``.
        body: Its bytes.
        streamed: Whether it is an event stream.
        api: The interface it came over.
        about: What its ``.toml`` says: ``synthetic``, ``follows``, ``shows``, ``tools``.
        expect: What it must come to.
    """

    name: str
    body: bytes = field(repr=False)
    streamed: bool
    api: Api
    about: dict[str, Any] = field(repr=False)
    expect: dict[str, Any] = field(repr=False)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Return the tools the request offered."""
        return (WEATHER,) if self.about.get("tools") else ()


def _read(path: Path) -> Recording:
    about = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    return Recording(
        name=f"{path.parent.name}/{path.stem}",
        body=path.read_bytes(),
        streamed=path.suffix == ".sse",
        api=about.pop("api", "chat"),
        about=about,
        expect=about.pop("expect"),
    )


RECORDINGS = [
    _read(path) for path in sorted(FOLDER.glob("*/*")) if path.suffix in {".sse", ".json"}
]
STREAMED = [recording for recording in RECORDINGS if recording.streamed]
"""Those that are event streams."""

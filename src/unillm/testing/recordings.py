"""Real conversations, recorded once and replayed in tests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from unillm._client.connection import Connection, async_connection, sync_connection
from unillm.testing._tape.draft import Drafts
from unillm.testing._tape.match import STRICT, Part, checked
from unillm.testing._tape.player import AsyncPlayer, Player
from unillm.testing._tape.reader import read
from unillm.testing._tape.recorder import AsyncRecorder, Recorder
from unillm.testing._tape.redaction import Redact, Redactor
from unillm.testing._tape.reel import Reel, Rules
from unillm.testing._tape.taped import Taped
from unillm.testing._tape.text import write
from unillm.testing.recording_error import RecordingError
from unillm.types.transport import AsyncTransport, Transport

__all__ = ["Mode", "Recording", "RecordingError", "recording"]

Mode: TypeAlias = Literal["auto", "record", "replay"]
"""Replay, or record anew; ``auto`` records where there is no recording yet."""


class Recording:
    """Transports that record a conversation, or replay it without network; see `recording`.

    Attributes:
        path: The file.
        mode: What it does: ``record`` or ``replay``.
    """

    def __init__(
        self,
        path: Path,
        mode: Literal["record", "replay"],
        *,
        rules: Rules,
        redactor: Redactor,
        timing: bool,
        http_client: Any,
    ) -> None:
        """Begin; made by `recording`."""
        self.path = path
        self.mode: Literal["record", "replay"] = mode
        self._drafts = Drafts(redactor, timing=timing)
        self._http_client = http_client
        self._open: Connection[Transport] | None = None
        self._async_open: Connection[AsyncTransport] | None = None
        self._over = False
        tapes = _load(path) if self._replays else ()
        self._reel = Reel(tapes, redactor, rules, str(path))
        self._transport: Transport | None = Player(self._reel) if self._replays else None
        self._async_transport: AsyncTransport | None = None
        if self._replays:
            self._async_transport = AsyncPlayer(self._reel)

    @property
    def transport(self) -> Transport:
        """Return what a `unillm.Client` is to send with: ``Client(transport=…)``.

        Raises:
            InvalidRequestError: The ``http_client`` is an async one.
        """
        if self._transport is None:
            self._open = sync_connection(self._http_client, None)
            bounded = self._http_client is None
            self._transport = Recorder(self._open.transport(), self._drafts, bounded=bounded)
        return self._transport

    @property
    def async_transport(self) -> AsyncTransport:
        """Return what a `unillm.AsyncClient` is to send with: ``AsyncClient(transport=…)``.

        Raises:
            InvalidRequestError: The ``http_client`` is a sync one.
        """
        if self._async_transport is None:
            self._async_open = async_connection(self._http_client, None)
            self._async_transport = AsyncRecorder(self._async_open.transport(), self._drafts)
        return self._async_transport

    def finish(self) -> None:
        """Write what was recorded; or look whether all was replayed. ``with`` calls it.

        Raises:
            RecordingError: A request was not in the recording, an exchange was not asked for, or
                there was nothing to record.
        """
        if self._over:
            return
        self._over = True
        if self._replays:
            self._reel.check()
            return
        tapes = self._drafts.taped()
        if not tapes:
            raise RecordingError(
                f"nothing was recorded for {self.path}. "
                "Was the client made with transport=recording.transport?"
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        beside.write_text(write(tapes), encoding="utf-8", newline="\n")
        beside.replace(self.path)

    def abandon(self) -> None:
        """Write nothing and check nothing: the block failed, and says so itself."""
        self._over = True

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish, unless the block failed; and close what was opened."""
        try:
            self._end(failed=kind is not None)
        finally:
            self.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish, unless the block failed; and close what was opened."""
        try:
            self._end(failed=kind is not None)
        finally:
            self.close()
            await self._close_async()

    def close(self) -> None:
        """Close the connections of the sync transport; ``with`` calls it."""
        inner = self._open.release() if self._open else None
        if inner is not None:
            inner.close()

    def __repr__(self) -> str:
        """Show the file and what is done with it."""
        return f"Recording({str(self.path)!r}, mode={self.mode!r})"

    @property
    def _replays(self) -> bool:
        return self.mode == "replay"

    async def _close_async(self) -> None:
        inner = self._async_open.release() if self._async_open else None
        if inner is not None:
            await inner.aclose()

    def _end(self, *, failed: bool) -> None:
        if failed:
            self.abandon()
        else:
            self.finish()


def recording(
    path: str | os.PathLike[str],
    mode: Mode = "auto",
    *,
    match: Iterable[Part] | Part = STRICT,
    in_order: bool = False,
    allow_repeats: bool = False,
    allow_unused: bool = False,
    redact: Redact | None = None,
    timing: bool = False,
    http_client: Any = None,
) -> Recording:
    """Record a conversation with a real provider into a text file, or replay it without network.

    Use it in a ``with`` or ``async with`` block, and give ``transport`` to a `unillm.Client`,
    ``async_transport`` to a `unillm.AsyncClient`. Errors, cut answers and time-outs are recorded
    too, and raised again as the same errors after the same byte. The file is written when the
    block ends without an exception.

    Keys, cookies, and ids of organisations and projects are not written, wherever they occur; nor
    is what looks like a key.

    Args:
        path: The file.
        mode: ``"replay"``; ``"record"``, over what is there; or ``"auto"``, which records when
            there is no file.
        match: The parts of a request that must be equal to the recorded one: of ``method``,
            ``host``, ``path``, ``query``, ``body``, ``model``, ``messages``, ``tools``, ``stream``.
        in_order: Whether requests must come in the recorded order.
        allow_repeats: Whether an exchange answers again once all that fit have been used.
        allow_unused: Whether exchanges may be left over at the end.
        redact: Hides more: a function from text to text, applied to URLs, headers and bodies, and
            to requests before they are compared.
        timing: Whether pauses are recorded; those in a recording are replayed, up to two seconds
            each.
        http_client: An ``httpx.Client`` or ``httpx.AsyncClient`` to record with.

    Raises:
        RecordingError: There is no such recording, or it cannot be read; later, in calls and at
            the end of the block: what was asked is not what was recorded.
        ValueError: The mode or a part to match is unknown.
    """
    if mode not in {"auto", "record", "replay"}:
        message = f"mode is 'auto', 'record' or 'replay', not {mode!r}"
        raise ValueError(message)
    file, parts = Path(path), checked(match)
    exists = file.exists()
    if mode == "replay" and not exists:
        raise RecordingError(
            f"there is no recording {file}. Make it with mode='record', or, in a test with the "
            "fixture `recording`, with `pytest --unillm-record=once`; both need the provider's key."
        )
    return Recording(
        file,
        "replay" if exists and mode != "record" else "record",
        rules=Rules(
            match=parts,
            in_order=in_order,
            allow_repeats=allow_repeats,
            allow_unused=allow_unused,
        ),
        redactor=Redactor(redact),
        timing=timing,
        http_client=http_client,
    )


def _load(path: Path) -> tuple[Taped, ...]:
    try:
        return read(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as problem:
        raise RecordingError(f"{path} is no recording: {problem}") from problem

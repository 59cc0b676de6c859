"""Edits and refusals as people read them: a diff with places, a caret where the trouble is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from unillm.errors import UnrepairableError
from unillm.types.edits import Edit

__all__ = ["diff", "refusal"]

_AROUND = 24
"""Characters of the text that are shown before and after edits, and at most between two."""
_WIDEST = 72
"""Characters that are shown of one edit; the middle of a longer one is left out."""
_PLACES = 36
"""Characters that are shown before and after the place of a refusal."""


def diff(text: str, edits: Sequence[Edit], title: str) -> Text:
    """Return edits as a diff, each with its rule, kind, line and column.

    Args:
        text: The text they were made to.
        edits: The edits.
        title: What is said in the last line, beside their number.
    """
    shown = Text()
    for near in _hunks(text, edits):
        places: dict[tuple[str, str], list[str]] = {}
        for edit in near:
            places.setdefault((edit.rule, edit.kind), []).append(_place(text, edit.start))
        for (rule, kind), at in places.items():
            shown.append(f"{', '.join(at)}  ").append(rule, style="bold")
            shown.append(f" ({kind})\n", style="red" if kind == "lossy" else "dim")
        shown.append_text(_side(text, near, "-", "red"))
        shown.append_text(_side(text, near, "+", "green"))
    count = {0: "nothing was changed", 1: "1 edit"}.get(len(edits), f"{len(edits)} edits")
    return shown.append(f"{count} ({title})")


def _hunks(text: str, edits: Sequence[Edit]) -> Iterable[list[Edit]]:
    """Give the edits that are shown together: on one line, and near one another."""
    near: list[Edit] = []
    end = 0
    for edit in edits:
        between = text[end : edit.start]
        if near and ("\n" in between or len(between) > _AROUND):
            yield near
            near = []
        near.append(edit)
        end = edit.start + len(edit.before)
    if near:
        yield near


def _side(text: str, edits: Sequence[Edit], sign: str, style: str) -> Text:
    """Return one line of a diff: the text around some edits, before or after them."""
    line = Text(f"  {sign} ", style=style)
    line.append(_line_before(text, edits[0].start), style="dim")
    at = edits[0].start
    for edit in edits:
        line.append(_visible(text[at : edit.start]), style="dim")
        part = edit.before if sign == "-" else edit.after
        line.append(_clipped(_visible(part)), style="reverse")
        at = edit.start + len(edit.before)
    return line.append(f"{_line_after(text, at)}\n", style="dim")


def refusal(text: str, error: UnrepairableError) -> Text:
    """Return a refusal: the reason, the place with a caret, and what the text may mean."""
    shown = Text("refused: ", style="bold red").append(error.reason, style="default")
    at = error.position
    if at is not None and at <= len(text):
        shown.append(f", at {_place(text, at)}")
        before = _line_before(text, at, _PLACES)
        shown.append(f"\n  {before}{_line_after(text, at, _PLACES)}", style="default")
        shown.append("\n  " + " " * cell_len(before) + "^", style="red")
    if error.schema_path is not None:
        path = "".join(f"[{json.dumps(step, ensure_ascii=False)}]" for step in error.schema_path)
        shown.append(f"\nin the value: {path or 'at the top'}", style="default")
    for candidate in error.candidates:
        shown.append(f"\nit may mean: {_clipped(_dumped(candidate))}", style="default")
    if error.partial is not None:
        said = _clipped(_dumped(error.partial))
        shown.append(f"\nwhat can be read of it: {said}", style="default")
    return shown


def _place(text: str, at: int) -> str:
    """Return line and column, both from 1."""
    line = text.count("\n", 0, at) + 1
    return f"{line}:{at - text.rfind(chr(10), 0, at)}"


def _line_before(text: str, at: int, size: int = _AROUND) -> str:
    start = text.rfind("\n", 0, at) + 1
    cut = max(start, at - size)
    return ("…" if cut > start else "") + _visible(text[cut:at])


def _line_after(text: str, at: int, size: int = _AROUND) -> str:
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    cut = min(stop, at + size)
    return _visible(text[at:cut]) + ("…" if cut < stop else "")


def _visible(text: str) -> str:
    """Return a text in which everything can be seen and nothing moves the cursor."""
    return "".join(
        mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text
    )


def _clipped(text: str) -> str:
    half = _WIDEST // 2
    return text if len(text) <= _WIDEST else f"{text[:half]} … {text[-half:]}"


def _dumped(value: object) -> str:
    return _visible(json.dumps(value, ensure_ascii=False))

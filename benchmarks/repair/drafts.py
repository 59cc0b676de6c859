"""A call on its way from what was meant to what is broken: a value, then tokens, then a text."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, TypeAlias

from benchmarks.repair.cases import Verdict

Stage = Literal["value", "tokens", "text"]
STAGES: tuple[Stage, ...] = ("value", "tokens", "text")
WRITTEN = ("compact", "spaced", "indented", "tabbed")


class UnsuitedError(Exception):
    """Tell that a break has nothing to break here, or that what was meant would be unclear."""


@dataclass(slots=True)
class Token:
    """A piece of JSON: ``{ } [ ] , :``, ``key``, ``str``, ``num``, ``lit`` or ``ws``.

    Attributes:
        kind: Which of these.
        text: What is written.
        value: What a key or a scalar means.
        path: Where in the value it is; a container's brackets and commas have its own path.
    """

    kind: str
    text: str
    value: Any = None
    path: tuple[str | int, ...] = ()


@dataclass(slots=True)
class Draft:
    """A call that is being broken.

    Attributes:
        schema: What its arguments must satisfy.
        truth: What was meant.
        value: What is written: the truth, or what a model made of it.
        tool: The name of the tool.
        style: How it is written while it is whole: one of `WRITTEN`.
        ascii: Whether characters beyond ASCII are written as escapes.
        finish_reason: Why the answer ended.
        verdict: What is right.
        tokens: What is written, once it is tokens.
        text: What is written, once it is text.
    """

    schema: dict[str, Any]
    truth: dict[str, Any]
    value: Any
    tool: str
    style: str = "spaced"
    ascii: bool = False
    finish_reason: str | None = "tool_calls"
    verdict: Verdict = "recover"
    tokens: list[Token] = field(default_factory=list)
    text: str = ""

    def enter(self, stage: Stage) -> None:
        """Go on to a stage: write the value as tokens, or the tokens as text."""
        if stage != "value" and not self.tokens:
            self.tokens = list(tokens(self.value, self.style, ascii_only=self.ascii))
        if stage == "text" and not self.text:
            self.text = "".join(token.text for token in self.tokens)

    def of(self, *kinds: str) -> list[int]:
        """Return the places of tokens of these kinds."""
        return [at for at, token in enumerate(self.tokens) if token.kind in kinds]

    def strings(self) -> list[Token]:
        """Return the string values."""
        return [token for token in self.tokens if token.kind == "str"]

    def unclear(self) -> None:
        """Let refusal be right as well: there is more than one reading, or no rule for it."""
        if self.verdict == "recover":
            self.verdict = "either"

    def after(self, at: int) -> int:
        """Return the place of the next token that is no space; beyond the end if there is none."""
        at += 1
        while at < len(self.tokens) and self.tokens[at].kind == "ws":
            at += 1
        return at

    def before(self, at: int) -> int:
        """Return the place of the previous token that is no space; -1 if there is none."""
        at -= 1
        while at >= 0 and self.tokens[at].kind == "ws":
            at -= 1
        return at


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a call.

    Attributes:
        name: Its kind.
        stage: What it works on.
        run: Breaks a draft.
        lossless: Whether what was meant stays clear beside other breaks of that sort.
    """

    name: str
    stage: Stage
    run: Callable[[Draft, Random], None]
    lossless: bool


Run: TypeAlias = Callable[[Draft, Random], None]
BREAKS: dict[str, Break] = {}


def breaks(stage: Stage, *, lossless: bool = False) -> Callable[[Run], Run]:
    """Enter a function as a break, by its name."""

    def enter(run: Run) -> Run:
        BREAKS[run.__name__] = Break(run.__name__, stage, run, lossless)
        return run

    return enter


def tokens(value: Any, style: str, *, ascii_only: bool) -> Iterator[Token]:
    """Give the tokens of a value, written in one of the styles."""
    yield from _Writer(style, ascii_only=ascii_only).write(value, ())


def quoted(text: str, *, ascii_only: bool = False) -> str:
    """Return a JSON string."""
    return json.dumps(text, ensure_ascii=ascii_only)


def chosen(draft: Draft, rng: Random, *kinds: str) -> int:
    """Return the place of one token of these kinds.

    Raises:
        UnsuitedError: There is none.
    """
    found = draft.of(*kinds)
    if not found:
        raise UnsuitedError
    return rng.choice(found)


class _Writer:
    def __init__(self, style: str, *, ascii_only: bool) -> None:
        self._indent = {"indented": "  ", "tabbed": "\t"}.get(style, "")
        self._space = "" if style == "compact" else " "
        self._ascii = ascii_only

    def write(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Token]:
        if isinstance(value, dict):
            members = [((*path, key), key, item) for key, item in value.items()]
            yield from self._container("{", "}", members, path)
        elif isinstance(value, list):
            members = [((*path, at), None, item) for at, item in enumerate(value)]
            yield from self._container("[", "]", members, path)
        elif isinstance(value, str):
            yield Token("str", quoted(value, ascii_only=self._ascii), value, path)
        else:
            scalar = value is None or isinstance(value, bool)
            yield Token("lit" if scalar else "num", json.dumps(value), value, path)

    def _container(
        self,
        opener: str,
        closer: str,
        members: Sequence[tuple[tuple[str | int, ...], str | None, Any]],
        path: tuple[str | int, ...],
    ) -> Iterator[Token]:
        yield Token(opener, opener, path=path)
        for at, (where, key, item) in enumerate(members):
            if at:
                yield Token(",", ",", path=path)
            yield from self._gap(len(path) + 1, " " if at else "")
            if key is not None:
                yield Token("key", quoted(key, ascii_only=self._ascii), key, where)
                yield Token(":", ":", path=where)
                if self._space:
                    yield Token("ws", " ", path=where)
            yield from self.write(item, where)
        if members:
            yield from self._gap(len(path), "")
        yield Token(closer, closer, path=path)

    def _gap(self, depth: int, otherwise: str) -> Iterator[Token]:
        if self._indent:
            yield Token("ws", "\n" + self._indent * depth)
        elif otherwise and self._space:
            yield Token("ws", otherwise)

"""Rules of the caller's own: what one of your models does, and how it is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, get_args

from unillm.errors import InvalidRequestError
from unillm.repair.changes import Change, applied, composed
from unillm.types.dataclass import dataclass
from unillm.types.edits import EditKind

Fix: TypeAlias = Callable[[str, Mapping[str, Any] | None], Iterable[tuple[int, int, str]]]
"""Given a text and the schema (None: any JSON), return replacements ``(start, end, after)``.

The places are characters of the text, in order and without overlaps; an empty list changes
nothing.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of your own. It is asked about texts that are not good as they are, before ours.

    What it makes must still be read and fit the schema, by the other rules if need be; its edits
    are listed under its name.

    Attributes:
        name: How its edits are called.
        fix: The function.
        kind: What it touches; one of kind ``lossy`` is asked at the level ``salvage`` only.
    """

    name: str
    fix: Fix
    kind: EditKind = "syntax"

    def __post_init__(self) -> None:
        """Refuse what is no rule.

        Raises:
            InvalidRequestError: The name is empty, the function none, or the kind unknown.
        """
        name: Any = self.name
        if not isinstance(name, str) or not name:
            raise InvalidRequestError("Rule(name=…) must be a word for its edits")
        if not callable(self.fix):
            raise InvalidRequestError("Rule(fix=…) must be a function of a text and a schema")
        if self.kind not in get_args(EditKind):
            kinds = ", ".join(get_args(EditKind))
            raise InvalidRequestError(f"Rule(kind=…) must be one of {kinds}, not {self.kind!r}")


def by_own_rules(
    text: str, rules: Iterable[Rule], schema: Mapping[str, Any] | None
) -> list[Change]:
    """Return the changes that all rules make, one after the other.

    Raises:
        InvalidRequestError: A rule raised, or returned something else than replacements.
    """
    changes: list[Change] = []
    for rule in rules:
        now = applied(text, changes)
        try:
            made = [_change(given, rule) for given in rule.fix(now, schema)]
        except Exception as error:
            message = f"the rule {rule.name!r} failed: {error!r}"
            raise InvalidRequestError(message) from error
        at = 0
        for change in made:
            if not at <= change.start <= change.end <= len(now):
                raise InvalidRequestError(
                    f"the rule {rule.name!r} must return replacements in order, without overlaps, "
                    f"within {len(now)} characters; not {tuple(change[:2])}"
                )
            at = change.end
        changes = composed(text, changes, [c for c in made if now[c.start : c.end] != c.after])
    return changes


def _change(given: tuple[int, int, str], rule: Rule) -> Change:
    start, end, after = given
    if type(start) is not int or type(end) is not int or not isinstance(after, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"a replacement is (start, end, after), not {given!r}"
        raise TypeError(message)
    return Change(start, end, after, rule.name, rule.kind)

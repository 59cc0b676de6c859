"""One rule of a host, and the rules of a host together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from difflib import get_close_matches
from typing import TypeAlias

from unillm.testing.answer import Answer
from unillm.testing.rules.refusal import Refusal
from unillm.testing.seen import Seen
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api, Fact

__all__ = ["Check", "Rule", "Rules", "broken", "rule", "rules_in"]

Check: TypeAlias = Callable[[Seen], Refusal | None]
"""Looks at a request; returns what the host says to it where it does not take it."""

MODEL = "model"
"""The rule that knows the host's models; other models can be made known."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold one thing that a host does not take.

    Attributes:
        name: Its name, in kebab case.
        summary: What is refused, in a line.
        api: The interface on which it holds; None: on both.
        fact: What happens, who says so, and whether that is certain.
        check: Looks at a request.
    """

    name: str
    summary: str
    api: Api | None
    fact: Fact
    check: Check = field(repr=False)


def rule(api: Api | None, *, source: str, checked: str, doubt: str = "") -> Callable[[Check], Rule]:
    """Turn a function into the rule that bears its name; its docstring says what is refused.

    Args:
        api: The interface on which it holds; None: on both.
        source: Who says so.
        checked: The day that was read.
        doubt: What is not certain about it, a sentence.
    """

    def named(check: Check) -> Rule:
        name = getattr(check, "__name__", "").replace("_", "-")
        said = (check.__doc__ or "").removeprefix("Refuse ").strip()
        summary = said[:1].upper() + said[1:]
        reason = f"Refused: {said}" + (f" {doubt}" if doubt else "")
        fact = Fact(reason=reason, source=source, checked=checked, verified=not doubt)
        return Rule(name, summary, api, fact, check)

    return named


def rules_in(*names: Mapping[str, object]) -> tuple[Rule, ...]:
    """Return the rules among what is named in modules, in their order."""
    return tuple(value for space in names for value in space.values() if isinstance(value, Rule))


def _no_model(seen: Seen) -> Refusal:
    message = f"The model `{seen.model}` does not exist or you do not have access to it."
    return Refusal(message=message, status=404, code="model_not_found")


def _no_key(_: Seen) -> Refusal:
    message, code = "Incorrect API key provided.", "invalid_api_key"
    return Refusal(message=message, status=401, kind="authentication_error", code=code)


def _ignores_nothing(_: Seen) -> tuple[str, ...]:
    return ()


def _as_it_is(_: Seen, answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Play one host: what it refuses, what it ignores, and how it answers.

    Attributes:
        host: The name of the host.
        rules: The rules; the first that is broken is what the host speaks of.
        ignores: Names the top-level fields of a request that the host takes and ignores.
        shape: Makes an answer one that the host would give to a request.
        key_header: The header that a key is in as it is; a Bearer token is taken everywhere.
        no_key: Says no to a request without the key.
        no_model: Says no to a request for another model than there are.
    """

    host: str
    rules: tuple[Rule, ...]
    ignores: Callable[[Seen], tuple[str, ...]] = field(default=_ignores_nothing, repr=False)
    shape: Callable[[Seen, Answer], Answer] = field(default=_as_it_is, repr=False)
    key_header: str | None = None
    no_key: Callable[[Seen], Refusal] = field(default=_no_key, repr=False)
    no_model: Callable[[Seen], Refusal] = field(default=_no_model, repr=False)

    def without(self, *names: str) -> Rules:
        """Return the same host without some of its rules.

        Args:
            names: The names of the rules.

        Raises:
            KeyError: There is no rule of that name.
        """
        known = [one.name for one in self.rules]
        for name in names:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f" did you mean {close[0]!r}?" if close else ""
                message = f"{self.host} has no rule {name!r};{hint} {', '.join(known)}"
                raise KeyError(message)
        return replace(self, rules=tuple(one for one in self.rules if one.name not in names))


def broken(rules: Rules, seen: Seen, *, any_model: bool) -> tuple[Rule, Refusal] | None:
    """Return the first rule that a request breaks, with what the host says to it.

    Args:
        rules: The host's rules.
        seen: The request.
        any_model: Whether the model is known, whatever the host's own models are.
    """
    for one in rules.rules:
        if one.api in {None, seen.api} and not (any_model and one.name == MODEL):
            refusal = one.check(seen)
            if refusal is not None:
                return one, refusal
    return None

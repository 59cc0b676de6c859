"""Errors out: unillm's own that LangChain knows as well."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar

from langchain_core.exceptions import (
    ContextOverflowError,
    LangChainException,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelRefusalError,
    ModelTimeoutError,
    OutputParserException,
)

import unillm
from unillm import UnillmError
from unillm.integrations.langchain.answers import message_of

_KNOWN: dict[type[UnillmError], type[LangChainException]] = {
    unillm.ContextLengthError: ContextOverflowError,
    unillm.AuthenticationError: ModelAuthenticationError,
    unillm.PermissionDeniedError: ModelPermissionDeniedError,
    unillm.ModelNotFoundError: ModelNotFoundError,
    unillm.RateLimitError: ModelRateLimitError,
    unillm.OverloadedError: ModelAPIError,
    unillm.ServerError: ModelAPIError,
    unillm.BadRequestError: ModelInvalidRequestError,
    unillm.InvalidRequestError: ModelInvalidRequestError,
    unillm.RequestTimeoutError: ModelTimeoutError,
    unillm.TransportError: ModelConnectionError,
    unillm.OutputValidationError: OutputParserException,
}
"""LangChain's class beside ours; the first that fits."""


class _BothError(UnillmError):
    """Be pickled, though the class is made here, and be what LangChain asks an error for."""

    kinds: ClassVar[tuple[type[UnillmError], type[LangChainException]]]
    observation: str | None = None
    llm_output: str | None = None
    send_to_llm: bool = False
    raw_message: Any = None

    @property
    def is_retryable(self) -> bool:
        """Tell LangChain's middleware whether the same call may succeed."""
        return self.retryable

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (*self.kinds, self.args, dict(self.__dict__))


@contextmanager
def translated() -> Generator[None]:
    """Raise unillm's errors as ones that are LangChain's too, with the original as their cause."""
    try:
        yield
    except UnillmError as error:
        if isinstance(error, LangChainException):
            raise
        raise _translated(error) from error


def _translated(error: UnillmError) -> UnillmError:
    ours, state = type(error), dict(error.__dict__)
    theirs = next((kind for known, kind in _KNOWN.items() if issubclass(ours, known)), ModelError)
    if isinstance(error, unillm.OutputValidationError):
        state["llm_output"] = error.response.text
        if error.response.refusal is not None:
            theirs, state["raw_message"] = ModelRefusalError, message_of(error.response)
    return _remade(ours, theirs, error.args, state)


def _remade(
    ours: type[UnillmError],
    theirs: type[LangChainException],
    args: tuple[Any, ...],
    state: dict[str, Any],
) -> UnillmError:
    both: Callable[..., type[UnillmError]] = _both  # mypy finds no class hashable
    kind = both(ours, theirs)
    made = kind.__new__(kind)
    made.args = args
    made.__dict__.update(state)
    return made


@cache
def _both(ours: type[UnillmError], theirs: type[LangChainException]) -> type[UnillmError]:
    """Return the class that is both; it bears the name of ours."""
    given = {"__module__": __name__, "__doc__": ours.__doc__, "kinds": (ours, theirs)}
    return type(ours.__name__, (_BothError, ours, theirs), given)

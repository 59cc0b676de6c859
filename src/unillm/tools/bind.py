"""From a call to a function's arguments: typed values, as its annotations say."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticSerializationError, ValidationError, to_json

from unillm.tools.remembered import remembered
from unillm.tools.schema import called_by
from unillm.types.dataclass import dataclass

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator


class MisfitError(Exception):
    """Why arguments cannot be given to a function; its text is for the model."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A function with the arguments it is to be called with."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __call__(self) -> Any:
        """Call it."""
        return self.function(*self.args, **self.kwargs)

    @property
    def is_async(self) -> bool:
        """Tell whether calling it gives something to be awaited, as far as can be seen before."""
        return is_async(self.function)


def is_async(function: Callable[..., Any]) -> bool:
    """Tell whether a function is async, or an object whose ``__call__`` is."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - not whether it can be called, but how
    )


def bind(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Bound:
    """Return a call of the function, its arguments made into what the annotations say.

    They are read as JSON is: a date from its text, an enum from its value, a model from its object;
    defaults are filled in. Nothing is shared with the arguments given.

    Raises:
        MisfitError: They do not fit; the text names each place and what is wrong there.
    """
    try:
        args, kwargs = _validator(function).validate_json(to_json(dict(arguments)))
    except ValidationError as error:
        raise MisfitError(_reasons(error)) from None
    except (PydanticSerializationError, ValueError) as error:
        raise MisfitError(f"they cannot be written as JSON: {error}") from None
    return Bound(function, args, kwargs)


def _reasons(error: ValidationError) -> str:
    """Return what is wrong where, without what was given there."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    told = [(".".join(map(str, one["loc"])), one["msg"]) for one in found]
    return "; ".join(f"{place}: {what}" if place else what for place, what in told)


@remembered
def _validator(function: Callable[..., Any]) -> SchemaValidator:
    """Return what reads the arguments of a function without calling it."""
    from pydantic import TypeAdapter
    from pydantic_core import SchemaValidator

    schema = cast("dict[str, Any]", TypeAdapter(called_by(function)).core_schema)
    # A function's schema is that of its arguments, with the call itself around.
    if schema["type"] == "definitions":
        inner = {**schema, "schema": schema["schema"]["arguments_schema"]}
    else:
        inner = schema["arguments_schema"]
    return SchemaValidator(cast("Any", inner))

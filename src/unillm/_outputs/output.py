"""An output: what the caller wants an answer to be, made ready once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache, partial
from inspect import isroutine
from typing import Any, NoReturn, cast

from pydantic_core import from_json, to_json

from unillm._outputs.late import adapter_of, is_lazy
from unillm._outputs.root import KEY, with_object_root
from unillm._outputs.shapes import shape_of
from unillm._outputs.strict import Strict, strict_of
from unillm._outputs.wrapped import Wrapped, unwrapped
from unillm.errors import InvalidRequestError
from unillm.schemas import CompiledSchema, compile_schema
from unillm.schemas.titles import without_titles
from unillm.types.json import JsonObject, is_mapping
from unillm.types.shape import RAW, Shape

_CACHED = 256
_LONGEST_NAME = 64
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]+")
_ANYTHING = ("title", "description", "$schema", "$defs", "definitions")


class Misfit(Exception):  # noqa: N818 - told by whoever checks, never raised to users
    """A value that is not what was wanted.

    Attributes:
        reason: Why not, in a sentence.
        path: Where in the value; empty: as a whole.
    """

    def __init__(self, reason: str, path: tuple[str | int, ...] = ()) -> None:
        """Keep both."""
        super().__init__(reason)
        self.reason = reason
        self.path = path


class Output:
    """A type or a schema that an answer is to satisfy.

    Attributes:
        spoken: What it is called in sentences.
        name: What it is called where hosts want a name.
        schema: Its JSON Schema.
    """

    def __init__(self, spoken: str, schema: JsonObject, kind: Any = None) -> None:
        """Take what it is.

        Args:
            spoken: What it is called in sentences.
            schema: Its JSON Schema.
            kind: The type that its values are made into; None: they stay JSON.
        """
        self.spoken = spoken
        named = _NOT_IN_NAMES.sub("_", str(schema.get("title", spoken) if kind is None else spoken))
        self.name = named.strip("_")[:_LONGEST_NAME] or "output"
        self.schema = schema
        self._kind = kind
        self._asked, self.is_wrapped = with_object_root(schema)

    @property
    def asked(self) -> JsonObject:
        """Return the schema of the object that hosts are asked for."""
        return self._asked

    @cached_property
    def asked_compiled(self) -> CompiledSchema:
        """Return the same, compiled."""
        return compile_schema(self._asked)

    @cached_property
    def compiled(self) -> CompiledSchema:
        """Return the schema of the value itself, compiled."""
        return compile_schema(self.schema)

    @cached_property
    def strict(self) -> Strict | None:
        """Return what strict mode is asked for; None where it cannot say it."""
        return strict_of(self._asked)

    @cached_property
    def shape(self) -> Shape:
        """Return what the answer looks like while it comes."""
        shape = RAW if self._kind is None else shape_of(self._kind)
        return Wrapped(shape, KEY) if self.is_wrapped else shape

    @property
    def is_typed(self) -> bool:
        """Tell whether values are made into a type, and do not stay JSON."""
        return self._kind is not None

    @cached_property
    def is_checked_whole(self) -> bool:
        """Tell whether a value that was made is one that the type takes, in all its parts."""
        return self._kind is not None and not is_lazy(self._kind)

    @property
    def openers(self) -> str:
        """Return what an answer may begin with."""
        return "{[" if self.is_wrapped and self.schema.get("type") == "array" else "{"

    def shown(self, growing: Any) -> Any:
        """Return the value in an answer that comes in this shape."""
        return unwrapped(growing, KEY) if self.is_wrapped else growing

    def made(self, json: str | bytes, *, wrapped: bool = False) -> Any:
        """Return the value that a JSON text is made into.

        Args:
            json: The text, which is valid JSON.
            wrapped: Whether the value stands under a key in it.

        Raises:
            Misfit: The type does not take it; its cause is what the type raised.
        """
        if self._kind is None:
            value = from_json(json)
            return value[KEY] if wrapped else value
        adapter = self._wrapped_adapter if wrapped else adapter_of(self._kind)
        try:
            value = adapter.validate_json(json)
        except Exception as error:
            raise _misfit(error, wrapped=wrapped) from error
        return getattr(value, KEY) if wrapped else value

    @cached_property
    def _wrapped_adapter(self) -> Any:
        from pydantic import create_model

        fields: dict[str, Any] = {KEY: (self._kind, ...)}
        return adapter_of(create_model("wrapper", **fields))


def output_of(given: Any) -> Output:
    """Return what a caller wants; of the same type or an equal schema, the same one.

    Args:
        given: A type that pydantic knows, or a JSON Schema as a dict.

    Raises:
        InvalidRequestError: No schema can be made of it, or one that says nothing.
    """
    if is_mapping(given):
        return _of_dict(given)
    written = repr(given)  # ``A | B`` equals ``B | A``, and pydantic tells them apart
    try:
        return _of_type(given, written)
    except TypeError as error:
        if "unhashable" not in str(error):
            raise
        return _of_type.__wrapped__(given, written)


def _of_dict(given: Mapping[str, Any]) -> Output:
    try:
        written = to_json(given)
    except ValueError as error:
        message = f"output: the schema cannot be written as JSON: {error}"
        raise InvalidRequestError(message) from None
    return _of_json(written)


@lru_cache(maxsize=_CACHED)
def _of_json(written: bytes) -> Output:
    schema: JsonObject = from_json(written)
    _require_meaning(schema, "the dict")
    _require_keywords(schema)
    compile_schema(schema, of="output")
    title = schema.get("title")
    return Output(title if isinstance(title, str) and title else "the schema", schema)


@lru_cache(maxsize=_CACHED, typed=True)
def _of_type(given: Any, _: str) -> Output:
    spoken = _spoken(given)
    _refuse_values(given, spoken)
    try:
        schema = adapter_of(given).json_schema()
    except Exception as error:
        message = f"output: no JSON Schema can be made of {spoken}: {_first_line(error)}"
        raise InvalidRequestError(message) from error
    schema = without_titles(schema)
    _require_meaning(schema, spoken)
    return Output(spoken, schema, given)


def _refuse_values(given: Any, spoken: str) -> None:
    """Refuse what is no type at all: pydantic's word for it would not help."""
    if given is None or given is type(None):
        _refuse(f"output={spoken} says nothing of the answer. Use client.chat for any answer")
    if isinstance(given, str | bytes | int | float | list | tuple | set):
        _refuse(f"output must be a type, such as a pydantic model, or a JSON Schema, not {spoken}")
    if _is_function(given):
        # Pydantic would call it with what the model says.
        name: str = getattr(given, "__name__", spoken)
        _refuse(f"output must be a type, not the function {name}. client.run calls functions")
    kind = cast("Any", type(given))
    if hasattr(kind, "model_fields"):
        name = kind.__name__
        _refuse(f"output must be the class {name}, not an instance of it")


def _require_meaning(schema: JsonObject, spoken: str) -> None:
    """Refuse a schema that everything satisfies, or an object in which nothing can be."""
    if not schema.keys() - set(_ANYTHING):
        _refuse(f"output: {spoken} takes anything. Say what the answer is to be")
    empty = schema.get("type") == "object" and schema.get("properties") == {}
    if empty and schema.get("additionalProperties", False) is False:
        _refuse(f"output: {spoken} has no fields. Give it some")


def _require_keywords(schema: JsonObject) -> None:
    """Refuse a dict of fields and a wrapper of a schema: to JSON Schema they rule nothing out."""
    from jsonschema.validators import Draft202012Validator

    known: Mapping[str, Any] = Draft202012Validator.VALIDATORS
    if schema.keys() & known.keys():
        return
    if is_mapping(schema.get("schema")):
        _refuse("output is a wrapper of a schema. Give the schema alone: output=wrapper['schema']")
    first = next(name for name in schema if name not in _ANYTHING)
    right = f"{{'type': 'object', 'properties': {{{first!r}: {{'type': …}}}}}}"
    _refuse(f"output: {first!r} is no keyword of JSON Schema. Write {right}, or give a type")


def _refuse(message: str) -> NoReturn:
    raise InvalidRequestError(f"{message}.")


def _spoken(given: Any) -> str:
    if isinstance(given, type):
        return given.__name__
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", repr(given))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


_SHOWN = 3


def _misfit(error: Exception, *, wrapped: bool) -> Misfit:
    """Return what a type's refusal comes to, in words for a model."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return Misfit(f"checking it failed with {type(error).__name__}: {_first_line(error)}")
    listed = error.errors(include_url=False, include_context=False, include_input=False)
    paths = [tuple(one["loc"][1:] if wrapped else one["loc"]) for one in listed]
    told = [f"{spoken_path(p)}{one['msg']}" for p, one in zip(paths, listed, strict=True)]
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return Misfit("; ".join(told[:_SHOWN]) + more, paths[0])


def spoken_path(path: tuple[str | int, ...]) -> str:
    """Return where something is, for the beginning of a sentence; nothing at the top."""
    return f"at {'.'.join(map(str, path))}: " if path else ""


def _is_function(given: object) -> bool:
    return isroutine(given) or isinstance(given, partial)

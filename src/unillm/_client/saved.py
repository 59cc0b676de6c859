"""An answer as it is written to a checkpoint, and read from it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeGuard

from pydantic_core import from_json, to_json

from unillm.errors import InvalidRequestError
from unillm.schemas import compile_schema
from unillm.types.json import JsonObject, is_mapping
from unillm.types.parsed import ParsedResponse
from unillm.types.response import ChatResponse


class Saved:
    """Writes answers with the output they were made into, and makes that again of what is read."""

    def __init__(self, output: Any = None) -> None:
        """Take the type or the schema of the output; None: there is none."""
        self._output = output

    def fields(self, response: ChatResponse) -> JsonObject:
        """Return what is written of an answer.

        Raises:
            InvalidRequestError: Its output cannot be written as JSON.
        """
        if not is_parsed(response):
            return {"response": response}
        return {"response": replace(response, output=self._written(response.output))}

    def restored(self, line: Mapping[str, Any]) -> tuple[ChatResponse, Any] | None:
        """Return an answer and its output, or None if the line has none that is still good."""
        try:
            if self._output is None:
                return ChatResponse.from_dict(line["response"]), None
            read = ParsedResponse[Any].from_dict(line["response"])
            output = self._made(read.output)
        except (KeyError, ValueError, TypeError):
            return None
        return replace(read, output=output), output

    @cached_property
    def _adapter(self) -> Any:
        from pydantic import TypeAdapter

        return TypeAdapter(self._output)

    def _written(self, output: Any) -> Any:
        if is_mapping(self._output):
            return output
        try:
            return from_json(self._adapter.dump_json(output, by_alias=False, round_trip=True))
        except ValueError as error:
            message = f"an output cannot be written to the checkpoint as JSON: {error}"
            raise InvalidRequestError(message) from error

    def _made(self, written: Any) -> Any:
        if not is_mapping(self._output):
            # By name: the aliases a model reads need not be those it writes.
            return self._adapter.validate_json(to_json(written), by_alias=True, by_name=True)
        if not compile_schema(self._output).fits(written):
            raise ValueError(written)
        return written


def is_parsed(response: ChatResponse) -> TypeGuard[ParsedResponse[Any]]:
    """Tell whether an answer was made into an output."""
    return isinstance(response, ParsedResponse)

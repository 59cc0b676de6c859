"""Structured output: the ways to ask for it, and how the answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_function
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

import unillm
from unillm.integrations.langchain.answers import attempt_of, cost_of, message_of
from unillm.types.json import is_object

Method: TypeAlias = Literal["function_calling", "json_schema", "json_mode"]
"""LangChain's ways to ask for structured output."""

Schema: TypeAlias = dict[str, Any] | type[Any]
Structured: TypeAlias = Runnable[LanguageModelInput, Any]

PARSED = "parsed"
"""Where an answer has its output."""


def output_for(schema: Schema) -> Any:
    """Return what unillm makes an answer into: a pydantic class, or else a JSON Schema."""
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return schema
    return convert_to_json_schema(schema)


def format_for(schema: Schema, *, strict: bool | None) -> dict[str, Any]:
    """Return the ``response_format`` that holds an answer to a schema."""
    made = convert_to_openai_function(schema, strict=strict)
    wanted = {"name": made["name"], "schema": made["parameters"], "strict": strict}
    told = {"description": made.get("description") or None}
    fields = {name: value for name, value in {**wanted, **told}.items() if value is not None}
    return {"type": "json_schema", "json_schema": fields}


def parser_for(schema: Schema, method: Method) -> Runnable[Any, Any]:
    """Return what reads an answer that was asked for in one of LangChain's ways."""
    model: Any = schema if isinstance(schema, type) and is_basemodel_subclass(schema) else None
    if method == "function_calling":
        if model is not None:
            return PydanticToolsParser(tools=[model], first_tool_only=True)
        name = convert_to_openai_function(schema)["name"]
        return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
    if model is not None:
        parser: Runnable[Any, Any] = PydanticOutputParser(pydantic_object=model)
        return parser
    return JsonOutputParser()


def reader_for(schema: Schema, *, include_raw: bool) -> Runnable[Any, Any]:
    """Return what reads an answer that was asked for in unillm's way."""
    how = read_beside_raw if include_raw else read
    return RunnableLambda(partial(how, schema=schema), name="unillm output")


def beside_raw(model: Runnable[Any, Any], parser: Runnable[Any, Any]) -> Structured:
    """Return what gives ``raw``, ``parsed`` and ``parsing_error``, as all of LangChain has it."""
    read_it = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    reading = read_it.with_fallbacks([failed], exception_key="parsing_error")
    return RunnableMap(raw=model) | reading


def read_beside_raw(message: BaseMessage, *, schema: Schema) -> dict[str, Any]:
    """Return the same three of an answer of unillm's own way; streamed, they come together."""
    try:
        return {"raw": message, "parsed": read(message, schema=schema), "parsing_error": None}
    except OutputParserException as error:
        return {"raw": message, "parsed": None, "parsing_error": error}


def parsed_message(response: unillm.ParsedResponse[Any]) -> AIMessage:
    """Return an answer with its output."""
    message = message_of(response)
    message.additional_kwargs[PARSED] = response.output
    return message


def failed_message(error: unillm.OutputValidationError) -> AIMessage:
    """Return the last answer of those that were not what was wanted, with the reason."""
    message = message_of(error.response)
    told = message.response_metadata["unillm"]
    told["output_error"] = error.message
    told["attempts"] = [attempt_of(attempt) for attempt in error.attempts]
    if error.cost is not None:
        told["cost"] = cost_of(error.cost)
    return message


def read(message: BaseMessage, *, schema: Schema) -> Any:
    """Return the output that an answer has.

    Raises:
        OutputParserException: It has none.
    """
    told: Mapping[str, Any] = message.response_metadata.get("unillm", {})
    if "output_error" in told:
        raise OutputParserException(told["output_error"], llm_output=str(message.text))
    parsed: Any = message.additional_kwargs.get(PARSED)
    if parsed is None or (is_object(parsed) and "lc" in parsed):
        parsed = JsonOutputParser().parse(str(message.text))  # LangChain's cache had it
    if not isinstance(schema, type) or not is_basemodel_subclass(schema):
        return parsed
    return parsed if isinstance(parsed, schema) else _made(schema, parsed)


def _made(schema: type[Any], parsed: Any) -> Any:
    """Return JSON as an instance of a pydantic class, of either of its versions."""
    make: Any = getattr(schema, "model_validate", None) or getattr(schema, "parse_obj", None)
    try:
        return make(parsed)
    except ValueError as error:
        message = f"{schema.__name__} does not take {parsed!r}: {error}"
        raise OutputParserException(message) from error

"""Structured output: the ways to ask for it, and how the answer is read."""

from __future__ import annotations

from copy import deepcopy
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
from langchain_core.runnables import (
    Runnable,
    RunnableConfig,
    RunnableLambda,
    RunnableMap,
    RunnablePassthrough,
)
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_function
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel
from pydantic_core import from_json, to_json, to_jsonable_python

import unillm
from unillm.integrations.langchain.answers import attempt_of, cost_of, message_of, usage_of_all
from unillm.repair import replay
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


def schema_of(schema: Schema) -> dict[str, Any]:
    """Return the JSON Schema of what is wanted: its name alone does not tell what it is."""
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


def reader_for(schema: Schema) -> Runnable[Any, Any]:
    """Return what reads an answer that was asked for in unillm's way."""
    return RunnableLambda(partial(read, schema=schema), name="unillm output")


def reader_beside_raw(
    model: Runnable[Any, AIMessage], schema: Schema, *, version: str | None
) -> Structured:
    """Return what gives ``raw``, ``parsed`` and ``parsing_error`` of an answer of unillm's own way.

    A model fails where no answer fits, so that no cache keeps what failed; only here does its error
    stand beside the last answer.
    """

    def ask(given: LanguageModelInput, config: RunnableConfig) -> dict[str, Any]:
        try:
            return _beside(model.invoke(given, config), schema)
        except unillm.OutputValidationError as error:
            return _failed(error, version)

    async def ask_async(given: LanguageModelInput, config: RunnableConfig) -> dict[str, Any]:
        try:
            return _beside(await model.ainvoke(given, config), schema)
        except unillm.OutputValidationError as error:
            return _failed(error, version)

    return RunnableLambda(ask, ask_async, name="unillm output")


def beside_raw(model: Runnable[Any, Any], parser: Runnable[Any, Any]) -> Structured:
    """Return what gives ``raw``, ``parsed`` and ``parsing_error``, as all of LangChain has it."""
    read_it = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    reading = read_it.with_fallbacks([failed], exception_key="parsing_error")
    return RunnableMap(raw=model) | reading


def _beside(message: AIMessage, schema: Schema) -> dict[str, Any]:
    try:
        return {"raw": message, "parsed": read(message, schema=schema), "parsing_error": None}
    except OutputParserException as error:
        return {"raw": message, "parsed": None, "parsing_error": error}


def _failed(error: unillm.OutputValidationError, version: str | None) -> dict[str, Any]:
    raw = failed_message(error)
    if version == "v1":  # as LangChain does with the messages that it is given
        metadata = {**raw.response_metadata, "output_version": version}
        raw = raw.model_copy(update={"content": raw.content_blocks, "response_metadata": metadata})
    return {"raw": raw, "parsed": None, "parsing_error": error}


def parsed_message(response: unillm.ParsedResponse[Any]) -> AIMessage:
    """Return an answer with its output: as JSON, which may be kept, sent and changed."""
    message = message_of(response)
    message.additional_kwargs[PARSED] = plain(response)
    message.usage_metadata = usage_of_all(response.attempts) or message.usage_metadata
    return message


def plain(response: unillm.ParsedResponse[Any]) -> Any:
    """Return the JSON that an output was made of.

    It is what the model wrote, as it was repaired: an output that is written down is not always
    what it was, as of secrets.
    """
    output: Any = response.output
    if not isinstance(output, BaseModel):
        return deepcopy(output)
    found: list[Any] = []
    for text in (replay(response.text, response.repairs), response.text):
        read = _json(text)
        inner: list[Any] = list(read.values()) if is_object(read) and len(read) == 1 else []
        found += [read, *inner]  # a host may have been asked for an object around it
    made = (one for one in found if _is_made_of(output, one))
    return next(made, None) or to_jsonable_python(output, by_alias=True, fallback=str)


def _json(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:
        return None


def _is_made_of(output: BaseModel, value: Any) -> bool:
    try:
        return type(output).model_validate_json(to_json(value)) == output
    except ValueError:
        return False


def failed_message(error: unillm.OutputValidationError) -> AIMessage:
    """Return the last answer of those that were not what was wanted, with the reason."""
    message = message_of(error.response)
    told = message.response_metadata["unillm"]
    told["output_error"] = error.message
    told["attempts"] = [attempt_of(attempt) for attempt in error.attempts]
    message.usage_metadata = usage_of_all(error.attempts) or message.usage_metadata
    if error.cost is not None:
        told["cost"] = cost_of(error.cost)
    return message


def read(message: BaseMessage, *, schema: Schema) -> Any:
    """Return the output that an answer has; each time another, which may be changed.

    Raises:
        OutputParserException: It has none.
    """
    parsed: Any = deepcopy(message.additional_kwargs.get(PARSED))
    if parsed is None:
        parsed = JsonOutputParser().parse(str(message.text))
    if not isinstance(schema, type) or not is_basemodel_subclass(schema):
        return parsed
    return _made(schema, parsed)


def _made(schema: type[Any], parsed: Any) -> Any:
    """Return JSON as an instance of a pydantic class, of either of its versions."""
    try:
        if issubclass(schema, BaseModel):
            return schema.model_validate_json(to_json(parsed))
        return schema.parse_obj(parsed)
    except ValueError as error:
        message = f"{schema.__name__} does not take {parsed!r}: {error}"
        raise OutputParserException(message) from error

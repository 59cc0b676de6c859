"""The chat model of LangChain and LangGraph."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from typing_extensions import override

from unillm import InvalidRequestError
from unillm.integrations.langchain.asking import answer, answer_async, streamed, streamed_async
from unillm.integrations.langchain.chunks import apart
from unillm.integrations.langchain.errors import translated
from unillm.integrations.langchain.outputs import (
    Method,
    Schema,
    Structured,
    beside_raw,
    format_for,
    output_for,
    parser_for,
    reader_beside_raw,
    reader_for,
    schema_of,
)
from unillm.integrations.langchain.params import Params
from unillm.integrations.langchain.settings import Wanted, whose
from unillm.integrations.langchain.tools import ToolLike, choice_in, tools_in


class ChatUnillm(Params):
    """Ask models through unillm, wherever LangChain or LangGraph takes a chat model.

    ``ChatUnillm(model="deepseek:deepseek-v4-pro")`` makes clients of its own, of what the
    environment says; ``client=`` and ``async_client=`` are yours. What they do, retries included,
    holds here; no retry is added.

    Attributes:
        model: ``provider:model``, the bare id of a model its vendor serves, or a route of the
            client; None: the client's own default.
        client: A `unillm.Client`, or a `unillm.AsyncClient` where nothing is called that is sync.
            With a sync one alone, async calls are made in threads.
        async_client: A `unillm.AsyncClient` for async calls.
        api_key: The key for the provider that ``model`` names, for clients of its own.
        base_url: The address of that provider, likewise.
        temperature: How much chance there is in the choice of tokens.
        top_p: Choose among the likeliest tokens that make up this share.
        max_tokens: The most tokens to generate, reasoning included.
        stop: Texts before which to stop.
        seed: A number for answers that can be repeated.
        reasoning_effort: How hard to think.
        timeout: Seconds for the whole call, or a `unillm.Timeout`.
        max_retries: Further attempts after the first, by unillm; None: the client's policy.
        streaming: Whether ``invoke`` streams as well.
        on_invalid_tool_call: ``raise`` where the model calls a tool in a way that cannot be
            executed, or ``return`` such calls as ``invalid_tool_calls``.
        unillm_tags: Labels that reach unillm's observers and ledger (``tags`` are LangChain's).
        model_kwargs: Other options of unillm's calls: see `unillm.CallOptions`.

    Raises:
        pydantic.ValidationError: What is given does not go together; it is a ValueError.
    """

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translated():
            asked = self._asked(messages, stop, kwargs)
            return _result(answer(self._sync_client(), asked))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        client = self._async_client()
        if client is None:
            return await super()._agenerate(messages, stop, run_manager, **kwargs)
        with translated():
            return _result(await answer_async(client, self._asked(messages, stop, kwargs)))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with translated():
            asked = self._asked(messages, stop, kwargs)
            for message in streamed(self._sync_client(), asked):
                chunk = self._chunk(message)
                if run_manager:
                    run_manager.on_llm_new_token(str(message.text), chunk=chunk)
                yield chunk

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        client = self._async_client()
        if client is None:
            async for chunk in super()._astream(messages, stop, run_manager, **kwargs):
                yield chunk
            return
        with translated():
            asked = self._asked(messages, stop, kwargs)
            async for message in streamed_async(client, asked):
                chunk = self._chunk(message)
                if run_manager:
                    await run_manager.on_llm_new_token(str(message.text), chunk=chunk)
                yield chunk

    def _chunk(self, message: AIMessageChunk) -> ChatGenerationChunk:
        return ChatGenerationChunk(
            message=apart(message) if self.output_version == "v1" else message
        )

    @override
    def bind_tools(
        self,
        tools: Sequence[ToolLike],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools it may call.

        Args:
            tools: LangChain's tools, functions, pydantic and ``TypedDict`` classes, or dicts; and
                dicts of tools that the provider runs itself.
            tool_choice: ``auto``, ``none``; ``any``, ``required`` or True: some tool must be
                called; the name of one, or OpenAI's or Anthropic's dict for it.
            strict: Whether hosts that can hold arguments to the schema are asked to.
            kwargs: Other options of the calls, such as ``parallel_tool_calls``.

        Raises:
            InvalidRequestError: The choice is none of these.
        """
        with translated():
            choice = choice_in(tool_choice)
        given = {"tool_choice": choice, **kwargs}
        bound = {name: value for name, value in given.items() if value is not None}
        return self.bind(tools=tools_in(tools, strict=strict), **bound)

    @override
    def with_structured_output(
        self,
        schema: Schema,
        *,
        include_raw: bool = False,
        method: Method | None = None,
        strict: bool | None = None,
        retries: int = 1,
        **kwargs: Any,
    ) -> Structured:
        """Return the model with answers made into what is wanted.

        Args:
            schema: A pydantic class, a ``TypedDict`` class, a JSON Schema or an OpenAI function.
            include_raw: Whether to give ``raw``, ``parsed`` and ``parsing_error`` instead, and to
                raise nothing where an answer does not fit.
            method: None: the strictest way that the model's host takes, and what does not fit is
                repaired where that is certain, or asked for again: ``parse`` of unillm. Else
                LangChain's ``function_calling``, ``json_schema`` or ``json_mode``, without that.
            strict: With ``function_calling`` and ``json_schema``, whether the host is asked to
                hold the answer to the schema.
            retries: Without a method, how often the model is asked again.
            kwargs: Other options of the calls.

        Raises:
            InvalidRequestError: ``strict`` is for a method that is not the one given.
        """
        if strict is not None and method not in {"function_calling", "json_schema"}:
            with translated():
                raise InvalidRequestError(
                    "strict is for method='function_calling' and 'json_schema'; "
                    "without a method the host's strictest way is taken"
                )
        told = {"kwargs": {"method": method or "unillm", "strict": strict}, "schema": schema}
        bound = {"ls_structured_output_format": told, **kwargs}
        if method is None:
            wanted = Wanted(output_for(schema), schema_of(schema), retries)
            own = self.bind(unillm_output=wanted, **bound)
            if include_raw:
                return reader_beside_raw(own, schema, version=self.output_version)
            return own | reader_for(schema)
        if method == "function_calling":
            name = tools_in([schema], strict=strict)[0]["function"]["name"]
            model: Runnable[Any, Any] = self.bind_tools(
                [schema], tool_choice=name, strict=strict, **bound
            )
        elif method == "json_schema":
            model = self.bind(response_format=format_for(schema, strict=strict), **bound)
        else:
            model = self.bind(response_format={"type": "json_object"}, **bound)
        parser = parser_for(schema, method)
        return beside_raw(model, parser) if include_raw else model | parser

    @property
    @override
    def _llm_type(self) -> str:
        return "unillm"

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        given: Any = kwargs.get("model") or self.model
        provider, name = whose(given if isinstance(given, str) else None)
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"], params["ls_model_name"] = provider, name
        return params


def _result(message: AIMessage) -> ChatResult:
    told = {"model_name": message.response_metadata.get("model_name")}
    return ChatResult(generations=[ChatGeneration(message=message)], llm_output=told)

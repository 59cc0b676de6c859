"""unillm as a model of pydantic-ai."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models import check_allow_model_requests as check_allowed
from pydantic_ai.profiles import ModelProfile, ModelProfileSpec
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import RunContext

import unillm
from unillm.integrations.needs import need_async
from unillm.integrations.pydantic_ai.answer import response_of
from unillm.integrations.pydantic_ai.details import SYSTEM
from unillm.integrations.pydantic_ai.errors import translated
from unillm.integrations.pydantic_ai.history import messages_of
from unillm.integrations.pydantic_ai.options import IGNORED, Asked, asked_of
from unillm.integrations.pydantic_ai.stream import UnillmStreamedResponse


@dataclass(init=False)
class UnillmModel(Model[unillm.AsyncClient]):
    """A model of pydantic-ai that is asked through unillm.

    unillm owns the retries: pydantic-ai adds none of its own. ``ModelSettings["max_retries"]``
    says how many there may be beyond the first attempt, and ``timeout`` limits the whole request,
    its retries included.

    What a model calls in a way that must not be executed arrives as a call that pydantic-ai
    refuses, so that the model is told why.
    """

    unsupported_settings = IGNORED

    _model_name: str = field(repr=False)
    _client: unillm.AsyncClient | None = field(repr=False)

    def __init__(
        self,
        model_name: str,
        *,
        client: unillm.AsyncClient | None = None,
        settings: ModelSettings | None = None,
        profile: ModelProfileSpec | None = None,
    ) -> None:
        """Describe the model; nothing is opened yet.

        Args:
            model_name: ``provider:model``, the bare id of a model its vendor serves, or a route of
                the client.
            client: Who asks; it is not closed by this model. None: a client of the model's own,
                with the keys in the environment.
            settings: Defaults; see `UnillmModelSettings`.
            profile: What is known of the model beyond what unillm tells.

        Raises:
            InvalidRequestError: The client is no ``unillm.AsyncClient``.
        """
        if client is not None:
            need_async(client)
        self._model_name = model_name
        self._client = client
        self._own: unillm.AsyncClient | None = None
        self._entered = 0
        super().__init__(settings=settings, profile=_profile(model_name, profile))

    @property
    def model_name(self) -> str:
        """Return the model as it is asked for."""
        return self._model_name

    @property
    def system(self) -> str:
        """Return ``unillm``; who answered is in the answer's ``model_name``."""
        return SYSTEM

    @property
    def client(self) -> unillm.AsyncClient:
        """Return the client that asks."""
        if self._client is not None:
            return self._client
        if self._own is None:
            self._own = unillm.AsyncClient()
        return self._own

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask, and return the whole answer.

        Raises:
            UserError: The call as written cannot be sent.
            ModelAPIError: It failed; the subclass says how, ``__cause__`` is unillm's error.
            UnexpectedModelBehavior: What came is no answer, or a filter refused the prompt.
        """
        asked, call = await self._asked(messages, model_settings, model_request_parameters)
        with translated(self.model_name):
            if asked.output is None:
                return response_of(await self.client.chat(**call, tools=asked.tools))
            try:
                return response_of(await self.client.parse(**call, output=asked.output, retries=0))
            except unillm.OutputValidationError as error:
                # Whether to ask again is pydantic-ai's to say: it looks at the output itself.
                return response_of(error.response)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse, None]:
        """Ask, and give the answer as it comes.

        Raises:
            UserError: The call as written cannot be sent.
            ModelAPIError: As for `request`; also while the stream is read.
            UnexpectedModelBehavior: As for `request`.
        """
        del run_context
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        asked, call = await self._asked(messages, settings, parameters, prepared=True)
        with translated(self.model_name):
            if asked.output is None:
                stream = self.client.stream(**call, tools=asked.tools)
            else:
                stream = self.client.stream(**call, output=asked.output, retries=0)
            await stream.__aenter__()
        try:
            yield UnillmStreamedResponse(parameters, asked=self.model_name, stream=stream)
        finally:
            await stream.close()

    async def _asked(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings | None,
        parameters: ModelRequestParameters,
        *,
        prepared: bool = False,
    ) -> tuple[Asked, dict[str, Any]]:
        check_allowed()
        if not prepared:
            settings, parameters = self.prepare_request(settings, parameters)
        with translated(self.model_name):
            asked = asked_of(settings, parameters)
        instructions = self._get_instruction_parts(messages, parameters) or []
        with translated(self.model_name):
            told = await messages_of(messages, instructions)
        return asked, {"messages": told, "model": self.model_name, **asked.options}

    async def __aenter__(self) -> Self:
        """Return itself; a client of its own stays open until it is left."""
        self._entered += 1
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Close a client of its own; the next request makes another one."""
        self._entered -= 1
        if self._entered == 0 and self._own is not None:
            own, self._own = self._own, None
            await own.close()


_KNOWN = ModelProfile(
    supports_json_schema_output=True,
    supports_thinking=True,
    supports_image_output=True,
    supports_inline_system_prompts=True,
)
"""unillm says itself what a target does not take, when it is asked for it."""


def _profile(model_name: str, given: ModelProfileSpec | None) -> ModelProfileSpec:
    known = _KNOWN.copy()
    provider, colon, model = model_name.partition(":")
    found = unillm.catalog.find(model)
    if colon and found is not None and unillm.catalog.vendor_of(model) == provider:
        known["context_window"] = found.context
    if given is None:
        return known
    if callable(given):
        return lambda default: given({**default, **known})
    return {**known, **given}

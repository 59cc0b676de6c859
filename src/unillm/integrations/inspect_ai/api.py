"""The provider ``unillm`` of inspect_ai."""

from __future__ import annotations

from typing import Any

import anyio
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelAPI,
    ModelCall,
    ModelOutput,
    ServedModelUsage,
)
from inspect_ai.tool import ToolChoice, ToolInfo

import unillm
from unillm.integrations.inspect_ai import reports
from unillm.integrations.inspect_ai.calls import call_of
from unillm.integrations.inspect_ai.config import Asked, asked_of
from unillm.integrations.inspect_ai.history import messages_of
from unillm.integrations.inspect_ai.identity import is_named, named
from unillm.integrations.inspect_ai.output import answered, output_of
from unillm.integrations.inspect_ai.served import served_of
from unillm.integrations.needs import need_async


class UnillmAPI(ModelAPI):
    """A model of inspect_ai that is asked through unillm.

    unillm owns the retries: inspect_ai is told of each, and makes none. ``max_retries`` and
    ``timeout`` of its `GenerateConfig` are unillm's.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - as inspect_ai has it
        **model_args: Any,
    ) -> None:
        """Describe the model; nothing is opened yet.

        Args:
            model_name: ``provider:model``, the bare id of a model its vendor serves, or a route of
                the client or the configuration.
            base_url: Where the provider named is, if not where it usually is. Without it, the
                model's ``base_url`` is a name of who answers, by which inspect_ai's cache keeps
                clients apart; given back, as logs do, it says nothing.
            api_key: Its key, if not that of the environment.
            config: Defaults of inspect_ai.
            model_args: ``client``, an `unillm.AsyncClient`, which is not closed by this model; or
                ``config_file``, the path of an ``unillm.toml``. Not both.

        Raises:
            InvalidRequestError: They cannot be meant.
        """
        address = None if base_url is None or is_named(base_url) else base_url
        super().__init__(model_name, address, api_key, [], config)
        self._given: unillm.AsyncClient | None = model_args.pop("client", None)
        self._file: str | None = model_args.pop("config_file", None)
        self._address = address
        self._own: unillm.AsyncClient | None = None
        if model_args:
            raise unillm.InvalidRequestError(
                f"the model argument {min(model_args)!r} is not known; there are client and "
                "config_file, and what a call may set is in GenerateConfig"
            )
        elsewhere = address is not None or api_key is not None
        if [self._given is not None, self._file is not None, elsewhere].count(True) > 1:
            raise unillm.InvalidRequestError(
                "give one of client, config_file, or base_url with api_key: the first two say it"
            )
        if self._given is not None:
            need_async(self._given)
        if address is None:
            # inspect_ai's cache tells models apart by name and address alone.
            self.base_url = named(self._given, self._file)

    @property
    def client(self) -> unillm.AsyncClient:
        """Return the client that asks."""
        if self._given is not None:
            return self._given
        if self._own is None:
            self._own = self._made()
        return self._own

    def _made(self) -> unillm.AsyncClient:
        if self._file is not None:
            return unillm.AsyncClient.from_config(self._file)
        if self._address is None and self.api_key is None:
            return unillm.AsyncClient()
        provider, _, _ = self.model_name.partition(":")
        there = unillm.Provider(provider, base_url=self._address, api_key=self.api_key)
        return unillm.AsyncClient(providers=[there])

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002 - inspect_ai's name
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        """Ask, as often as there are to be choices, and return the answer.

        An error of unillm is returned, with what was asked, as inspect_ai wants it: it raises a
        ``ModelGenerateError`` of it. A prompt that is too long, and one that a filter refuses, are
        answers to inspect_ai: their stop reasons are ``model_length`` and ``content_filter``.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
        """
        asked = asked_of(tools, tool_choice, config)
        call: dict[str, Any] = {"messages": messages_of(input), "model": self.model_name}
        results = await self._all(call, asked, config.num_choices or 1)
        reports.retries(self.qualified_model_name, results)
        failed = next((r for r in results if isinstance(r, unillm.UnillmError)), None)
        responses = [r for r in results if isinstance(r, unillm.ChatResponse)]
        log = call_of(call, asked, responses, failed)
        if failed is not None:
            return answered(self.model_name, failed) or failed, log
        return output_of(self.model_name, responses, asked), log

    async def _all(
        self, call: dict[str, Any], asked: Asked, times: int
    ) -> list[unillm.ChatResponse | unillm.UnillmError]:
        """Make an operation for each choice, at the same time: providers differ about ``n``.

        Each has a seed of its own: one seed would give one answer, as often as it is asked for.
        """
        if times == 1:
            return [await self._one(call, asked)]
        results: dict[int, unillm.ChatResponse | unillm.UnillmError] = {}

        async def ask(number: int) -> None:
            results[number] = await self._one(call, asked.nth(number))

        async with anyio.create_task_group() as tasks:
            for number in range(times):
                tasks.start_soon(ask, number)
        return [results[number] for number in range(times)]

    async def _one(
        self, call: dict[str, Any], asked: Asked
    ) -> unillm.ChatResponse | unillm.UnillmError:
        try:
            given: dict[str, Any] = {"tools": asked.tools}
            if asked.output is not None:
                given = {"output": asked.output, "retries": 0}
            if reports.wants_stream():
                return await reports.streamed(self.client.stream(**call, **asked.options, **given))
            if asked.output is not None:
                parsed: unillm.ChatResponse
                parsed = await self.client.parse(**call, **asked.options, **given)
                return parsed
            return await self.client.chat(**call, **asked.options, **given)
        except unillm.OutputValidationError as error:
            return error.response  # whether it will do, a scorer says
        except unillm.UnillmError as error:
            return error

    def should_retry(self, ex: Exception) -> bool:
        """Tell that unillm has tried what there is to try."""
        del ex
        return False

    def served_model_usage(self, output: ModelOutput) -> list[ServedModelUsage] | None:
        """Return what each attempt took, at the rates that unillm reckoned with.

        None: the cost of one is not known, or cannot be told as rates. Then a ``total_cost`` that
        is known is in the log, but inspect_ai's limits of cost do not count it.
        """
        return served_of(output)

    def connection_key(self) -> str:
        """Return whose limits hold: those of the provider, of the model, or of the route."""
        return f"{id(self._given) if self._given is not None else self._file}:{self.model_name}"

    def tool_result_images(self) -> bool:
        """Tell that tools may give images: where a host takes none, unillm puts them elsewhere."""
        return True

    async def aclose(self) -> None:
        """Close a client of its own; the next call makes another one."""
        if self._own is not None:
            own, self._own = self._own, None
            if self._address is None:
                self.base_url = named(None, self._file)
            await own.close()

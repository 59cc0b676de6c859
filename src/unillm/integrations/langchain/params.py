"""What a chat model is made with, and how a call is put together of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import BaseMessage
from langchain_core.runnables.config import ensure_config
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr, field_validator, model_validator
from typing_extensions import override

from unillm import (
    AsyncClient,
    Client,
    Effort,
    InvalidRequestError,
    Message,
    Provider,
    Timeout,
    UserMessage,
)
from unillm._io import clock
from unillm.integrations.langchain.cache_keys import digest
from unillm.integrations.langchain.clients import Clients, provider_of
from unillm.integrations.langchain.errors import translated
from unillm.integrations.langchain.messages import messages_in
from unillm.integrations.langchain.profiles import profile_of
from unillm.integrations.langchain.settings import Asked, options_in, read_back, written
from unillm.integrations.langchain.tools import ToolLike, tools_in
from unillm.providers import names, profile_named

_SETTINGS = (
    *("model", "temperature", "top_p", "max_tokens", "stop", "seed", "reasoning_effort"),
    *("timeout", "max_retries", "on_invalid_tool_call", "unillm_tags"),
)
_SECRET = frozenset({"extra_headers", "extra_query"})
"""Settings that may hold a key: they are not shown, traced or serialised."""


class Params(BaseChatModel):
    """Hold the parameters of a chat model. Keys are shown, traced and serialised nowhere."""

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        extra="forbid",
        hide_input_in_errors=True,  # it may be a key
    )

    model: str | None = None
    client: Client | AsyncClient | None = Field(default=None, exclude=True, repr=False)
    async_client: AsyncClient | None = Field(default=None, exclude=True, repr=False)
    api_key: SecretStr | None = None
    base_url: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    seed: int | None = None
    reasoning_effort: Effort | None = None
    timeout: float | Timeout | None = None
    max_retries: int | None = Field(default=None, ge=0)
    streaming: bool = False
    on_invalid_tool_call: Literal["raise", "return"] = "raise"
    unillm_tags: dict[str, str] = Field(default_factory=dict)
    model_kwargs: dict[str, Any] = Field(default_factory=dict, repr=False)

    _own: Clients = PrivateAttr(default_factory=Clients)
    _once: str = PrivateAttr(default_factory=clock.unique)

    @field_validator("model_kwargs")
    @classmethod
    def _read_back(cls, options: dict[str, Any]) -> dict[str, Any]:
        return read_back(options)

    @model_validator(mode="after")
    def _look(self) -> Self:
        """Refuse what does not go together."""
        if self._provider() is not None and (self.client or self.async_client):
            raise InvalidRequestError(
                "a client has its own keys and addresses: give api_key and base_url without one"
            )
        twice = sorted({*_SETTINGS, "tools"} & self.model_kwargs.keys())
        if twice:
            raise InvalidRequestError(f"{', '.join(twice)}: not in model_kwargs, but by its name")
        return self

    @classmethod
    @override
    def is_lc_serializable(cls) -> bool:
        """Tell LangChain that it can be written down: what it is, not its clients."""
        return True

    @property
    @override
    def lc_secrets(self) -> dict[str, str]:
        """Return where a key is read from instead of being written down."""
        if self.api_key is None:
            return {}
        name, _, _ = (self.model or "").partition(":")
        known = profile_named(name).api_key_env if name in names() else None
        return {"api_key": known or f"{name.upper()}_API_KEY"}

    @property
    @override
    def lc_attributes(self) -> dict[str, Any]:
        """Return what is written down other than as it stands."""
        kept = {name: written(value) for name, value in _open(self.model_kwargs).items()}
        found = {"model_kwargs": kept} if self.model_kwargs else {}
        return {**found, "timeout": written(self.timeout)} if self.timeout else found

    @property
    @override
    def _identifying_params(self) -> Mapping[str, Any]:
        named = {name: getattr(self, name) for name in _SETTINGS}
        return {
            k: v for k, v in {**_open(self.model_kwargs), **named}.items() if v not in (None, {})
        }

    @override
    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        return super()._get_invocation_params(stop, **_open(kwargs))

    @override
    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Return what LangChain's cache knows the model and a call by; no key is in it."""
        clients = [one for one in (self.client, self.async_client) if one is not None]
        hidden = {name: kwargs[name] for name in sorted(_SECRET & kwargs.keys())}
        with translated():
            told = clients or [self._own.asynchronous(self._provider())]
        what = digest(told, [self.model_kwargs, hidden], self._once)
        return f"{super()._get_llm_string(stop, **_open(kwargs))}---{what}"

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model)

    @override
    def get_num_tokens(self, text: str) -> int:
        """Estimate how many tokens a text is as a prompt, without asking anyone."""
        return self._counted([UserMessage(text)])

    @override
    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[ToolLike] | None = None
    ) -> int:
        """Estimate how many tokens a conversation is, with its tools, without asking anyone.

        Raises:
            InvalidRequestError: A message, or something in it, cannot be sent.
        """
        with translated():
            given = tools_in(tools or (), strict=None)
            return self._counted(messages_in(messages), given)

    def _counted(self, messages: list[Message], tools: Sequence[dict[str, Any]] = ()) -> int:
        client = self._async_client() or self._sync_client()
        return client.count_tokens(messages, model=self.model, tools=tools or None).tokens

    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, call: Mapping[str, Any]
    ) -> Asked:
        """Return a call.

        Raises:
            InvalidRequestError: Something in it cannot be sent.
        """
        own = {**self.model_kwargs, **{name: getattr(self, name) for name in _SETTINGS}}
        options, wanted = options_in(own, call, stop)
        thread: object = ensure_config().get("configurable", {}).get("thread_id")
        if thread is not None:
            options.setdefault("session", str(thread))
        return Asked(messages_in(messages), options, wanted)

    def _provider(self) -> Provider | None:
        key = None if self.api_key is None else self.api_key.get_secret_value()
        return provider_of(self.model, key, self.base_url)

    def _sync_client(self) -> Client:
        """Return what sync calls are made with.

        Raises:
            InvalidRequestError: There is an async client only.
        """
        if isinstance(self.client, Client):
            return self.client
        if self.client is None and self.async_client is None:
            return self._own.sync(self._provider())
        raise InvalidRequestError(
            "ChatUnillm has an AsyncClient only: use ainvoke and astream, or give it "
            "client=unillm.Client(…) as well"
        )

    def _async_client(self) -> AsyncClient | None:
        """Return what async calls are made with; None: the sync client, in threads."""
        if self.async_client is not None:
            return self.async_client
        if isinstance(self.client, AsyncClient):
            return self.client
        return self._own.asynchronous(self._provider()) if self.client is None else None


def _open(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without those that may hold a key."""
    return {name: value for name, value in settings.items() if name not in _SECRET}

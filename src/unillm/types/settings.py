"""The settings of a request, under OpenAI's names, and what each may be."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, get_args

from unillm.errors import InvalidRequestError
from unillm.types.json import JsonObject, is_list, is_mapping

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""How hard a reasoning model should think."""

EFFORTS: tuple[Effort, ...] = get_args(Effort)
"""The same, least first."""


class ChatSettings(TypedDict, total=False):
    """Settings of one call, under OpenAI's names. What a provider does not take is noted.

    Attributes:
        temperature: How much chance there is in the choice of tokens, mostly from 0 to 2.
        top_p: Choose among the likeliest tokens that make up this share, from 0 to 1.
        max_tokens: The most tokens to generate, reasoning included, whatever the provider calls it.
        stop: A text, or some, before which to stop. Where a host does not take it, unillm cuts
            the text there itself.
        seed: A number for answers that can be repeated, as far as the provider keeps to it.
        frequency_penalty: How much to avoid frequent tokens, from -2 to 2.
        presence_penalty: How much to avoid tokens that were there, from -2 to 2.
        logit_bias: What to add to the logits of tokens, by the id of the token.
        logprobs: Whether to return log probabilities.
        top_logprobs: For how many alternatives of each token.
        tool_choice: ``auto``, ``none``, ``required``, a tool's name, or OpenAI's object for one.
        parallel_tool_calls: Whether one answer may call several tools.
        response_format: OpenAI's object, for example ``{"type": "json_object"}``.
        reasoning_effort: How hard to think.
        reasoning_summary: How long a summary of the thinking to give, where a provider shows no
            more of it: OpenAI, over the Responses API.
        verbosity: How long to answer.
        service_tier: Which tier to be served by.
        prompt_cache_key: What requests that share a prompt have in common.
        safety_identifier: A stable id of your user that names nobody.
        user: The same under its older name.
        metadata: Labels the provider keeps.
        store: Whether the provider keeps the answer.
        extra_body: Fields of the provider's own, merged into the body last, over everything else;
            over the Responses API, ``reasoning`` and ``text`` field by field.
        extra_headers: Added to the HTTP headers.
        extra_query: Added to the query of the URL.
        tags: Your own labels; they reach observers, never the provider.
        session: Your own id of the conversation; it reaches observers, never the provider.
    """

    temperature: float
    top_p: float
    max_tokens: int
    stop: str | Sequence[str]
    seed: int
    frequency_penalty: float
    presence_penalty: float
    logit_bias: Mapping[str, float]
    logprobs: bool
    top_logprobs: int
    tool_choice: str | JsonObject
    parallel_tool_calls: bool
    response_format: JsonObject
    reasoning_effort: Effort
    reasoning_summary: Literal["auto", "concise", "detailed"]
    verbosity: Literal["low", "medium", "high"]
    service_tier: str
    prompt_cache_key: str
    safety_identifier: str
    user: str
    metadata: Mapping[str, str]
    store: bool
    extra_body: JsonObject
    extra_headers: Mapping[str, str]
    extra_query: Mapping[str, str]
    tags: Mapping[str, str]
    session: str


_NUMBER = ((int, float), "a number")
_INTEGER = ((int,), "a whole number")
_TEXT = ((str,), "a string")
_FLAG = ((bool,), "True or False")
_OBJECT = ((Mapping,), "a dict")
_EXPECTED: dict[str, tuple[tuple[type, ...], str]] = {
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "max_tokens": _INTEGER,
    "stop": ((str, list, tuple), "a string or a list of strings"),
    "seed": _INTEGER,
    "frequency_penalty": _NUMBER,
    "presence_penalty": _NUMBER,
    "logit_bias": _OBJECT,
    "logprobs": _FLAG,
    "top_logprobs": _INTEGER,
    "tool_choice": ((str, Mapping), "'auto', 'none', 'required', a tool's name or a dict"),
    "parallel_tool_calls": _FLAG,
    "response_format": ((Mapping,), "a dict such as {'type': 'json_object'}"),
    "reasoning_effort": _TEXT,
    "reasoning_summary": _TEXT,
    "verbosity": _TEXT,
    "service_tier": _TEXT,
    "prompt_cache_key": _TEXT,
    "safety_identifier": _TEXT,
    "user": _TEXT,
    "metadata": _OBJECT,
    "store": _FLAG,
    "extra_body": _OBJECT,
    "extra_headers": _OBJECT,
    "extra_query": _OBJECT,
    "tags": _OBJECT,
    "session": _TEXT,
}
_ALIASES = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "stream": "client.stream(…)",
    "tools": "tools=… of client.chat, client.stream or client.run",
    "output": "output=… of client.parse, client.stream or client.run",
    "response_model": "client.parse(…, output=…)",
    "output_type": "output=… of client.parse, client.stream or client.run",
    "result_type": "output=… of client.parse, client.stream or client.run",
    "text_format": "client.parse(…, output=…)",
    "response_schema": "client.parse(…, output=…)",
    "retries": "retry=unillm.RetryPolicy(max_attempts=…), or retries=… beside output=…",
    **dict.fromkeys(
        ("max_turns", "max_iterations", "max_steps", "recursion_limit"),
        "max_turns=… of client.run",
    ),
    **{
        name: f"{name}=… of client.run"
        for name in ("approve", "on_tool_error", "parallel", "tool_timeout")
    },
    **dict.fromkeys(
        ("concurrency", "n_jobs", "max_workers", "max_concurrency", "batch_size"),
        "concurrency=… of client.map",
    ),
    **{name: f"{name}=… of client.map" for name in ("batch", "checkpoint", "progress")},
    **dict.fromkeys(
        ("max_budget", "max_cost", "usage_limits", "cost_limit"),
        "budget=unillm.Budget(…)",
    ),
    "task": "`with unillm.task(…)` around the call",
    "price": "prices=unillm.pricing.PriceBook.default().with_(unillm.Price(…))",
    "max_output": "max_tokens",
    "message_history": "messages: put the earlier ones before the new one",
    "callbacks": "observers",
    "azure_endpoint": "providers=[unillm.Provider('azure', base_url=…)]",
    "api_version": "providers=[unillm.Provider('azure', base_url=…, api_version=…)]",
    "stream_options": "client.stream(…), which always asks for usage",
    "functions": "tools",
    "function_call": "tool_choice",
    "effort": "reasoning_effort",
    "max_retries": "retry=unillm.RetryPolicy(max_attempts=…)",
    "api_key": "providers=[unillm.Provider(…, api_key=…)]",
    "base_url": "providers=[unillm.Provider(…, base_url=…)]",
    **dict.fromkeys(("provider", "providers"), "a new unillm.Client(providers=[…])"),
    "http_client": "a new unillm.Client(http_client=…)",
    "transport": "a new unillm.Client(transport=…)",
    "proxy": "http_client=httpx.Client(proxy=…) for a new unillm.Client",
    "proxies": "http_client=httpx.Client(proxy=…) for a new unillm.Client",
    "verify": "http_client=httpx.Client(verify=…) for a new unillm.Client",
    "cert": "http_client=httpx.Client(verify=…) for a new unillm.Client",
    "http2": "http_client=httpx.Client(http2=True) for a new unillm.Client",
    "headers": "extra_headers",
    "api": "providers=[unillm.Provider(…, api=…)]",
    "instructions": "system",
    "input": "messages",
    "reasoning": "reasoning_effort, or extra_body={'reasoning': …}",
    "text": "response_format and verbosity",
    "default_headers": "extra_headers",
    "thinking": "reasoning_effort, or extra_body={'thinking': …}",
}
_TEXTS = frozenset({"extra_headers", "extra_query", "tags"})
"""Settings that map strings to strings."""
_WORDS: dict[str, tuple[str, ...]] = {
    "verbosity": ("low", "medium", "high"),
    "reasoning_summary": ("auto", "concise", "detailed"),
}
"""openai 3.57.0, types/chat/completion_create_params.py (read 2026-11-28) and
types/shared/reasoning.py (read 2026-11-29)."""
_OTHERS = {"top_k", "min_p", "typical_p", "repetition_penalty", "guided_json"}
"""Fields that hosts have and OpenAI has not: none of ours is meant."""
_OPTIONS = (
    *("model", "system", "tools", "timeout", "retry", "repair", "rewrite", "observers"),
    *("keep_raw", "on_invalid_tool_call", "prefix", "prices", "telemetry", "ledger", "budget"),
    *("routes", "remember_reasoning", "on_midstream_error"),
)
"""Other names that a call or a client takes."""


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are set, or refuse the first that cannot be meant.

    A setting that is None counts as not set.

    Raises:
        InvalidRequestError: A name is unknown, a value has the wrong type, or ``n`` is not 1.
    """
    known: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "n":
            _refuse_many(value)
        elif name not in _EXPECTED:
            raise InvalidRequestError(_unknown(name))
        elif value is not None:
            _check_type(name, value)
            known[name] = _copied(value)
    body: Mapping[str, Any] = known.get("extra_body", {})
    _refuse_many(body.get("n"))
    return known


def _refuse_many(n: Any) -> None:
    if n is not None and n != 1:
        message = f"n={n!r} is not supported: one call gives one answer. Make the call {n!r} times."
        raise InvalidRequestError(message)


def _check_texts(name: str, texts: Mapping[Any, Any]) -> None:
    for key, text in texts.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise InvalidRequestError(f"{name} must map strings to strings: look at {key!r}")


def _copied(value: Any) -> Any:
    """Return a caller's dict or list as one of our own, which later changes do not reach."""
    if is_mapping(value):
        return dict(value)
    return list(value) if is_list(value) else value


def _check_type(name: str, value: Any) -> None:
    types, expected = _EXPECTED[name]
    if name == "response_format":
        _check_format(value)
    wrong_flag = isinstance(value, bool) and bool not in types
    if wrong_flag or not isinstance(value, types):
        kind = type(value).__name__
        raise InvalidRequestError(f"{name} must be {expected}, not {kind}")
    if name == "stop":
        _check_stops(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidRequestError(f"{name} must be a finite number, not {value}")
    _check_value(name, value)


def _check_value(name: str, value: Any) -> None:
    """Look at a value that is of the right type."""
    if name == "max_tokens" and value < 1:
        raise InvalidRequestError(f"max_tokens must be at least 1, not {value}; leave it out")
    if name == "reasoning_effort" and value not in EFFORTS:
        known = ", ".join(EFFORTS)
        message = f"reasoning_effort must be one of {known}, not {value!r}. A word or a number of"
        raise InvalidRequestError(f"{message} the provider's own goes into extra_body.")
    if name in _WORDS and value not in _WORDS[name]:
        known = ", ".join(_WORDS[name])
        raise InvalidRequestError(f"{name} must be one of {known}, not {value!r}")
    if name in _TEXTS and is_mapping(value):
        _check_texts(name, value)


def _check_stops(value: Any) -> None:
    """Refuse what is no text, and the empty one, which stands everywhere."""
    stops: Sequence[Any] = [value] if isinstance(value, str) else value
    for stop in stops:
        if not isinstance(stop, str) or not stop:
            raise InvalidRequestError(f"stop must be of texts that are not empty: look at {stop!r}")


def _check_format(value: Any) -> None:
    """Refuse a model class where its schema is meant, and a schema in the wrong place."""
    name, schema = "…", "…"
    if inspect.isclass(value):
        name, schema = value.__name__, f"{value.__name__}.model_json_schema()"
        message = f"response_format is the class {name}; write"
    elif is_mapping(value) and value.get("type") == "json_schema":
        inner: Any = value.get("json_schema")
        if is_mapping(inner) and is_mapping(inner.get("schema")):
            return
        message = "response_format with type json_schema must be"
    else:
        return
    inside = f"{{'name': {name!r}, 'schema': {schema}}}"
    raise InvalidRequestError(f"{message} {{'type': 'json_schema', 'json_schema': {inside}}}")


def _unknown(name: str) -> str:
    if name in _ALIASES:
        return f"unknown setting {name!r}: did you mean {_ALIASES[name]}?"
    from difflib import get_close_matches

    close = [] if name in _OTHERS else get_close_matches(name, (*_EXPECTED, *_OPTIONS), n=1)
    hint = f": did you mean {close[0]}?" if close else "."
    return (
        f"unknown setting {name!r}{hint} "
        f"A field of the provider's own goes into extra_body={{{name!r}: …}}."
    )

"""Lists of the models that a provider serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm._wire.endpoints.answered import text, whole
from unillm.catalog.lookup import find
from unillm.errors import MalformedResponseError
from unillm.types.endpoints import ServedModel
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.target import Target

_CONTEXT = (
    ("context_length",),
    ("max_model_len",),
    ("context_window",),
    ("max_context_length",),
    ("meta", "n_ctx"),
    ("meta", "n_ctx_train"),
)
"""Where hosts say how many tokens fit: OpenRouter (https://openrouter.ai/docs/api/reference) and
Together say ``context_length``, vLLM and SGLang ``max_model_len``, llama.cpp ``meta.n_ctx_train``;
the others are names seen at hosts of the kind. Read 2026-11-28."""


def models_in(data: Any, target: Target) -> tuple[ServedModel, ...]:
    """Return the models that a list names.

    It is a list, or an object with one in ``data``, as OpenAI has it, or in ``models``. An entry
    that names no model is left out.

    Raises:
        MalformedResponseError: It is no such list, or not one of its entries names a model.
    """
    entries = next((held for held in _held(data) if is_list(held)), None)
    if entries is None:
        raise MalformedResponseError("the answer is no list of models")
    ids = {served: own for own, served in target.profile.ids.items()}
    listed = tuple(_model(entry, target.provider, ids) for entry in entries)
    known = tuple(model for model in listed if model is not None)
    if entries and not known:
        raise MalformedResponseError("not one entry of the list of models names a model")
    return known


def _held(data: Any) -> Iterator[Any]:
    yield data
    if is_object(data):
        yield data.get("data")
        yield data.get("models")


def _model(entry: Any, provider: str, ids: dict[str, str]) -> ServedModel | None:
    fields: JsonObject = entry if is_object(entry) else {"id": entry}
    name = text(fields.get("id")) or text(fields.get("name")) or text(fields.get("model"))
    if name is None:
        return None
    return ServedModel(
        provider=provider,
        id=name,
        created=whole(fields.get("created")),
        owned_by=text(fields.get("owned_by")) or text(fields.get("organization")),
        context=next((found for path in _CONTEXT if (found := _at(path, fields))), None),
        info=find(ids.get(name, name)),
        raw=fields,
    )


def _at(path: tuple[str, ...], value: Any) -> int | None:
    for name in path:
        value = value.get(name) if is_object(value) else None
    return whole(value)

"""The LM of DSPy's that asks unillm."""

from __future__ import annotations

from typing import Any

import dspy

import unillm
from unillm import catalog
from unillm.integrations.dspy.costs import priced
from unillm.integrations.dspy.engines import PREFIX, AsyncUnillmEngine, UnillmEngine, named
from unillm.types.json import JsonObject

_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
_STRICT: JsonObject = {"name": "probe", "schema": _SCHEMA, "strict": True}
_PARAMS = frozenset(
    (
        *("temperature", "top_p", "max_tokens", "stop", "seed", "stream", "response_format"),
        *("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"),
        *("user", "service_tier", "store", "verbosity", "metadata"),
    )
)
"""Settings that no model lacks in the end: what a host does not take is left out and noted."""


class UnillmLM(dspy.LM):
    """Be a ``dspy.LM`` that knows what its model can do, and what each answer cost.

    `lm` makes one. ``history[-1]["cost"]`` is in US dollars, a float as everywhere in DSPy, and
    None where it is not known exactly or as an estimate; ``history[-1]["cost_details"]`` says why.
    """

    model: str

    @property
    def supports_function_calling(self) -> bool:
        """Tell whether functions may be put before the model."""
        return self._takes(tools=[unillm.Tool("probe")])

    @property
    def supports_response_schema(self) -> bool:
        """Tell whether the model's host holds answers to a JSON schema."""
        return self._takes(response_format={"type": "json_schema", "json_schema": _STRICT})

    @property
    def supports_reasoning(self) -> bool:
        """Tell whether the model thinks, and shows it: open models do, others a summary at most."""
        targets = [one.target or "" for one in self._explained()]
        known = [catalog.find(target.partition(":")[2]) for target in targets]
        return bool(known) and all(info and info.efforts and info.open_weights for info in known)

    @property
    def supported_params(self) -> set[str]:
        """Return the names of the settings that may be given."""
        calling = {"tools", "tool_choice", "parallel_tool_calls"}
        thinking = {"reasoning_effort"}
        found = set(_PARAMS)
        found |= calling if self.supports_function_calling else set()
        return found | (thinking if self.supports_reasoning else set())

    def update_history(self, entry: dict[str, Any]) -> None:
        """Keep a call, with what its answer cost."""
        parent: Any = super()  # it has no types
        parent.update_history(priced(entry))

    def _explained(self, **options: Any) -> list[unillm.ExplainedTarget]:
        engine = self.engine
        if not isinstance(engine, UnillmEngine):
            return []
        try:
            told = engine.client.explain("Answer in JSON.", model=named(self.model), **options)
        except unillm.UnillmError:
            return []
        return [one for one in told if one.place is not None]

    def _takes(self, **options: Any) -> bool:
        return bool(self._explained(**options))


def lm(
    model: str,
    client: unillm.Client | None = None,
    async_client: unillm.AsyncClient | None = None,
    **settings: Any,
) -> UnillmLM:
    """Make an LM for ``dspy.configure(lm=…)``, whose calls unillm makes.

    It never tries again by itself: retries, fallbacks, time limits and budgets are the client's.

    Args:
        model: ``provider:model``, the bare id of a model its vendor serves, or a route.
        client: Who asks. Without both clients, each is made of the environment.
        async_client: Who asks what is awaited. Without it, where there is a client, nothing can be.
        settings: Those of ``dspy.LM``: ``temperature``, ``max_tokens``, ``reasoning_effort``,
            ``cache``, ``callbacks`` and so on.

    Raises:
        InvalidRequestError: There is an async client alone: what is not awaited would be asked by
            a client with other settings.
    """
    if client is None and async_client is not None:
        raise unillm.InvalidRequestError(
            "lm() was given an async_client alone. Give it a client too, made the same way: DSPy "
            "asks that whatever it does not await"
        )
    own = client is None
    engine = UnillmEngine(client)
    twin = AsyncUnillmEngine(async_client) if own or async_client is not None else None
    given: JsonObject = {"num_retries": 0, **settings}
    return UnillmLM(_full(model), engine=engine, async_engine=twin, **given)


def _full(model: str) -> str:
    """Return a model's name for DSPy, its vendor's included.

    DSPy has rules of its own for bare ids of OpenAI's, which are for its own engines.
    """
    name = named(model)
    vendor = catalog.vendor_of(name)
    return f"{PREFIX}{name}" if vendor is None else f"{PREFIX}{vendor}:{name}"

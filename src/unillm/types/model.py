"""What is known of a model, wherever it is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Any, Literal, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.facts import Api, Fact, Limit
from unillm.types.json import JsonRoundTrip
from unillm.types.settings import Effort

Modality: TypeAlias = Literal["text", "image", "file", "audio", "video"]
"""What a model reads or writes."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ModelInfo(JsonRoundTrip):
    """One model of the catalog.

    Attributes:
        id: Its id at its vendor's own API, or of its weights where that serves it no more.
        vendor: The provider whose own model it is, for example ``openai``.
        aliases: Other ids its vendor has for it: dated snapshots, and names that move on.
        legacy: Ids of older models that its vendor still takes, and answers with this one.
        hosted: Names under which others serve its weights, in small letters; with a path where
            the last part alone means another model.
        context: Tokens that prompt and answer may have together; None: not known.
        max_output: Tokens of the longest answer, reasoning included; None: not known.
        max_input: Tokens of the longest prompt, where it is less than ``context``.
        input: What it reads.
        output: What it writes.
        efforts: The reasoning efforts it knows, least first; empty: none is known.
        default_effort: The effort it makes when none is asked for; ``none``: it does not reason
            then; None: not known.
        apis: The interfaces its vendor serves it on; empty: only others serve it.
        tools: Whether it calls functions.
        json_schema: Whether its vendor's API holds answers to a JSON schema.
        limits: What its vendor's API does not take with this model.
        concurrency: How many calls at once its vendor's API takes of one account; None: it does
            not limit that, or it is not known.
        template_efforts: For each effort, the fields of the body by which a server that renders
            the model's own template (vLLM, SGLang, llama.cpp) is told of it.
        licence: Of its weights (SPDX where there is one); None: not public.
        open_weights: Whether its weights can be had; None: not known.
        released: The day it came out.
        retired: The day it was or will be switched off.
        successor: The id to use instead of it.
        facts: For what is said above, why and who says so; ``*`` is for all without one of its own.
    """

    id: str
    vendor: str
    aliases: tuple[str, ...] = ()
    legacy: tuple[str, ...] = ()
    hosted: tuple[str, ...] = ()
    context: int | None = None
    max_output: int | None = None
    max_input: int | None = None
    input: frozenset[Modality] = frozenset({"text"})
    output: frozenset[Modality] = frozenset({"text"})
    efforts: tuple[Effort, ...] = ()
    default_effort: Effort | None = None
    apis: tuple[Api, ...] = ("chat",)
    tools: bool = True
    json_schema: bool = True
    limits: tuple[Limit, ...] = ()
    concurrency: int | None = None
    template_efforts: Mapping[Effort, Mapping[str, Any]] = field(
        default_factory=dict[Effort, Mapping[str, Any]]
    )
    licence: str | None = None
    open_weights: bool | None = None
    released: date | None = None
    retired: date | None = None
    successor: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])

    @property
    def unasked_effort(self) -> Effort | None:
        """Return the effort it makes when none is asked for, as far as that can be told.

        That is its default; where that is not known, the least of the efforts of a model that
        cannot stop reasoning.
        """
        if self.default_effort is not None or "none" in self.efforts:
            return self.default_effort
        return self.efforts[0] if self.efforts else None

    def __repr__(self) -> str:
        """Show what one chooses a model by."""
        shown = [repr(self.id), f"vendor={self.vendor!r}"]
        if self.context is not None:
            shown.append(f"context={self.context:_}")
        if self.efforts:
            shown.append(f"efforts={'/'.join(self.efforts)}")
        shown.append(f"apis={'/'.join(self.apis) or None}")
        if self.retired is not None:
            shown.append(f"retired={self.retired}")
        return f"ModelInfo({', '.join(shown)})"


class RetiredModelWarning(UserWarning):
    """Warns of a model that its vendor has renamed, switched off, or will within 60 days.

    It names the day and what to ask for instead, once a process and model; every answer says the
    same in ``notes`` (``retired_model``, ``renamed_model``). Silence it with
    ``warnings.simplefilter("ignore", unillm.RetiredModelWarning)``.
    """

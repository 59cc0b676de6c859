"""What is known of providers and models, who says so, and what they do not take."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal, TypeAlias

from unillm.types.dataclass import dataclass

Api: TypeAlias = Literal["chat", "responses"]
"""Which of OpenAI's two interfaces: Chat Completions, or the Responses API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Why something differs from OpenAI's behaviour, and who says so.

    Attributes:
        reason: What happens otherwise.
        source: The page, specification or issue that says so.
        checked: The day it was read, ``YYYY-MM-DD``; empty where a caller declares it.
        verified: Whether it was seen, or said by the vendor; else the doubt is in ``reason``.
    """

    reason: str
    source: str
    checked: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """Something a provider or a model does not take.

    Attributes:
        feature: A setting (``seed``), a kind of it (``response_format=json_schema``), or another
            feature: ``tools``, ``strict_tools``, ``hosted_tools``, ``image``, ``file``, ``audio``,
            ``video``, the same in the result of a tool (``tool_image``), ``file_url`` (a file that
            is told by its URL), ``prefix``, ``json_word`` (JSON mode with no "json" in the prompt),
            ``system_image`` (in a system message), ``max_tokens_below_16``,
            ``logprobs=streamed_tools`` (of a stream that may call tools; ``top_logprobs`` too),
            ``response_format=beside_tools`` (JSON, of an answer that may be calls instead),
            and what only one of OpenAI's interfaces has: ``responses_fields`` and ``chat_fields``
            of ``extra_body``, ``responses_parts`` of the content.
            Only a setting can be dropped, and only ``stop`` done here.
        then: ``drop``: it is left out and noted. ``refuse``: the call is, before it is sent.
            ``here``: it is left out, noted, and done to the answer by unillm, so that it means
            the same as where it is taken.
        fact: What would happen otherwise, and who says so.
        remedy: What to do instead, a sentence, where the call is refused.
        when: Whether it holds always, only while the model reasons, or only while it does not.
        api: On which interface it holds; None: on all.
        rewrite: Whether the caller may ask for it to be rewritten instead, noted, by naming the
            setting in ``rewrite=``.
    """

    feature: str
    _: KW_ONLY
    then: Literal["drop", "refuse", "here"]
    fact: Fact
    remedy: str = ""
    when: Literal["always", "reasoning", "plain"] = "always"
    api: Api | None = None
    rewrite: bool = False


def limits(
    *features: str,
    then: Literal["drop", "refuse", "here"],
    fact: Fact,
    remedy: str = "",
    when: Literal["always", "reasoning", "plain"] = "always",
    api: Api | None = None,
) -> tuple[Limit, ...]:
    """Return the same limit for each of some features."""
    return tuple(
        Limit(feature, then=then, fact=fact, remedy=remedy, when=when, api=api)
        for feature in features
    )

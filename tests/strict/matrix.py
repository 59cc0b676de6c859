"""One request to one model, through a strict fake of its host: taken, or refused by us before."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import unillm
from tests.oracle import require_openai
from tests.strict.cases import Case
from unillm.providers import profile_named
from unillm.testing import FakeTransport
from unillm.testing.rules import Rules

ONCE = unillm.RetryPolicy(max_attempts=1)
OURS = {"tools", "rewrite"}
"""Options that need not be found under their name on the wire."""
WRITTEN = {
    "max_tokens": {"max_completion_tokens", "max_output_tokens"},
    "reasoning_effort": {"reasoning", "thinking", "chat_template_kwargs"},
    "response_format": {"text"},
    "verbosity": {"text"},
    "logprobs": {"include"},
}
"""Under which other fields a setting may go."""


class Host:
    """A client for one provider, and the strict fake that answers it."""

    def __init__(self, name: str, rules: str | Rules) -> None:
        self.fake = FakeTransport(rules=rules)
        somewhere = None if profile_named(name).base_url else "https://host.example/v1"
        provider = unillm.Provider(name, base_url=somewhere, api_key="k")
        self.client = unillm.Client(providers=[provider], transport=self.fake, retry=ONCE)
        self.name = name

    def tried(self, model: str, case: Case, effort: str | None, *, stream: bool) -> str | None:
        """Make one call; return what is wrong with what came of it, or None."""
        self.fake.clear()
        options = dict(case.options)
        if effort is not None:
            options["reasoning_effort"] = effort
        call = {"model": f"{self.name}:{model}", "on_invalid_tool_call": "return", **options}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", unillm.RetiredModelWarning)
                response = self._answer(case.messages, call, stream=stream)
        except unillm.InvalidRequestError as error:
            return self._refusal(error)
        except unillm.UnillmError as error:
            return f"{type(error).__name__}: {error}"
        return self._sent(response, options)

    def _answer(self, messages: Any, call: dict[str, Any], *, stream: bool) -> unillm.ChatResponse:
        if not stream:
            return self.client.chat(messages, **call)
        with self.client.stream(messages, **call) as answer:
            for _ in answer:
                pass
        return answer.response

    def _refusal(self, error: unillm.InvalidRequestError) -> str | None:
        if self.fake.requests:
            return f"refused after it was sent: {error}"
        sentences = error.message.split(". ")
        if len(sentences) < 2 or not error.message.endswith("."):
            return f"refused without a remedy: {error}"
        return None

    def _sent(self, response: unillm.ChatResponse, options: dict[str, Any]) -> str | None:
        (seen,) = self.fake.requests
        if seen.ignored:
            return f"the host ignores {', '.join(seen.ignored)}"
        if self.name == "openai":
            require_openai(seen.json, response.api)
        noted = " ".join(note.message for note in response.notes)
        for name in options.keys() - OURS:
            if name == "reasoning_effort" and options[name] == "none":
                continue  # a model that does not reason need not be told so
            if not ({name} | WRITTEN.get(name, set())) & seen.json.keys() and name not in noted:
                return f"{name} is neither sent nor noted"
        if ("/responses" in seen.path) != (response.api == "responses"):
            return f"the response says {response.api}, and {seen.path} was asked"
        return None


def wrong(
    host: Host,
    model: str,
    cases: Iterable[Case],
    efforts: Iterable[str | None],
    streams: Iterable[bool],
) -> Iterator[str]:
    """Yield what is wrong, over all cases and efforts, streamed and not."""
    given: Iterable[tuple[Case, str | None, bool]] = product(cases, efforts, streams)
    for case, effort, stream in given:
        found = host.tried(model, case, effort, stream=stream)
        if found is not None:
            seen = host.fake.requests
            body = json.dumps(seen[-1].json)[:600] if seen else ""
            yield f"{model} {case.name} {effort} {stream=}: {found}\n    {body}"

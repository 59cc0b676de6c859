"""LangChain's standard suites, whole, against a fake as strict as OpenAI and one as DeepSeek."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from PIL import Image

import unillm
from tests.frameworks.langchain.left_out import NOT_RUN
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import Answer, FakeProvider

JOKE = {"setup": "Why?", "punchline": "Because."}


def call(tool: str, **arguments: Any) -> Answer:
    return Answer(tool_calls=[{"name": tool, "arguments": arguments}])


QUEUED: dict[str, list[Answer]] = {
    "test_json_mode": [Answer(json.dumps(JOKE))] * 4,
    "test_tool_calling": [call("magic_function", input=3)] * 2,
    "test_tool_calling_async": [call("magic_function", input=3)] * 2,
    "test_tool_calling_with_no_arguments": [call("magic_function_no_args")] * 2,
    "test_unicode_tool_call_integration": [
        call("unicode_customer", customer_name=name, description="A company.")
        for name in ("你好啊集团", "こんにちは株式会社")
    ],
}
"""What a model would make of the words of a test, which the fake does not read."""

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


class TestUnit(ChatModelUnitTests):
    """What needs no model: construction, binding, serialisation."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatUnillm

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "deepseek:deepseek-v4-pro"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        # Keys are read by the client, when it sends: a model has none but what it was given.
        # A serialised model names the variable that its key is read from.
        environment = {"LC_OUTPUT_VERSION": "v1", "DEEPSEEK_API_KEY": "test"}
        return environment, self.chat_model_params, {"output_version": "v1"}


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(written, "PNG")
    return written.getvalue()


FILES = {"png": picture(), "pdf": b"%PDF-1.4\n%%EOF\n", "wav": b"RIFF\x24\x00\x00\x00WAVEfmt "}
"""What stands in for the files that the suites fetch from the internet."""


def media(kind: str, ending: str) -> dict[str, Any]:
    data = base64.b64encode(FILES[ending]).decode()
    name = "file" if kind == "application" else kind
    return {"type": name, "base64": data, "mime_type": f"{kind}/{ending}"}


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "unillm")

    def get(url: str, **_: Any) -> httpx.Response:
        return httpx.Response(200, content=FILES[url.rpartition(".")[2]])

    monkeypatch.setattr("langchain_tests.integration_tests.chat_models.httpx.get", get)


class Integration(ChatModelIntegrationTests):
    """What is the same of both hosts. Nothing is said to be unsupported that the host has."""

    provider: str
    named: str

    @pytest.fixture(autouse=True)
    def host(self, request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
        with FakeProvider(rules=self.provider) as fake:
            self.fake = fake
            one = unillm.Provider(self.provider, base_url=fake.base_url, api_key="test")
            with unillm.Client(providers=[one]) as client:
                self.client = client
                self.async_client = unillm.AsyncClient(providers=[one])
                name = request.node.name.partition("[")[0]
                fake.enqueue(*QUEUED.get(name, ()))
                yield fake

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatUnillm

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "model": f"{self.provider}:{self.named}",
            "client": self.client,
            "async_client": self.async_client,
        }

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def supported_usage_metadata_details(self) -> dict[Any, Any]:
        details = ["reasoning_output", "cache_read_input"]
        return {"invoke": details, "stream": details}

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        self.fake.enqueue(Answer("Yes.", reasoning="Well.", usage=USAGE))
        model = self.chat_model_class(**self.chat_model_params)
        if not stream:
            return model.invoke("Think.")
        chunks = list(model.stream("Think."))
        return sum(chunks[1:], start=chunks[0])

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return self.invoke_with_reasoning_output(stream=stream)


class TestOpenAI(Integration):
    """OpenAI, which takes everything that the suites send."""

    provider, named = "openai", "gpt-5.5"

    @property
    def model_override_value(self) -> str:
        return "gpt-5.4-mini"

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_pdf_inputs(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_pdf_tool_message(self) -> bool:
        return True


class TestDeepSeek(Integration):
    """DeepSeek while it thinks: it reads text alone, and cannot be made to call."""

    provider, named = "deepseek", "deepseek-v4-pro"

    @property
    def chat_model_params(self) -> dict[str, Any]:
        # A call that is demanded becomes one that the model may choose to make, noted.
        return {**super().chat_model_params, "model_kwargs": {"rewrite": ["tool_choice"]}}

    @property
    def model_override_value(self) -> str:
        return "deepseek-flash"


def test_what_is_not_run_is_still_in_the_suites() -> None:
    suites = (TestUnit, TestOpenAI, TestDeepSeek)
    names = {f"{suite.__name__}::{name}" for suite in suites for name in dir(suite)}
    assert set(NOT_RUN) <= names


@pytest.mark.parametrize(
    "block",
    [
        media("image", "png"),
        media("application", "pdf"),
        media("audio", "wav"),
    ],
    ids=lambda block: block["type"],
)
def test_what_deepseek_does_not_read_is_refused_before_it_is_sent(client, fake, block) -> None:
    model = ChatUnillm(model="deepseek:deepseek-v4-pro", client=client)
    with pytest.raises(unillm.UnsupportedFeatureError):
        model.invoke([HumanMessage([block])])
    called = AIMessage("", tool_calls=[{"id": "1", "name": "look", "args": {}}])
    with pytest.raises(unillm.UnsupportedFeatureError):
        model.invoke(["Look.", called, ToolMessage([block], tool_call_id="1")])
    assert fake.requests == []

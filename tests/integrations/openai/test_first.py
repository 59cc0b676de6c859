"""One call of each kind, through the package's own client."""

import openai

import unillm
from unillm.integrations.openai import openai_client
from unillm.testing import FakeProvider

MODEL = "deepseek:deepseek-v4-pro"


def test_a_client_of_openai_is_answered() -> None:
    with FakeProvider(dialect="deepseek", rules="deepseek") as fake:
        provider = unillm.Provider("deepseek", base_url=fake.base_url, api_key="test")
        with unillm.Client(providers=[provider]) as client, openai_client(client) as made:
            assert isinstance(made, openai.OpenAI)
            answer = made.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "Hello"}]
            )
            assert answer.choices[0].message.content == "You said: Hello"
            assert made.responses.create(model=MODEL, input="Hi").output_text == "You said: Hi"

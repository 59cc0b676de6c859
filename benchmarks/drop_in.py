"""What a chunk costs through openai's client before unillm: `python -m benchmarks.drop_in`.

CPU of the calling thread for each chunk, in microseconds, in one run: openai's client asking a fake
provider itself, the same client with unillm behind it, and unillm's own stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import openai

import unillm
from unillm.integrations.openai import openai_client
from unillm.testing import Answer, FakeProvider

WORDS = 2000
ROUNDS = 8


def each(stream: Iterable[Any]) -> float:
    """Read a stream and return the microseconds of CPU that each of its items took."""
    start, count = time.thread_time(), 0
    for _ in stream:
        count += 1
    return (time.thread_time() - start) / count * 1e6


def ways(fake: FakeProvider) -> dict[str, Callable[[], float]]:
    """Return each way to read an answer, by its name."""
    provider = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
    client = unillm.Client(providers=[provider])
    direct, behind = openai.OpenAI(base_url=fake.base_url, api_key="test"), openai_client(client)

    def asked(made: openai.OpenAI, model: str) -> Iterable[Any]:
        said: Any = [{"role": "user", "content": "Hi"}]
        return made.chat.completions.create(model=model, messages=said, stream=True)

    return {
        "openai alone": lambda: each(asked(direct, "gpt-5.5")),
        "openai, unillm behind it": lambda: each(asked(behind, "openai:gpt-5.5")),
        "unillm alone": lambda: each(client.stream("Hi", model="openai:gpt-5.5")),
    }


def main() -> None:
    """Measure each way in turn, and print the best of all rounds."""
    text = " ".join(f"word{number}" for number in range(WORDS))
    best: dict[str, float] = {}
    with FakeProvider() as fake:
        for _ in range(ROUNDS):
            for name, way in ways(fake).items():
                fake.enqueue(Answer(text))
                best[name] = min(best.get(name, float("inf")), way())
    usual = best["openai alone"]
    for name, cost in best.items():
        print(f"{name:<26} {cost:6.1f} µs a chunk   {cost / usual:.2f} of openai alone")


if __name__ == "__main__":
    main()

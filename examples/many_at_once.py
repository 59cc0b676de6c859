"""Ask many questions at once with the async client, and keep what fails apart."""

import asyncio

import unillm

CITIES = ["Paris", "Rome", "Vienna", "Madrid", "Oslo", "Lisbon"]


async def main() -> None:
    """Send all questions through one client; it keeps and reuses the connections."""
    async with unillm.AsyncClient(model="deepseek:deepseek-v4-pro", timeout=60) as client:
        questions = [client.chat(f"Name a river near {city}.") for city in CITIES]
        answers = await asyncio.gather(*questions, return_exceptions=True)
    for city, answer in zip(CITIES, answers, strict=True):
        if isinstance(answer, unillm.ChatResponse):
            print(f"{city}: {answer.text}")
        else:
            print(f"{city}: failed: {answer}")


if __name__ == "__main__":
    asyncio.run(main())

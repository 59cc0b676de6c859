"""Let a model call your functions until it has its answer."""

import unillm


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city, in English.
    """
    return f"Sunny in {city}, 21 degrees."


def main() -> None:
    """Ask, execute what the model calls, tell it the results, until it calls nothing."""
    functions = {"get_weather": get_weather}
    conversation: list[unillm.Message] = [unillm.UserMessage("What is the weather in Paris?")]
    with unillm.Client(model="deepseek:deepseek-v4-pro") as client:
        while True:
            r = client.chat(conversation, tools=[get_weather])
            conversation.append(r.message)
            for call in r.tool_calls:
                result = functions[call.name](**call.arguments)
                print(f"{call.name}({call.arguments}) -> {result}")
                conversation.append(unillm.ToolMessage(call.id, result))
            if not r.tool_calls:
                break
    print(r.text)


if __name__ == "__main__":
    main()

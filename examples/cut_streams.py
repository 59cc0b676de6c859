"""What a stream that breaks off looks like, and what is left of it."""

import unillm
from unillm.testing import FakeProvider


def main() -> None:
    """Let a fake provider cut an answer in its text, and then inside a tool call."""
    with FakeProvider() as fake:
        provider = unillm.Provider("fake", base_url=fake.base_url)
        client = unillm.Client(providers=[provider])
        for fault in ("cut-in-text", "cut-in-arguments"):
            try:
                with client.stream("Hello", model=f"fake:{fault}") as stream:
                    for event in stream:
                        print("  ", event)
            except unillm.IncompleteStreamError as error:
                print(f"{fault}: {error.message}")
                if error.partial:
                    print(
                        "   what came:", repr(error.partial.text), error.partial.invalid_tool_calls
                    )
        client.close()


if __name__ == "__main__":
    main()

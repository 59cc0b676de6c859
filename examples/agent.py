"""An agent that looks around in a folder: what it does is shown while it does it.

UNILLM_MODEL names another model, such as one of a llama.cpp server: ``llamacpp:any``.
"""

import os
from pathlib import Path

import unillm

ROOT = Path.cwd()


def list_files(folder: Path = Path()) -> list[str]:
    """List what is in a folder.

    Args:
        folder: The folder, relative to where the agent works.
    """
    return sorted(path.name for path in inside(folder).iterdir())


def read_file(path: Path) -> str:
    """Read a text file.

    Args:
        path: The file, relative to where the agent works.
    """
    return inside(path).read_text(encoding="utf-8")[:10_000]


def inside(path: Path) -> Path:
    """Return the whole path; the model is told if it leads elsewhere."""
    whole = (ROOT / path).resolve()
    if not whole.is_relative_to(ROOT):
        raise PermissionError(f"{path} is outside of the folder")
    return whole


def approve(call: unillm.ToolCall) -> unillm.Approval:
    """Let nothing be read that may hold a key."""
    return ".env" not in str(call.arguments) or "Files with keys are not to be read."


def ask(client: unillm.Client, history: list[unillm.MessageLike]) -> list[unillm.MessageLike]:
    """Answer what was said last, show how, and return the conversation."""
    tools = [list_files, read_file]
    with client.run_stream(history, tools=tools, approve=approve, max_turns=20) as stream:
        for event in stream:
            match event:
                case unillm.TextDelta(text):
                    print(text, end="", flush=True)
                case unillm.ToolFinished(call, _, outcome):
                    print(f"[{call.name} {call.arguments}: {outcome}]")
                case _:
                    pass
    print(f"\n[{stream.result.usage}]")
    return list(stream.messages)


def main() -> None:
    """Ask twice, the second time on from the first."""
    model = os.environ.get("UNILLM_MODEL", "deepseek:deepseek-v4-pro")
    history: list[unillm.MessageLike] = ["What is in this folder?"]
    with unillm.Client(model=model, system="You look around in a folder of files.") as client:
        history = ask(client, history)
        ask(client, [*history, "Which of the files is the most interesting?"])


if __name__ == "__main__":
    main()

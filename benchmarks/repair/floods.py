"""Whether looking for calls in text takes time in proportion to the text, whatever is in it.

    python -m benchmarks.repair.floods

Each line is a flood of something that may begin a call, whole and torn into pieces of 40
characters: milliseconds for 1 MB, and how many times as long as for an eighth of it (8 is linear).
"""

from __future__ import annotations

from time import process_time

from unillm.repair import FORMATS, CallScanner
from unillm.types.tools import Tool

FLOODS = [
    "<",
    "<|",
    "[",
    "{",
    "`",
    "```\n",
    '"',
    "> \n",
    "<tool_call>",
    "<tool_call>{",
    '<tool_call>{"name": "note", "arguments": {"text": "',
    "<｜DSML｜",
    "<｜DSML｜tool_calls>",
    '<｜DSML｜invoke name="note"><｜DSML｜parameter name="text" string="true">',
    "<function=",
    "[TOOL_CALLS]",
    "commentary to=functions.",
    "<tool_call>weather<arg_key>city</arg_key><arg_value>",
    "weather<arg_key>",
    "</think>[",
    '<tool_call>{" </tool_call> " ',
]
WITHIN = [
    ('<tool_call>{"name": "note", "arguments": {"text": "', "</tool_call>"),
    ('<tool_call>{"name": "note", "arguments": {"text": "', "\\"),
    ("<function=note><parameter=text>", "<"),
    ('<｜DSML｜invoke name="note"><｜DSML｜parameter name="text" string="true">', "</parameter>"),
    ("<|python_start|>[note(text='", "'"),
    ("<|tool_call_start|>[note(text='", "', '"),
]

SMALL, LARGE = 131_072, 1_048_576
TOOLS = (Tool("note", parameters={"type": "object"}), Tool("weather"))


def flood(before: str, unit: str, size: int) -> str:
    """Return about so many characters of it."""
    return before + unit * (size // len(unit))


def took(text: str, size: int) -> float:
    """Return the processor time, in seconds, to scan a text in pieces of a size."""
    began = process_time()
    scanner = CallScanner(TOOLS, list(FORMATS))
    for at in range(0, len(text), size):
        scanner.feed(text[at : at + size])
    scanner.close()
    return process_time() - began


def main() -> None:
    """Print a line for each flood."""
    print(f"{'':64} {'whole':>16} {'torn':>16}")
    for before, unit in (*(("", unit) for unit in FLOODS), *WITHIN):
        cells: list[str] = []
        for torn in (False, True):
            texts = [flood(before, unit, size) for size in (SMALL, LARGE)]
            small, large = (took(text, 40 if torn else len(text)) for text in texts)
            cells.append(f"{large * 1e3:8.0f} ms {large / max(small, 1e-9):4.1f}")
        print(f"{before + unit!r:64} {cells[0]:>16} {cells[1]:>16}", flush=True)


if __name__ == "__main__":
    main()

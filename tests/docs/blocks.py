"""Find the Python blocks of a Markdown page, and run them one after another.

No library fits: pytest-examples knows no `await` at the top of a block and brings a second
formatter, sybil knows no `await` either and reads no mark behind the language of a fence.
"""

import ast
import asyncio
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import unillm

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,}) *(?P<info>[^`]*)$")
SKIPPED = re.compile(r'test="skip"')
REASON = re.compile(r'reason="(?P<reason>[^"]{10,})"')
ALMOST_PYTHON = {"py", "python3", "py3", "pycon", "ipython", "Python"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    """The line of the opening fence, from 1."""
    language: str
    info: str
    """What stands after the language: `title="..."`, `test="skip" reason="..."`."""
    source: str

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def skipped(self) -> bool:
        return SKIPPED.search(self.info) is not None

    @property
    def reason(self) -> str | None:
        found = REASON.search(self.info)
        return found and found["reason"]


def blocks(page: Path) -> Iterator[Block]:
    """Give every fenced block of a page, also those inside lists, notes and tabs."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if opening is None:
            continue
        language, _, info = opening["info"].strip().partition(" ")
        body: list[str] = []
        for _, inner in lines:
            closing = FENCE.match(inner)
            if closing and not closing["info"] and closing["ticks"].startswith(opening["ticks"]):
                break
            body.append(inner)
        else:
            raise ValueError(f"{page}:{number}: this fence is never closed")
        source = textwrap.dedent("\n".join(body)) + "\n"
        yield Block(page=page, line=number, language=language, info=info, source=source)


def faults(block: Block) -> Iterator[str]:
    """Say what is wrong with how a block is marked."""
    if block.language in ALMOST_PYTHON or block.language.startswith("{"):
        yield f"{block.place}: spell the language 'python', or it is not run"
    if block.language == "python" and block.skipped and block.reason is None:
        yield f'{block.place}: test="skip" needs reason="..." of at least ten letters'
    if block.language == "python" and "test=" in block.info and not block.skipped:
        yield f'{block.place}: the only mark there is: test="skip" reason="..."'


def run(page: Path, runnable: list[Block]) -> None:
    """Run blocks in order in one module, with `await` allowed at the top.

    The code keeps the page's line numbers, so a traceback points into the page.
    """
    module = types.ModuleType(f"page_{page.stem.replace('-', '_')}")
    sys.modules[module.__name__] = module  # dataclasses and pydantic look names up there
    try:
        with asyncio.Runner() as loop:
            for block in runnable:
                code = compile(
                    "\n" * block.line + block.source,
                    str(page),
                    "exec",
                    flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                    dont_inherit=True,
                )
                awaited = eval(code, module.__dict__)
                if inspect.iscoroutine(awaited):
                    loop.run(awaited)
    finally:
        del sys.modules[module.__name__]
        for made in list(vars(module).values()):
            if isinstance(made, unillm.Client):  # as the end of a program does
                made.close()

"""The runner of the documentation's examples finds and runs what it should."""

import traceback
from pathlib import Path

import pytest

from tests.docs.blocks import blocks, faults, run


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text.replace("'''", "```"), encoding="utf-8")
    return path


def test_blocks_of_a_page_share_names_and_may_await(tmp_path: Path) -> None:
    path = page(
        tmp_path,
        """
'''python
import asyncio
seen = []
'''
=== "A tab"

    '''python title="two.py"
    await asyncio.sleep(0)
    seen.append(asyncio.get_running_loop())
    '''
'''python
await asyncio.sleep(0)
assert seen == [asyncio.get_running_loop()]
raise LookupError("reached")
'''
""",
    )
    with pytest.raises(LookupError, match="reached") as caught:
        run(path, list(blocks(path)))
    assert (traceback.extract_tb(caught.value.__traceback__)[-1].lineno) == 15


def test_a_block_gets_no_future_of_the_runner(tmp_path: Path) -> None:
    path = page(
        tmp_path, "'''python\ndef f(x: int): ...\nassert f.__annotations__['x'] is int\n'''\n"
    )
    (block,) = blocks(path)
    run(path, [block])
    assert block.source.startswith("def f")


def test_other_languages_and_inner_fences_are_not_python(tmp_path: Path) -> None:
    path = page(tmp_path, "~~~markdown\n'''python\n'''\n~~~\n\n'''\nplain\n'''\n'''sh\nls\n'''\n")
    assert [block.language for block in blocks(path)] == ["markdown", "", "sh"]


@pytest.mark.parametrize(
    ("fence", "count"),
    [
        ("python", 0),
        ('python title="a.py"', 0),
        ('python test="skip" reason="needs a server of your own"', 0),
        ('python test="skip"', 1),
        ('python test="skip" reason="no"', 1),
        ('python test="later"', 1),
        ("py", 1),
        ("pycon", 1),
        ("{python}", 1),
        ("toml", 0),
    ],
)
def test_a_wrong_mark_is_refused(tmp_path: Path, fence: str, count: int) -> None:
    path = page(tmp_path, f"'''{fence}\n'''\n")
    assert len([fault for block in blocks(path) for fault in faults(block)]) == count


def test_an_open_fence_is_refused(tmp_path: Path) -> None:
    path = page(tmp_path, "'''python\nprint()\n")
    with pytest.raises(ValueError, match="never closed"):
        list(blocks(path))

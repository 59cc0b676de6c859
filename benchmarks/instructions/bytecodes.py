"""How many bytecodes a path is: the same on every run, whatever else the machine does."""

from __future__ import annotations

import gc
import sys
from types import FrameType
from typing import Any

from benchmarks.paths import Once, prepared

WARM_UP = 5


def counted(once: Once) -> int:
    """Return the bytecodes that this thread runs in one turn of a path."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if event == "opcode":
            count += 1
        else:
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        once()
    finally:
        sys.settrace(before)
    return count


def bytecodes(name: str) -> int:
    """Return the bytecodes of one turn of a path that has been taken before."""
    with prepared(name) as once:
        for _ in range(WARM_UP):
            once()
        gc.disable()  # what it would find is not this path's
        try:
            return counted(once)
        finally:
            gc.enable()

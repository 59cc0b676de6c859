"""Files and functions stay small enough to be read."""

import ast

from tests.house.sources import ROOT, functions, modules, tree, type_of_function

FILE_LINES = 500
FUNCTION_LINES = 40


def lines_of(function: type_of_function) -> int:
    """Count a function's lines without its decorators and docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def is_signature(function: type_of_function) -> bool:
    """Tell whether a function is an overload: a signature, with nothing to read below it."""
    return any("overload" in ast.unparse(mark) for mark in function.decorator_list)


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }
    assert long == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}": lines
        for path in modules()
        for function in functions(tree(path))
        if not is_signature(function) and (lines := lines_of(function)) > FUNCTION_LINES
    }
    assert long == {}


def test_the_count_leaves_out_the_docstring_alone() -> None:
    source = '@mark\ndef f(\n    a,\n):\n    """One.\n\n    Two.\n    """\n    return a\n'
    (function,) = functions(ast.parse(source))
    assert lines_of(function) == 4

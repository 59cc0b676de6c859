"""The files of the project, and their syntax trees, for the tests of the house."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "unillm"

type_of_function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(folder: Path = PACKAGE) -> list[Path]:
    """Give every Python file under a folder of the package, in order."""
    return sorted(folder.rglob("*.py"))


def tree(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(node: ast.AST) -> Iterator[type_of_function]:
    """Give every function and method inside a node, nested ones too."""
    for inner in ast.walk(node):
        if isinstance(inner, type_of_function):
            yield inner


def own_nodes(function: type_of_function) -> Iterator[ast.AST]:
    """Walk a function's body, but not the functions and classes inside it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, type_of_function | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))


def place(path: Path, node: ast.AST) -> str:
    """Name a place as editors understand it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"

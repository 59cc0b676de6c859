"""The names of the rules that the source of the engine can put into an edit."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from unillm.types.edits import EditKind

ENGINE = Path(__file__).parents[2] / "src" / "unillm" / "repair"
NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")
KINDS = get_args(EditKind)
PLACES = {"change": 3, "Change": 3, "Quote": 2, "Layer": 3}
NO_RULES = {"call"}  # what the rescue of leaked calls did is told by its own tests


def used() -> set[str]:
    """Return them."""
    found = {name for path in ENGINE.rglob("*.py") for name in _in_file(path)}
    return {name for name in found if NAME.fullmatch(name)} - NO_RULES


def _in_file(path: Path) -> Iterable[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = _constants_of(tree)
    for node in ast.walk(tree):
        for value in _naming(node):
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value
                elif isinstance(part, ast.Name) and part.id in constants:
                    yield constants[part.id]
    if path.name == "spaces.py":  # named groups of a pattern are rules there
        yield from re.findall(r"\(\?P<(\w+)>", path.read_text(encoding="utf-8"))
    if path.name == "quotes.py":  # a table of what closes a quote, and of the rule
        yield from re.findall(r"\(\".\", \"(\w+)\"\)", path.read_text(encoding="utf-8"))


def _constants_of(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _naming(node: ast.AST) -> Iterable[ast.expr]:
    """Give the expressions that name a rule."""
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            yield from node.args[PLACES.get(called, len(node.args)) :][:1]
        case ast.Tuple(elts=[name, ast.Constant(value=kind), _]) if kind in KINDS:
            yield name
        case ast.Subscript(value=ast.Name(id="rules")):
            yield node.slice
        case ast.AnnAssign(target=ast.Name(id="VALUE_RULES"), value=ast.Dict(keys=keys)):
            yield from (key for key in keys if key is not None)
        case ast.Assign(targets=[ast.Name(id="rule")], value=ast.IfExp() as chosen):
            yield chosen

"""Which names a piece of Python uses, for the rules on who may call what."""

import ast
from collections.abc import Iterator


def names_used(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that is used or imported, under any other name too, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2], node.lineno

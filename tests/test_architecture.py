"""The order of dependence, read from the imports, and the numbers of the house."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import patentzoo

PACKAGE = Path(__file__).resolve().parents[1] / "patentzoo"
FILES = sorted(PACKAGE.rglob("*.py"))

LEVELS = [
    {"errors", "results", "hits", "atomic", "cores", "opencv", "shown", "tables", "vectors"}
    | {"arguments", "cells", "overwrite", "terminal", "torch_settings"},
    {
        "networks",
        "network_config",
        "efficientnet",
        "resnet",
        "preprocess",
        "shrink",
        "images",
        "figures",
    },
    {"backends"},
    {"model"},
    {"index", "embedding", "zoo", "data"},
    {"evaluate", "show", "demo", "doctor"},
    {"train"},
    {"cli"},
    {"__main__"},
]
"""From the bottom up; what stands on one level may import that level and those below."""

UPWARD = {("shown", "show")}
"""A result that is to be seen asks the room that draws, by an import inside the method."""

ONLY_IN = {
    "timm": ("networks",),
    "faiss": ("index",),
    "typer": ("cli",),
    "trimesh": ("data",),
    "manifold3d": ("data",),
    "pytorch_metric_learning": ("train",),
    "accelerate": ("train",),
}


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file, except for type checkers only."""
    for node in _statements(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: imports are written in full"
            if node.module == "patentzoo":
                names = (each.name for each in node.names)
                yield from (patentzoo._HOME_OF.get(name, f"patentzoo.{name}") for name in names)
            yield node.module or ""


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _statements(node)


def level(name: str) -> int:
    return next((i for i, names in enumerate(LEVELS) if name in names), -1)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_downward(file):
    here = room(file)
    if here == "__init__":
        return
    assert level(here) >= 0, f"{here} has no place in the order of dependence yet"
    for module in imports(file):
        parts = module.split(".")
        if parts[0] == "patentzoo" and len(parts) > 1 and not parts[1].startswith("_"):
            assert level(parts[1]) >= 0, f"{module} has no place in the order of dependence"
            allowed = level(parts[1]) <= level(here) or (here, parts[1]) in UPWARD
            assert allowed, f"{here} must not import {module}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_some_libraries_are_known_to_one_room_only(file):
    for module in imports(file):
        allowed = ONLY_IN.get(module.split(".")[0])
        assert allowed is None or room(file) in allowed, f"{module} belongs in {allowed}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_files_and_functions_are_short(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node) is not None
            body = node.body[1:] if documented else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 50, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_file_is_a_drawer_for_odds_and_ends(file):
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not drawers & {part.removesuffix(".py") for part in file.relative_to(PACKAGE).parts}


def test_the_reader_of_imports_sees_them():
    """The checks above would pass on files they cannot read; this one would not."""
    seen = {module for file in FILES for module in imports(file)}
    assert {
        "timm",
        "faiss",
        "torch",
        "patentzoo.models.retrieval_model",
        "patentzoo.errors",
    } <= seen

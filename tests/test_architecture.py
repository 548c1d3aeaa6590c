"""The house: which room may import which, no circle of imports, and the sizes of its files.

``patentzoo`` is read, not imported: imports inside functions and those for type checkers count, and
are told apart. ``docs/extending.md`` draws what is held here.
"""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import patentzoo

PACKAGE = Path(__file__).resolve().parents[1] / "patentzoo"
FILES = sorted(PACKAGE.rglob("*.py"))

ROOMS = (
    "errors",
    "system",
    "results",
    "options",
    "images",
    "figures",
    "sources",
    "hit",
    "models",
    "backends",
    "zoo",
    "embedding",
    "shards",
    "reports",
    "index.identity",
    "index.storage",
    "index.engines",
    "index.state",
    "index.query",
    "index.compare",
    "index",
    "index.milvus",
    "index.repair",
    "watching",
    "server",
    "distributed",
    "data",
    "evaluate",
    "train",
    "cli",
    "__main__",
)
"""From the bottom up: a room imports itself and those that stand before it."""

UPWARD = {
    # RetrievalModel(network, ...) runs on torch until somebody gives it another backend.
    ("models.retrieval_model", "backends.devices"),
    ("models.retrieval_model", "backends.torch_backend"),
    # A folder stands for its index: search opens it.
    ("index.query.search", "index.build"),
    ("index.query.search", "index.index"),
    # An address stands for an index that a server keeps: those who build and load one make it.
    ("index.build", "index.milvus.address"),
    ("index.build", "index.milvus.opening"),
    # The door of the room shows what repairs an index.
    ("index", "index.repair.repair"),
}
"""Imports of rooms above. This list only ever becomes shorter."""

FOR_TYPES = {
    ("index.saving", "index.index"),
    ("index.stats", "index.index"),
    ("index.travelling", "index.index"),
    ("index.updates", "index.index"),
}
"""Imports for type checkers that would close a circle if they ran. Only ever shorter, too."""

ONLY_IN = {
    "timm": ("models",),
    "open_clip": ("models",),
    "faiss": ("index.engines",),
    "typer": ("cli",),
    "trimesh": ("data",),
    "manifold3d": ("data",),
    "pytorch_metric_learning": ("train",),
    "accelerate": ("train",),
    "fastapi": ("server",),
    "pymilvus": ("index.milvus",),
    "ray": ("distributed",),
    "uvicorn": ("server",),
}


class Import(NamedTuple):
    """One module imports another; modules are named below ``patentzoo``."""

    source: str
    target: str
    runs: bool  # False: for type checkers only


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


@functools.cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def statements(tree: ast.AST, runs: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """Import statements wherever they stand, and whether they ever run."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, runs
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for inner in node.body:
                yield from statements(ast.Module([inner], []), runs=False)
        else:
            yield from statements(node, runs)


def named(node: ast.stmt, file: Path) -> Iterator[str]:
    """Modules an import statement names."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{file.name}: imports are written in full"
        for each in node.names:
            inner = f"{node.module}.{each.name}"
            if node.module == "patentzoo" and each.name in patentzoo._HOME_OF:
                yield patentzoo._HOME_OF[each.name]
            else:
                yield inner if inner.removeprefix("patentzoo.") in MODULES else node.module or ""


@functools.cache
def imports() -> frozenset[Import]:
    """All imports of one module of the package by another."""
    found = set()
    for module, file in MODULES.items():
        for node, runs in statements(parsed(file)):
            for name in named(node, file):
                target = name.removeprefix("patentzoo.")
                if name.startswith("patentzoo.") and target != module and module:
                    assert target in MODULES, f"{file.name} imports {name}, which is no module"
                    found.add(Import(module, target, runs))
    return frozenset(found)


def room(module: str) -> str:
    """The room of a module: the longest name of a room that it begins with."""
    for name in sorted(ROOMS, key=len, reverse=True):
        if module == name or module.startswith(f"{name}."):
            return name
    raise AssertionError(f"{module} stands in no room: see ROOMS, and docs/extending.md")


def circles(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of modules that import one another, directly or through others (Tarjan, 1972)."""
    graph = defaultdict(set)
    for source, target in edges:
        graph[source].add(target)
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    found = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        path.append(module)
        for other in sorted(graph[module]):
            if other not in order:
                visit(other)
            if other in path:
                low[module] = min(low[module], low[other])
        if low[module] == order[module]:
            group = path[path.index(module) :]
            del path[path.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return found


def arrows() -> dict[str, set[str]]:
    """Room -> the rooms below that it imports, but for those another one of them imports, too."""
    direct = defaultdict(set)
    for each in imports():
        upper, lower = room(each.source), room(each.target)
        if each.runs and ROOMS.index(lower) < ROOMS.index(upper):
            direct[upper].add(lower)

    def below(name: str) -> set[str]:
        return direct[name].union(*map(below, direct[name]))

    return {
        name: direct[name] - set().union(*map(below, direct[name]))
        for name in ROOMS
        if direct[name]
    }


def test_every_module_stands_in_a_room():
    assert {room(module) for module in MODULES if module} == set(ROOMS)


def test_imports_point_downward():
    upward = {
        (each.source, each.target)
        for each in imports()
        if ROOMS.index(room(each.target)) > ROOMS.index(room(each.source))
    }
    assert upward - UPWARD == set(), "these point upward"
    assert UPWARD - upward == set(), "these are no more: strike them off the list"


def test_no_modules_import_one_another():
    """At the top of a file or inside a function: what runs knows no circle."""
    assert circles((each.source, each.target) for each in imports() if each.runs) == []


def test_only_the_imports_listed_for_types_would_close_a_circle():
    edges = {(each.source, each.target) for each in imports()}
    assert circles(edges - FOR_TYPES) == []
    for edge in FOR_TYPES:
        assert edge in edges, f"{edge} is no more: strike it off the list"
        assert circles(edges - FOR_TYPES | {edge}), f"{edge} closes no circle: strike it off"


def test_circles_are_found():
    assert circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")]) == [
        ["a", "b", "c"]
    ]
    assert circles([("a", "b"), ("b", "d"), ("a", "c"), ("c", "d")]) == []
    assert circles([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_some_libraries_are_known_to_one_room_only(file):
    for node, runs in statements(parsed(file)):
        for name in named(node, file):
            allowed = ONLY_IN.get(name.split(".")[0])
            if runs and allowed is not None:
                assert room(module_of(file)) in allowed, f"{name} belongs in {allowed}"


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


@pytest.mark.parametrize("name", [name for name in ROOMS if name.split(".")[0] == "index"])
def test_a_room_of_the_index_holds_at_most_twelve_files(name):
    files = [module for module in MODULES if module and room(module) == name]
    assert 0 < len(files) <= 12, ", ".join(files)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_file_is_a_drawer_for_odds_and_ends(file):
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not drawers & {part.removesuffix(".py") for part in file.relative_to(PACKAGE).parts}


def test_the_reader_of_imports_sees_them():
    """The checks above would pass on files they cannot read; this one would not."""
    seen = {
        name for file in FILES for node, _ in statements(parsed(file)) for name in named(node, file)
    }
    assert {"timm", "faiss", "torch", "patentzoo.errors"} <= seen
    assert Import("index.index", "errors", True) in imports()
    assert Import("index.query.search_result", "reports", True) in imports()  # inside a method
    assert Import("index.stats", "index.index", False) in imports()  # for type checkers

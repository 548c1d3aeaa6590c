"""Count the package and its pages: files, lines, circles of imports, parameters, words.

    python -m docs.tools count-house
    git worktree add OLD REVISION && python -m docs.tools count-house OLD

Imports inside functions count. The code is read, not imported, so any revision can be counted.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

MOST = 8
"""Parameters that a function may have of its own."""

_APART = re.compile(
    r"<!-- (?P<name>(?:table|demo|picture)[\w:-]*) -->\n.*?<!-- /(?P=name) -->"  # by a script
    r"|^```.*?^```$"  # code, and what it prints
    r"|^\|.*?$",  # rows of tables: options, messages, words
    re.MULTILINE | re.DOTALL,
)


def modules(package: Path) -> dict[str, Path]:
    """Names of modules below the package, with their files."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def room(module: str, files: Mapping[str, Path]) -> str:
    """The folder that a module stands in; of the index, the folder inside it."""
    if files[module].name == "__init__.py":
        return module
    return module.rpartition(".")[0]


def imports(files: Mapping[str, Path], name: str) -> set[tuple[str, str]]:
    """Pairs of modules of which the first imports the second, those for type checkers left out."""
    homes = _homes(files[""], name)
    found = set()
    for module, file in files.items():
        for node in _running(ast.parse(file.read_text(encoding="utf-8"))):
            for target in _targets(node, name, homes):
                while target not in files and "." in target:
                    target = target.rpartition(".")[0]
                if module and target in files and target not in ("", module):
                    found.add((module, target))
    return found


def _homes(init: Path, name: str) -> dict[str, str]:
    """Modules of the names that the package imports when they are first used."""
    for node in ast.parse(init.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            homes: dict[str, tuple[str, ...]] = ast.literal_eval(node.value)
            return {
                each: home.removeprefix(f"{name}.")
                for home, names in homes.items()
                for each in names
            }
    return {}


def _running(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from _running(node)


def _targets(
    node: ast.Import | ast.ImportFrom, name: str, homes: Mapping[str, str]
) -> Iterator[str]:
    if isinstance(node, ast.Import):
        full = [each.name for each in node.names]
    elif node.module == name:
        full = [f"{name}.{homes.get(each.name, each.name)}" for each in node.names]
    else:
        full = [f"{node.module}.{each.name}" for each in node.names]
    yield from (each.removeprefix(f"{name}.") for each in full if each.startswith(f"{name}."))


def circles(edges: set[tuple[str, str]]) -> list[set[str]]:
    """Groups whose members reach one another."""
    graph = defaultdict(set)
    for source, target in edges:
        graph[source].add(target)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            for other in graph[ahead.pop()] - seen:
                seen.add(other)
                ahead.append(other)
        return seen

    below = {name: reached(name) for name in list(graph)}
    found: list[set[str]] = []
    for name in sorted(below):
        group = {other for other in below[name] if name in below.get(other, set())}
        if len(group) > 1 and group not in found:
            found.append(group)
    return found


def wide_functions(files: Mapping[str, Path]) -> list[str]:
    """Functions with more than ``MOST`` parameters of their own, commands apart."""
    found = []
    for module, file in files.items():
        if module.split(".")[0] == "cli":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                given = node.args
                names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
                if len([each for each in names if each not in ("self", "cls")]) > MOST:
                    found.append(f"{module}.{node.name}")
    return found


def comments(files: Mapping[str, Path]) -> int:
    """Comments of the package, markers for checkers and formatters left out."""
    count = 0
    for file in files.values():
        text = io.StringIO(file.read_text(encoding="utf-8"))
        for token in tokenize.generate_tokens(text.readline):
            marker = token.string.startswith(("# type:", "# noqa", "# fmt:", "# pragma"))
            count += token.type == tokenize.COMMENT and not marker
    return count


def prose(page: str) -> int:
    """Words of a page's sentences: without what a script writes, code, output and tables."""
    return len(_APART.sub("", page).split())


def main() -> None:
    """Print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path())
    root = parser.parse_args().root
    files = modules(root / "patentzoo")
    edges = imports(files, "patentzoo")
    lines = {
        name: len(file.read_text(encoding="utf-8").splitlines()) for name, file in files.items()
    }
    sizes = Counter(room(name, files) for name in files)
    tops = {(a.split(".")[0], b.split(".")[0]) for a, b in edges}
    between = {(upper, lower) for upper, lower in tops if upper != lower}
    of_index = [name for name in files if name.split(".")[0] == "index"]
    total = sum(lines.values())
    pages = {page: page.read_text("utf-8") for page in sorted((root / "docs").glob("*.md"))}
    words = [len(text.split()) for text in pages.values()]
    sentences = sum(prose(text) for text in pages.values())
    print(f"files {len(files)}, lines {total:,}, in the package's root {sizes['']}")
    print(f"index: {len(of_index)} files, {sum(lines[name] for name in of_index):,} lines")
    print(
        "largest rooms: " + ", ".join(f"{name or 'root'} {n}" for name, n in sizes.most_common(6))
    )
    print(f"circles of modules {len(circles(edges))}")
    print(
        f"circles of rooms {len(circles(between))}: {[sorted(each) for each in circles(between)]}"
    )
    wide = wide_functions(files)
    print(f"functions of more than {MOST} parameters {len(wide)}: {', '.join(wide)}")
    print(f"comments {comments(files):,}, one in {total / comments(files):.0f} lines")
    print(f"docs: {len(pages)} pages, {sum(words):,} words, the longest {max(words):,}")
    print(f"of these in sentences, without tables, code and output: {sentences:,}")


if __name__ == "__main__":
    main()

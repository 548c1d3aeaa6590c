"""Folders and globs -> files, with links to folders followed, each folder once by its real path."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from patentzoo.errors import ImageNotFoundError
from patentzoo.sources.names import natural_key


@dataclass
class Linked:
    """What became of the links to folders.

    Attributes:
        seen: Real paths of the folders that were entered.
        skipped: (link, real path) of links to a folder that was entered already.
        folders: Folders that match a pattern, which takes files only.
    """

    seen: set[str] = field(default_factory=set)
    skipped: list[tuple[Path, str]] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)


def walk(root: Path, linked: Linked, *, hidden: bool = True) -> Iterator[tuple[Path, list[str]]]:
    """Yield every folder from ``root`` downwards, with the names of its files.

    Real folders come before linked ones, so that a file that can be reached both ways keeps its
    plain path. Links are followed in natural order.

    Args:
        root: Where to begin.
        linked: Is told which folders were entered, and which links were not followed.
        hidden: Whether to enter folders whose name begins with a dot.

    Raises:
        ImageNotFoundError: A folder cannot be read.
    """
    waiting = [root]
    while waiting:
        links: list[Path] = []
        for start in sorted(waiting, key=lambda path: natural_key(str(path))):
            real = os.path.realpath(start)
            if real in linked.seen:
                linked.skipped.append((start, real))
                continue
            yield from _walk_real(start, links, linked, hidden=hidden)
        waiting = links


def _walk_real(
    start: Path, links: list[Path], linked: Linked, *, hidden: bool
) -> Iterator[tuple[Path, list[str]]]:
    """Walk one tree without following links; note them."""
    for here, folders, files in os.walk(start, onerror=_raise_unreadable):
        real = os.path.realpath(here)
        if real in linked.seen:  # reached by a link before
            folders.clear()
            continue
        linked.seen.add(real)
        if not hidden:
            folders[:] = [name for name in folders if not name.startswith(".")]
        links += [Path(here, name) for name in folders if Path(here, name).is_symlink()]
        yield Path(here), files


def files_matching(pattern: str, linked: Linked) -> list[Path]:
    """The files a glob matches, each once: of several paths to one, that with the fewest links.

    ``**`` enters each folder once, so that a link to a folder above ends.

    Args:
        pattern: With ``*``, ``?``, ``[...]`` or ``**``.
        linked: Is told of the links that led to files matched already, and of folders matched.
    """
    root = fixed_part(pattern)
    parts = list(Path(pattern).parts[len(root.parts) :])
    best: dict[tuple[str, str], tuple[tuple[bool, int, object], Path]] = {}
    reals: dict[Path, str] = {}
    for path in _expand(root, parts, linked):
        if not path.is_file():
            if "**" not in parts and path.is_dir():
                linked.folders.append(path)
            continue
        if path.parent not in reals:
            reals[path.parent] = os.path.realpath(path.parent)
        real = reals[path.parent]
        is_linked = Path(real) != Path(os.path.abspath(path.parent))  # noqa: PTH100
        rank = (is_linked, len(path.parts), natural_key(str(path)))
        key = (real, path.name)
        if key not in best or rank < best[key][0]:
            best[key] = (rank, path)
    kept = {path.parent for _, path in best.values()}
    told = {path for path, _ in linked.skipped}
    linked.skipped += [
        (path, real) for path, real in reals.items() if path not in kept and path not in told
    ]
    return [path for _, path in best.values()]


def _expand(base: Path, parts: list[str], linked: Linked) -> Iterator[Path]:
    """The paths below a folder that match the parts of a pattern."""
    if "**" not in parts:
        pattern = Path(glob.escape(str(base)), *parts)
        yield from (Path(name) for name in glob.iglob(str(pattern)))  # noqa: PTH207
        return
    at = parts.index("**")
    rest = parts[at + 1 :] or ["*"]
    heads = _expand(base, parts[:at], linked) if at else iter([base])
    for head in heads:
        if not head.is_dir():
            continue
        # A second ** below this one goes its own way, so each starts anew.
        entered = Linked()
        for here, _ in walk(head, entered, hidden=False):
            yield from _expand(here, rest, linked)
        linked.skipped += entered.skipped


def fixed_part(pattern: str) -> Path:
    """The folder before the first part with a wildcard."""
    parts = Path(pattern).parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first])


def _raise_unreadable(error: OSError) -> None:
    raise ImageNotFoundError(
        f"{error.filename}: this folder cannot be read ({error.strerror})."
    ) from error

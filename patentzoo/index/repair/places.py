"""Where the files lie that a catalogue names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from patentzoo.errors import ImageError
from patentzoo.images.content import FileContent
from patentzoo.system.addresses import is_url


def locate(
    paths: Mapping[str, str | None], digests: Mapping[str, str], index: Path | None
) -> dict[str, str]:
    """Find the file of each source, or leave its path as it is.

    A path is stored absolute. One that an earlier version stored relative is looked for in the
    working folder, then in the folders above the index; a file of the same content comes first.

    Args:
        paths: As stored, by source.
        digests: Content hash by source.
        index: Folder of the index; None for one in memory.

    Returns:
        The path of each source that has one, absolute where its file was found.
    """
    roots = [Path.cwd(), *(index.absolute().parents if index is not None else ())]
    return {
        name: _found(path, roots, digests.get(name, ""))
        for name, path in paths.items()
        if path is not None
    }


def _found(path: str, roots: list[Path], digest: str) -> str:
    if is_url(path) or Path(path).is_absolute():
        return path
    there = [str(each) for each in _candidates(path, roots)]
    return next((each for each in there if _same(each, digest)), there[0] if there else path)


def _candidates(path: str, roots: list[Path]) -> Iterator[Path]:
    for root in dict.fromkeys(roots):
        if _is_there(str(root / path)):
            yield root / path


def _same(path: str, digest: str) -> bool:
    try:
        return bool(digest) and FileContent(Path(path)).digest() == digest
    except ImageError:
        return False


def _is_there(path: str) -> bool:
    """Whether a path names a file, or a member of an archive that is there."""
    return any(each.is_file() for each in (Path(path), *Path(path).parents))

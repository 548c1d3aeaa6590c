"""What is there already: a result is never written over in silence.

A result that took work to make (vectors, models, measurements) is replaced only with
``overwrite=True``. A report of a search and a list of what was left out are views of something else
and may be written anew, but only over a file of their own kind.
"""

from __future__ import annotations

import os

from patentzoo.errors import OutputError
from patentzoo.system.files import check_may_write, file_to_write, write_text

REPORT = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta name="generator" content="patentzoo">'
"""How a report begins."""
LEFT_OUT = "id,reason,size_bytes\n"
"""How a list of what was left out begins."""
ALERTS = (
    "new_patent,title,granted,class,owner,new_drawing,own_patent,own_drawing,score,percentile,"
    "closeness\n"
)
"""How a table of what ``watch`` found begins."""
MEMORY = "new,own\n"
"""How a memory of what ``watch`` has told begins."""
CSV_OF_HITS = "query,rank,score,"
"""How a table of hits begins."""
JSON_OF_HITS = ('{\n  "query": ', '[\n  {\n    "query": ', "[]")
"""How search results begin."""
KINDS = {
    REPORT: "report of patentzoo",
    LEFT_OUT: "list of what was left out",
    ALERTS: "table that patentzoo watch wrote",
    MEMORY: "memory of patentzoo watch",
    CSV_OF_HITS: "table of hits",
}
WORKBOOK = (".xlsx",)
ENDINGS: dict[str | tuple[str, ...], tuple[str, ...]] = {
    REPORT: (".html", ".htm"),
    **dict.fromkeys((LEFT_OUT, ALERTS, CSV_OF_HITS), (".csv",)),
    JSON_OF_HITS: (".json",),
}
"""How names of such files end. Another ending is taken, unless it tells of another kind."""
_TELLING = {".csv", ".htm", ".html", ".json", ".xls", ".xlsm", ".xlsx"}


def check_free(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Raise OutputError where a file with content is, or nothing may be written.

    Args:
        path: What is to be written.
        overwrite: It makes way.
    """
    file = file_to_write(path)
    check_may_write(file)
    # An empty file, as mktemp makes one, and a device like /dev/null hold nothing to be lost.
    if not overwrite and file.is_file() and file.stat().st_size:
        raise OutputError(
            f"{file} exists; nothing was changed. Give another name, or replace it: overwrite=True."
        )


def check_ending(path: str | os.PathLike[str], right: tuple[str, ...], kind: str) -> None:
    """Raise OutputError where a name says that the file is of another kind than what is written.

    Args:
        path: The file to be written.
        right: How names of its kind end.
        kind: What it is, for the error.
    """
    file = file_to_write(path)
    found = file.suffix.lower()
    if found in _TELLING and found not in right:
        raise OutputError(
            f"{file}: a {kind} is no {found[1:]} file, and nothing was written. Give a name that "
            f"ends in {right[0]}."
        )


def check_rewritable(path: str | os.PathLike[str], beginning: str | tuple[str, ...]) -> None:
    """Raise OutputError where another file is, or the name is that of another kind of file.

    Args:
        path: The file to be written.
        beginning: One of ``KINDS``, or ``JSON_OF_HITS``.
    """
    file = file_to_write(path)
    kind = KINDS[beginning] if isinstance(beginning, str) else "file of search results"
    if beginning in ENDINGS:
        check_ending(path, ENDINGS[beginning], kind)
    check_may_write(file)
    allowed = [
        each.encode() for each in ((beginning,) if isinstance(beginning, str) else beginning)
    ]
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with file.open("rb") as stream:
            found = stream.read(max(map(len, allowed)))
    except OSError as error:
        raise OutputError(f"{file} cannot be written ({error.strerror}).") from error
    if not found.startswith(tuple(allowed)):
        raise OutputError(
            f"{file} exists and is no {kind}; nothing was changed. Give another name."
        )


def rewrite(path: str | os.PathLike[str], text: str, beginning: str | tuple[str, ...]) -> None:
    """Write a text as a whole, over nothing but a file of its own kind.

    Args:
        path: The file.
        text: What it is to hold.
        beginning: As for ``check_rewritable``.

    Raises:
        OutputError: Another file is there, or it cannot be written.
    """
    check_rewritable(path, beginning)
    write_text(path, text)

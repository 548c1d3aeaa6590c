"""What was left out, as a table for people and programs."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable

from patentzoo.results import Failure
from patentzoo.system.files import write_text
from patentzoo.system.overwrite import LEFT_OUT, check_rewritable
from patentzoo.system.terminal import visible

COLUMNS = ("id", "reason", "size_bytes")


def write_failures(failures: Iterable[Failure], path: str | os.PathLike[str]) -> None:
    """Write a CSV with the columns id, reason and size_bytes (empty: unknown); whole or not at all.

    Raises:
        OutputError: A file that is no such list is there, or none can be written.
    """
    check_rewritable(path, LEFT_OUT)
    write_text(path, failures_csv(failures))


def failures_csv(failures: Iterable[Failure]) -> str:
    """The same table as text."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in failures:
        size = "" if each.size_bytes is None else each.size_bytes
        writer.writerow([_safe(each.id), _safe(each.reason), size])
    return table.getvalue()


def _safe(text: str) -> str:
    """One line of text: bytes that are no UTF-8, line ends and control characters are escaped."""
    return visible(text.encode("utf-8", "backslashreplace").decode("utf-8"))

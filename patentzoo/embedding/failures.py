"""What was left out, as a table for people and programs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from patentzoo.results import Failure
from patentzoo.system.files import write_text
from patentzoo.system.overwrite import LEFT_OUT, check_rewritable
from patentzoo.system.terminal import visible
from patentzoo.system.text import csv_text, spreadsheet_cell

COLUMNS = ("id", "reason", "size_bytes")


def write_failures(failures: Iterable[Failure], path: str | os.PathLike[str]) -> None:
    """Write a CSV with the columns id, reason and size_bytes, whole or not at all.

    Args:
        failures: Of ``Embeddings``, an index or a change; a size that is unknown stays empty.
        path: The file, in UTF-8; a list of failures that is there is replaced.

    Raises:
        OutputError: A file that is no such list is there, or none can be written.
    """
    check_rewritable(path, LEFT_OUT)
    write_text(path, failures_csv(failures))


def failures_csv(failures: Iterable[Failure]) -> str:
    """The same table as text."""
    rows = ([_cell(each.id), _cell(each.reason), each.size_bytes] for each in failures)
    return csv_text([COLUMNS, *rows])


def _cell(text: str) -> str:
    """One line of text, no formula: control characters and what is no UTF-8 are escaped."""
    return spreadsheet_cell(visible(text.encode("utf-8", "backslashreplace").decode("utf-8")))

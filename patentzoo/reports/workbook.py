"""Search results as an Excel workbook: a row a hit, with its link and its picture."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from patentzoo.errors import MissingExtraError, OutputError
from patentzoo.reports.pictures import Pictures
from patentzoo.reports.query_hits import QueryHits, as_list
from patentzoo.reports.tables import plain, rows_of
from patentzoo.reports.thumbnails import png
from patentzoo.system.files import file_to_write, replacing
from patentzoo.system.overwrite import WORKBOOK, check_ending

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

CREATOR = "patentzoo"
PICTURE_PX, ROW_POINTS = 96, 76
WIDEST, LONGEST = 48, 32_767
"""Characters: of a column's width, and of what Excel lets a cell hold."""
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_excel(
    results: QueryHits | Iterable[QueryHits],
    path: str | os.PathLike[str],
    *,
    pictures: bool = True,
) -> None:
    """Write results as one sheet of an Excel workbook.

    Text is never taken for a formula, whatever it begins with.

    Args:
        results: One or several.
        path: The file, ``.xlsx``.
        pictures: Put the drawings beside their rows.

    Raises:
        MissingExtraError: openpyxl is not installed.
        OutputError: A file that is no such workbook is there, or none can be written.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError(
            f"Workbooks need openpyxl ({error}). Install it: pip install 'patentzoo[excel]'."
        ) from error
    check_workbook(path)
    shown = as_list(results)
    book = openpyxl.Workbook()
    book.properties.creator = CREATOR
    sheet = book.active
    assert sheet is not None
    sheet.title = "Hits"
    _fill(sheet, shown, pictures)
    with replacing(path) as unfinished:
        book.save(unfinished)


def check_workbook(path: str | os.PathLike[str]) -> None:
    """Raise OutputError where another file than a workbook is, or is named."""
    check_ending(path, WORKBOOK, "workbook")
    file = file_to_write(path)
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with zipfile.ZipFile(file) as opened:
            made_by = opened.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        made_by = b""
    if f">{CREATOR}<".encode() not in made_by:
        raise OutputError(
            f"{file} exists and is no workbook of patentzoo; nothing was changed. Give another "
            "name."
        )


def _fill(sheet: Worksheet, results: list[QueryHits], pictures: bool) -> None:
    from openpyxl.styles import Alignment, Font

    columns, rows = rows_of(results)
    names = ["drawing", *columns] if pictures else columns
    for place, name in enumerate(names, start=1):
        sheet.cell(1, place, _text(name)).font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for place, name in enumerate(names, start=1):
            cell = sheet.cell(number, place)
            cell.alignment = Alignment(vertical="top", wrap_text=name in ("title", "owner"))
            _set(cell, row.get(name), str(row.get("url", "")) if name == "patent" else "")
    if pictures:
        _draw(sheet, results)
    for place, name in enumerate(names, start=1):
        longest = max([len(str(row.get(name, ""))) for row in rows] + [len(name)])
        width = PICTURE_PX / 7 if name == "drawing" else min(WIDEST, longest + 2)
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _set(cell: Any, value: Any, link: str) -> None:
    value = plain(value)
    if value is None:
        return
    if isinstance(value, str):
        cell.value = _text(value)
        cell.data_type = "s"  # else "=..." in a title would be a formula
    else:
        cell.value = value
    if link:
        cell.hyperlink, cell.style = link, "Hyperlink"


def _text(value: str) -> str:
    return _ILLEGAL.sub("\ufffd", value)[:LONGEST]


def _draw(sheet: Worksheet, results: list[QueryHits]) -> None:
    from openpyxl.drawing.image import Image

    shown, number = Pictures(2 * PICTURE_PX), 1
    for result in results:
        for hit in result:
            number += 1
            sheet.row_dimensions[number].height = ROW_POINTS
            grey = shown.grey_of_hit(hit)
            if grey is None:
                continue
            picture = Image(io.BytesIO(png(grey)))
            scale = (PICTURE_PX - 4) / max(grey.shape)
            picture.height, picture.width = (round(side * scale) for side in grey.shape)
            sheet.add_image(picture, f"A{number}")

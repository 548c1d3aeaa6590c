"""The files that the examples of the documentation name, made of the drawings in the package."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from patentzoo.errors import OutputError
from patentzoo.evaluate.demo import gallery_folder
from patentzoo.system.files import file_to_write, replacing, write_text

QUERY = "LD000015-D00005.png"
"""The drawing that is taken out of ``drawings/`` and asked for."""
OBJECTS = 20
CONTENTS = {
    "drawings": "99 drawings of 20 objects, named as patents are",
    "query.png": "the hundredth, to search for",
    "collection": "two folders, each a patent with two figures",
    "scans": "a TIFF of two pages, an empty file and a blank page",
    "patents.csv": "a table: file, patent, title",
    "designs.csv": "a table: patent, title, locarno, granted; made up, for filters",
    "titles.csv": "a table: patent, title",
    "front.png": "one side of a product",
    "side.png": "another side of it",
    "other.png": "a further drawing to search for",
    "new-drawings": "two drawings to add to an index",
}
"""What :func:`write_examples` makes, and what it is."""
_FOLDERS = ("drawings", "collection", "scans", "new-drawings")


def write_examples(folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Make every file that the examples of the documentation use.

    Args:
        folder: Where to; made if it is not there. Other files in it and below it stay.
        overwrite: Make the files anew that are there, each in its place.

    Returns:
        The folder.

    Raises:
        OutputError: One of the files is there and ``overwrite`` was not given, or the folder cannot
            be written.
    """
    target = file_to_write(folder)
    there = [name for name in CONTENTS if (target / name).exists()]
    if there and not overwrite:
        raise OutputError(
            f"{target / there[0]} exists; nothing was changed. Give another folder, or replace it: "
            "overwrite=True."
        )
    for place in (target, *(target / name for name in _FOLDERS)):
        if place.is_file():
            raise OutputError(f"{place} is a file, and a folder is wanted. Give another folder.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        _drawings(target)
        _scans(target / "scans")
        _tables(target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror or error}).") from error
    return target


def _view(number: int, view: int) -> Path:
    return gallery_folder() / f"LD{number:06d}-D{view:05d}.png"


def _drawings(target: Path) -> None:
    """Copies of the package's drawings, and mirror images of some, which are in no index yet."""
    from PIL import Image, ImageOps

    for source in sorted(gallery_folder().glob("*.png")):
        name = "query.png" if source.name == QUERY else f"drawings/{source.name}"
        _copy(source, target / name)
    for patent, number in (("D0000001-20240102", 15), ("D0000002-20240109", 19)):
        for view in (1, 2):
            _copy(_view(number, view), target / "collection" / patent / f"fig{view}.png")
    mirrored = {
        "front.png": (8, 1),
        "side.png": (8, 2),
        "other.png": (4, 1),
        "new-drawings/LD000021-D00001.png": (7, 1),
        "new-drawings/LD000021-D00002.png": (7, 2),
    }
    for name, view_of in mirrored.items():
        with Image.open(_view(*view_of)) as image, replacing(target / name) as unfinished:
            ImageOps.mirror(image).save(unfinished, format="PNG")


def _copy(source: Path, target: Path) -> None:
    with replacing(target) as unfinished:
        shutil.copyfile(source, unfinished)


def _scans(folder: Path) -> None:
    from PIL import Image

    pages = []
    for view in (1, 2):
        with Image.open(_view(10, view)) as image:
            pages.append(image.convert("1"))
    with replacing(folder / "fan.tif") as unfinished:
        options: dict[str, Any] = {"format": "TIFF", "save_all": True, "compression": "group4"}
        pages[0].save(unfinished, append_images=pages[1:], **options)
    with replacing(folder / "back-of-sheet.png") as unfinished:
        Image.new("1", (300, 200), 1).save(unfinished, format="PNG")
    with replacing(folder / "empty.png") as unfinished:
        unfinished.touch()


def _tables(target: Path) -> None:
    write_text(
        target / "patents.csv",
        "file,patent,title\nfan.tif,D0000003,Desk fan\nLD000015-D00001.png,D0000001,Armchair\n",
    )
    lines = ["patent,title,locarno,granted"]
    for number in range(1, OBJECTS + 1):
        day = f"20{10 + number % 15}-{1 + number % 12:02d}-05"
        lines.append(f"LD{number:06d},Object {number},{1 + number % 7:02d}-01,{day}")
    write_text(target / "designs.csv", "\n".join(lines) + "\n")
    write_text(target / "titles.csv", "patent,title\nLD000015,Armchair\nLD000010,Desk fan\n")

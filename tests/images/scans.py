"""PDFs as the USPTO publishes granted designs: one bilevel scan a page, packed as CCITT Group 4."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFont

from patentzoo.sources.grant_forms import Grant
from patentzoo.sources.grant_xml import read_grant

DPI = 300
PAGE_PX = (2560, 3300)
"""US letter at 300 dpi, its width rounded up to whole bytes."""
HEADER_PX = 300
"""The header line stands above this row."""

_WORDS = (
    "{figure} is a {view} view of the {title} showing my new design; the broken lines depict "
    "environment and form no part of the claimed design."
)
_CITED = "D{a},{b:03d} S *  {month}/20{year:02d}  {name} ........ D{c}/{d}"
_NAMES = ("Prochaska", "Follo et al.", "Worrick, III", "Schnak", "Parker", "Lee", "Royle", "Park")

Grey = npt.NDArray[np.uint8]


def scanned_pdf(pages: Sequence[Image.Image], dpi: int = DPI) -> bytes:
    """A PDF of bilevel images (mode "1"), each packed as one CCITT Group 4 strip."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in pages:
        width, height = (72 * side / dpi for side in page.size)
        drawn = b"q %.3f 0 0 %.3f 0 0 cm /Scan Do Q" % (width, height)
        first = len(objects) + 1
        kids.append(b"%d 0 R" % first)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.3f %.3f] /Contents %d 0 R "
            b"/Resources << /XObject << /Scan %d 0 R >> >> >>"
            % (width, height, first + 1, first + 2),
            _stream(b"", drawn),
            _stream(
                b"/Type /XObject /Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 1 "
                b"/Width %d /Height %d /Filter /CCITTFaxDecode "
                b"/DecodeParms << /K -1 /Columns %d /Rows %d >>" % (page.size * 2),
                group4_strip(page),
            ),
        ]
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return _document(objects)


def group4_strip(image: Image.Image) -> bytes:
    """The pixels of a bilevel image as the one strip of a Group 4 TIFF, 0 white."""
    stream = io.BytesIO()
    # Group 4 codes a 1 as black. Pillow would turn the page around itself, pixel by pixel.
    ink = ImageChops.invert(image.convert("1"))
    ink.save(stream, "TIFF", compression="group4", tiffinfo={262: 1, 278: image.height})
    with Image.open(stream) as tiff:
        (offset,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
    return stream.getvalue()[offset : offset + length]


def drawing_page(
    sheet: Image.Image,
    number: int,
    count: int,
    patent: str,
    date: str,
    typeface: str | Path | None = None,
) -> Grey:
    """A sheet under its header line, bool as uint8 (H, W): 0 ink, 255 paper.

    A sheet larger than the page makes the page larger: no pixel of it is scaled. The line is set in
    the typeface of a file, or in that of the title page.
    """
    width = max(PAGE_PX[0], -(-(sheet.width + 100) // 8) * 8)
    page = Image.new("L", (width, max(PAGE_PX[1], sheet.height + HEADER_PX + 100)), 255)
    write_header(page, f"Sheet {number} of {count}", patent, date, typeface)
    page.paste(sheet.convert("L"), ((width - sheet.width) // 2, HEADER_PX))
    return np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8)


def write_header(
    page: Image.Image,
    sheet: str,
    patent: str,
    date: str,
    typeface: str | Path | None = None,
    scale: float = 1.0,
) -> None:
    """Write the line above a sheet on a page, its letters larger or smaller by a factor."""
    draw = ImageDraw.Draw(page)
    for share, text, size, bold in (
        (0.09, "U.S. Patent", 62, True),
        (0.37, date, 46, True),
        (0.55, sheet, 46, True),
        (0.74, f"US {patent}", 50, True),
    ):
        size = round(scale * size)
        font = ImageFont.truetype(typeface, size) if typeface else title_font(size, bold)
        draw.text((share * page.width, 170), text, font=font, fill=0)


def title_page(grant: Grant, picture: Image.Image, count: int) -> Grey:
    """The first page: what the grant says in two columns, and the gazette's figure below."""
    page = Image.new("L", PAGE_PX, 255)
    draw = ImageDraw.Draw(page)
    said = grant.metadata
    draw.text((180, 160), "(12) United States Design Patent", font=title_font(66, True), fill=0)
    draw.text(
        (1480, 160), f"(10) Patent No.: US {grant.patent} S", font=title_font(44, True), fill=0
    )
    draw.line((160, 400, PAGE_PX[0] - 160, 400), fill=0, width=4)
    left = [
        f"(54) {str(said.get('title', '')).upper()}",
        f"(71) Applicant: {said.get('applicant', '')}",
        f"(73) Assignee: {said.get('assignee', '')}",
        "(**) Term: 15 Years",
        f"(22) Filed: {said.get('filed', '')}",
        f"(51) LOC ({said.get('locarno_edition', '')}) Cl. ............ {said.get('locarno', '')}",
        f"(52) U.S. Cl. USPC ............ {said.get('us_class', '')}",
        "(56) References Cited. U.S. PATENT DOCUMENTS",
        *_cited(18),
    ]
    described = [
        _WORDS.format(figure=f"FIG. {number}", view=view, title=said.get("title", "article"))
        for number, view in list(grant.views.items())[:8]
    ]
    right = [*_cited(8), "* cited by examiner", "(57) CLAIM", "The ornamental design, as shown."]
    right += ["DESCRIPTION", *described, f"1 Claim, {count} Drawing Sheets"]
    for x, lines in ((180, left), (1340, right)):
        _column(draw, x, 440, lines, until=2150)
    small = picture.convert("L")
    small.thumbnail((1900, 1000))
    page.paste(small, ((PAGE_PX[0] - small.width) // 2, 2220))
    return np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8)


def references_page(patent: str) -> Grey:
    """A second page of text: references in two columns, with the patent's number above them."""
    page = Image.new("L", PAGE_PX, 255)
    draw = ImageDraw.Draw(page)
    draw.text((1000, 150), f"US {patent} S", font=title_font(54, True), fill=0)
    for x in (180, 1340):
        _column(draw, x, 320, _cited(62), until=3100)
    return np.where(np.asarray(page) < 128, 0, 255).astype(np.uint8)


def granted_pdf(folder: Path) -> tuple[bytes, list[Grey]]:
    """The PDF of a grant's folder (XML and TIFF sheets), and its pages, those of text first."""
    grant = read_grant((folder / f"{folder.name}.XML").read_bytes(), folder.name)
    sheets = [Image.open(path) for path in sheet_files(folder)]
    patent, date = f"{grant.patent} S", str(grant.metadata.get("granted", ""))
    gazette = Image.open(folder / f"{folder.name}-D00000.TIF")
    pages = [title_page(grant, gazette, len(sheets)), references_page(patent)]
    pages += [
        drawing_page(sheet, number, len(sheets), patent, date)
        for number, sheet in enumerate(sheets, start=1)
    ]
    return scanned_pdf([Image.fromarray(page).convert("1") for page in pages]), pages


def sheet_files(folder: Path) -> list[Path]:
    """A grant's sheets, without the gazette's picture."""
    return [path for path in sorted(folder.glob("*.TIF")) if not path.stem.endswith("-D00000")]


def _column(draw: ImageDraw.ImageDraw, x: int, y: int, lines: Sequence[str], until: int) -> None:
    for text in lines:
        for line in textwrap.wrap(text, 46) or [""]:
            if y > until:
                return
            draw.text((x, y), line, font=title_font(38, False), fill=0)
            y += 45


def _cited(count: int) -> list[str]:
    numbers = np.random.default_rng(count).integers(1, 999, (count, 6))
    return [
        _CITED.format(
            a=n[0], b=n[1], month=1 + n[2] % 12, year=n[3] % 21, c=1 + n[4] % 34, d=n[5],
            name=_NAMES[n[4] % len(_NAMES)],
        )
        for n in numbers
    ]  # fmt: skip


@cache
def title_font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    import matplotlib

    name = f"DejaVuSerif{'-Bold' if bold else ''}.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", name), size)


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _document(objects: Sequence[bytes]) -> bytes:
    """Numbered objects, the first one the catalogue, with their table."""
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(made)

"""Sheets, grants, PDFs and archives made for tests, from generated drawings."""

from __future__ import annotations

import ctypes
import io
import tarfile
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageDraw, ImageFont

LOREM = (
    "The ornamental design for a chair, as shown and described. FIG. 1 is a front perspective view "
    "of a chair showing my new design; the broken lines depict environment and form no part of "
    "the claimed design. References cited: D428532 S 7/2000 Prochaska, 6792682 B2 9/2004 Follo. "
)


def sheet(seed: int = 0, size: tuple[int, int] = (900, 1200), label: str = "") -> Image.Image:
    """A drawing in black on white, mode L, that looks like a solid with ribs."""
    rng = np.random.default_rng(seed)
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    x0, y0 = size[0] // 4, size[1] // 4
    x1, y1 = 3 * size[0] // 4, 3 * size[1] // 4
    draw.rectangle((x0, y0, x1, y1), outline=0, width=4)
    for _ in range(6):
        ends = rng.uniform(0, 1, 4) * [x1 - x0, y1 - y0, x1 - x0, y1 - y0] + [x0, y0, x0, y0]
        draw.line([float(end) for end in ends], fill=0, width=3)
    if label:
        font = ImageFont.load_default(48)
        draw.text((size[0] // 2 - 70, y1 + 60), label, font=font, fill=0)
    return image


def text_page(dpi: int = 300, picture: bool = True) -> Image.Image:
    """A title page: two columns of text, and a small picture."""
    image = Image.new("L", (round(8.5 * dpi), 11 * dpi), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(dpi * 10 / 72)
    lines = textwrap.wrap(LOREM * 12, 52)
    for column in (0.7, 4.4):
        for number, line in enumerate(lines[:38]):
            draw.text((column * dpi, (1 + 0.18 * number) * dpi), line, font=font, fill=0)
    if picture:
        small = sheet(7, (2 * dpi, 2 * dpi))
        image.paste(small, (round(5.2 * dpi), round(8.3 * dpi)))
    return image


def granted_sheet(drawing: Image.Image, dpi: int = 300, number: int = 1) -> Image.Image:
    """A sheet as granted patents print it: the header line, and the drawing below."""
    image = Image.new("L", (round(8.5 * dpi), 11 * dpi), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(dpi * 14 / 72)
    for x, text in (
        (0.75, "U.S. Patent"),
        (2.6, "Jan. 5, 2021"),
        (4.2, f"Sheet {number} of 8"),
        (6.0, "US D907,292 S"),
    ):
        draw.text((x * dpi, 0.6 * dpi), text, font=font, fill=0)
    image.paste(drawing, (round(1.2 * dpi), 2 * dpi))
    return image


def encoded(image: Image.Image, kind: str = "TIFF", **options: object) -> bytes:
    """The image as a file; TIFF as the USPTO stores it."""
    stream = io.BytesIO()
    if kind == "TIFF":
        options = {"compression": "group4", "tiffinfo": {262: 0, 270: USPTO_TAG}} | options
        image = image.convert("1")
    image.save(stream, kind, **options)
    return stream.getvalue()


USPTO_TAG = "**DRAWING;PG000018;BW;P"


def pdf(pages: Sequence[Image.Image | str], dpi: int = 300) -> bytes:
    """A PDF of scans; a page given as text is set in type, without an image."""
    document = pdfium.PdfDocument.new()
    for page in pages:
        if isinstance(page, str):
            _text_layer(document, page)
            continue
        width, height = (72 * side / dpi for side in page.size)
        sheet_ = document.new_page(width, height)
        image = pdfium.PdfImage.new(document)
        bitmap = pdfium.PdfBitmap.from_pil(page.convert("L"))
        image.set_bitmap(bitmap)
        image.set_matrix(pdfium.PdfMatrix().scale(width, height))
        sheet_.insert_obj(image)
        sheet_.gen_content()
        bitmap.close()
        sheet_.close()
    stream = io.BytesIO()
    document.save(stream)
    document.close()
    return stream.getvalue()


def _text_layer(document, text: str) -> None:
    page = document.new_page(612, 792)
    font = raw.FPDFText_LoadStandardFont(document, b"Helvetica")
    for number, line in enumerate(textwrap.wrap(text, 80)):
        made = raw.FPDFPageObj_CreateTextObj(document, font, 10.0)
        codes = (line + "\0").encode("utf-16-le")
        buffer = ctypes.create_string_buffer(codes, len(codes))
        raw.FPDFText_SetText(made, ctypes.cast(buffer, raw.FPDF_WIDESTRING))
        raw.FPDFPageObj_Transform(made, 1, 0, 0, 1, 50, 740 - 14 * number)
        raw.FPDFPage_InsertObject(page, made)
    page.gen_content()
    page.close()


def grant_xml(patent: str = "D0907292", sheets: int = 2, landscape: Sequence[int] = ()) -> bytes:
    """The XML of a design grant, as the USPTO words it."""
    name = f"US{patent}-20210105"
    figures = "".join(
        f'<figure num="{n:05d}"><img file="{name}-D{n:05d}.TIF"'
        f"{' orientation=' + chr(34) + 'landscape' + chr(34) if n in landscape else ''}/></figure>"
        for n in range(sheets + 1)
    )
    views = "".join(
        f'<p><figref idref="DRAWINGS">FIG. {n}</figref> is a {view} view of a chair;</p>'
        for n, view in enumerate(("front perspective", "left side", "top plan"), start=1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v45-2014-04-03.dtd" [ ]>
<us-patent-grant><us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>{patent}</doc-number>
<date>20210105</date></document-id></publication-reference>
<application-reference><document-id><date>20190220</date></document-id></application-reference>
<classification-locarno><edition>13</edition><main-classification>0601</main-classification>
</classification-locarno><classification-national><country>US</country>
<main-classification>D 6334</main-classification></classification-national>
<invention-title>Chair &amp; table</invention-title>
<us-parties><us-applicants><us-applicant><addressbook><orgname>Sit Ltd.</orgname><address>
<country>GB</country></address></addressbook></us-applicant></us-applicants>
<inventors><inventor><addressbook><last-name>Doe</last-name><first-name>Ann</first-name>
<address><country>GB</country></address></addressbook></inventor></inventors></us-parties>
<assignees><assignee><addressbook><orgname>Sit Holding</orgname></addressbook></assignee>
</assignees>
</us-bibliographic-data-grant><drawings>{figures}</drawings>
<description><description-of-drawings>{views}</description-of-drawings></description>
</us-patent-grant>""".encode()


def grant_files(patent: str = "D0907292", sheets: int = 2, landscape: Sequence[int] = ()):
    """The files of a grant's folder: name -> bytes."""
    name = f"US{patent}-20210105"
    files = {f"{name}.XML": grant_xml(patent, sheets, landscape)}
    for n in range(sheets + 1):
        drawing = sheet(int(patent[1:]) + max(n, 1), (300, 400), label=f"FIG. {max(n, 1)}")
        files[f"{name}-D{n:05d}.TIF"] = encoded(drawing)
    return name, files


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    """A tar of these files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def grant_archive(patents: Sequence[str] = ("D0907292", "D0907293")) -> bytes:
    """A weekly archive: a tar of a zip a grant."""
    zips = {}
    for patent in patents:
        name, files = grant_files(patent)
        inner = {f"{name}/{file}": data for file, data in files.items()}
        zips[f"I20210105/DESIGN/{name}.zip"] = zipped(inner)
    return tarred(zips)


def lay(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root

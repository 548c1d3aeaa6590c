"""Whole files to be damaged: of every kind, generated; and real sheets where they are at hand."""

from __future__ import annotations

import io
from pathlib import Path

from mutations import Named
from sheets import (
    LOREM,
    encoded,
    grant_archive,
    grant_files,
    granted_sheet,
    pdf,
    sheet,
    tarred,
    zipped,
)


def made() -> list[Named]:
    """Small files of every kind that is read."""
    drawing = sheet(1, (240, 320), label="FIG. 1")
    files = [
        ("g4.tif", encoded(drawing)),
        ("lzw.tif", encoded(drawing, "TIFF", compression="tiff_lzw")),
        ("deflate.tif", encoded(drawing, "TIFF", compression="tiff_adobe_deflate")),
        ("pages.tif", _pages()),
        ("strips.tif", encoded(drawing, "TIFF", tiffinfo={278: 16})),
    ]
    kinds = (("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("BMP", "bmp"), ("WEBP", "webp"))
    files += [(f"a.{suffix}", encoded(drawing, kind)) for kind, suffix in kinds]
    files += [("a.jp2", encoded(drawing, "JPEG2000")), ("a.pgm", encoded(drawing, "PPM"))]
    rgba = drawing.convert("RGBA")
    rgba.putalpha(drawing)
    files.append(("alpha.png", encoded(rgba, "PNG")))
    files.append(("sheets.pdf", pdf([granted_sheet(sheet(1, (300, 400)), 100), LOREM * 9], 100)))
    pictures = {name: data for name, data in files if name.endswith(("png", "tif"))}
    files += [
        ("pictures.zip", zipped(pictures)),
        ("pictures.tar", tarred(pictures)),
        ("pictures.tar.gz", tarred(pictures, "w:gz")),
        ("I20210105.tar", grant_archive(["D0907292"])),
    ]
    name, grant = grant_files("D0907293")
    files.append((f"{name}.zip", zipped(grant)))
    return files


def real(shared: Path) -> list[Named]:
    """Forty of the smaller real sheets as published, and grants packed as the office packs them."""
    folder = shared / "data" / "uspto-sample"
    sheets = sorted(folder.rglob("*.TIF"), key=lambda path: (path.stat().st_size, path.name))
    files = [(path.name, path.read_bytes()) for path in sheets[40:240:5]]
    for grant in sorted(folder.iterdir())[4:12]:
        members = {f"{grant.name}/{path.name}": path.read_bytes() for path in grant.iterdir()}
        kept = dict(sorted(members.items(), key=lambda pair: len(pair[1]))[:3])
        kept |= {name: data for name, data in members.items() if name.endswith(".XML")}
        files.append((f"{grant.name}.zip", zipped(kept)))
        files.append((f"{grant.name}.tar", tarred({f"DESIGN/{grant.name}.zip": zipped(kept)})))
    return files


def _pages() -> bytes:
    pages = [sheet(n, (120, 160)).convert("1") for n in range(3)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    return stream.getvalue()

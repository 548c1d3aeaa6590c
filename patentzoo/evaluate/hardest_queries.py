"""A contact sheet of the queries that fared worst, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patentzoo.errors import ImageError
from patentzoo.evaluate.gallery import Gallery
from patentzoo.evaluate.metrics import QueryScore
from patentzoo.evaluate.protocol import Protocol
from patentzoo.evaluate.ranking import unit_rows
from patentzoo.system.files import replacing
from patentzoo.system.overwrite import check_free

if TYPE_CHECKING:
    from PIL import Image

TILE_PX, BAND_PX, EDGE_PX = 150, 16, 4
SHOWN = 5
GREEN, RED, GREY = (46, 139, 87), (200, 60, 50), (120, 120, 120)


def write_hardest(
    path: str | Path,
    protocol: Protocol,
    gallery: Gallery,
    scores: Sequence[QueryScore],
    *,
    rows: int = 20,
    overwrite: bool = False,
) -> int:
    """Draw a row for each of the worst queries: itself, its best relevant, the first five found.

    Args:
        path: PNG to write.
        protocol: What was measured.
        gallery: Its encoded images.
        scores: Its queries.
        rows: How many queries at most.
        overwrite: Replace a file that is there.

    Returns:
        How many rows were drawn.

    Raises:
        OutputError: The file exists and ``overwrite`` was not given, or cannot be written.
    """
    check_free(path, overwrite=overwrite)
    from PIL import Image, ImageDraw

    worst = sorted(scores, key=lambda score: score.average_precision)[:rows]
    height = TILE_PX + BAND_PX
    sheet = Image.new("RGB", ((SHOWN + 2) * TILE_PX, max(1, len(worst)) * height), "white")
    pen = ImageDraw.Draw(sheet)
    files = _files(protocol)
    for row, score in enumerate(worst):
        for column, (id_, colour) in enumerate(_shown(protocol, gallery, score)):
            x, y = column * TILE_PX, row * height
            tile = _tile(files.get(protocol.owner(id_)) or files.get(id_))
            sheet.paste(tile, (x + EDGE_PX, y + BAND_PX + EDGE_PX))
            pen.rectangle(
                (x, y + BAND_PX, x + TILE_PX - 2, y + height - 2), outline=colour, width=3
            )
            label = f"AP {score.average_precision:.3f}" if column == 0 else Path(id_).name[-22:]
            pen.text((x + 2, y + 2), label, fill=colour)
    with replacing(path) as unfinished:
        sheet.save(unfinished, format="PNG")
    return len(worst)


def _shown(
    protocol: Protocol, gallery: Gallery, score: QueryScore
) -> list[tuple[str, tuple[int, int, int]]]:
    """Ids and colours of a row: query, best relevant, the nearest ones."""
    row = gallery.ids.index(score.id)
    others = _others(protocol, gallery, row)
    units = unit_rows(gallery.vectors[others])
    cosines = units @ unit_rows(gallery.vectors[row : row + 1])[0]
    order = np.argsort(-cosines, kind="stable")
    ranked = [int(others[i]) for i in order]
    wanted = protocol.relevant(score.patent)
    relevant = [i for i in ranked if gallery.patents[i] in wanted]
    shown = [(score.id, GREY), (gallery.ids[relevant[0]], GREY)]
    for i in ranked[:SHOWN]:
        shown.append((gallery.ids[i], GREEN if gallery.patents[i] in wanted else RED))
    return shown


def _others(protocol: Protocol, gallery: Gallery, row: int) -> NDArray[np.int64]:
    """Rows a query is ranked against."""
    if protocol.citations:
        return np.flatnonzero(np.array(gallery.patents) != gallery.patents[row])
    if not protocol.queries:
        return np.delete(np.arange(len(gallery.ids)), row)
    asks = [protocol.owner(id_) in protocol.queries for id_ in gallery.ids]
    return np.flatnonzero(~np.array(asks, bool))


def _files(protocol: Protocol) -> dict[str, Path]:
    if isinstance(protocol.images, Path):
        root = protocol.images
        return {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
    return dict(protocol.images)


def _tile(file: Path | None) -> Image.Image:
    from PIL import Image

    from patentzoo.options import ReadOptions
    from patentzoo.sources import iter_sources

    inner = TILE_PX - 2 * EDGE_PX
    empty = Image.new("L", (inner, inner), 235)
    if file is None:
        return empty
    try:
        source = next(iter(iter_sources(file, ReadOptions(figures="whole"))))
        grey = source.read()[0].grey
    except ImageError:
        return empty
    picture = Image.fromarray(grey)
    picture.thumbnail((inner, inner), Image.Resampling.BOX)
    tile = Image.new("L", (inner, inner), 255)
    tile.paste(picture, ((inner - picture.width) // 2, (inner - picture.height) // 2))
    return tile

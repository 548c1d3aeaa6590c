"""Draw docs/images/contact-sheet.png, sheet.png and, of a folder of meshes, meshes.png.

    python -m docs.tools contact-sheet [--meshes FOLDER]

The first shows one solid of every family in four views, each family in another draughtsman's hand;
the second is a sheet as a patent office publishes it; the third draws real products. Same code,
same pictures.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from patentzoo.data.linedraw.camera import STANDARD_VIEWS, Camera
from patentzoo.data.linedraw.hidden import RayScene, see
from patentzoo.data.linedraw.meshes import MeshLibrary
from patentzoo.data.linedraw.sheet import Layout, compose_sheet
from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import FAMILIES, family_solid
from patentzoo.data.linedraw.strokes import draw, random_style
from patentzoo.data.linedraw.style import Style

IMAGES = Path(__file__).resolve().parents[1] / "images"
SEED = 11
CELL_PX, NAME_PX = 112, 12
ACROSS = 3
MESHES = 42
VIEWS = (
    Camera("perspective", 35, 25),
    *(STANDARD_VIEWS[name] for name in ("front", "right", "top")),
)


def row(name: str, solid: Solid, number: int) -> Image.Image:
    """One solid in its views, with its name."""
    rng = np.random.default_rng([SEED, number])
    style = random_style(rng)
    scene = RayScene(solid)
    image = Image.new("L", (CELL_PX * len(VIEWS), CELL_PX + NAME_PX), 255)
    ImageDraw.Draw(image).text((4, 0), name, fill=0)
    for place, camera in enumerate(VIEWS):
        figure = Image.fromarray(draw(see(scene, camera), style, rng, size_px=2 * CELL_PX))
        figure.thumbnail((CELL_PX - 8, CELL_PX - 8), Image.Resampling.BOX)
        corner = (
            CELL_PX * place + (CELL_PX - figure.width) // 2,
            NAME_PX + (CELL_PX - figure.height) // 2,
        )
        image.paste(figure, corner)
    return image


def families() -> list[Image.Image]:
    """A row of each family of procedural solids."""
    return [
        row(family, family_solid(family, SEED * 1_000_000 + number), number)
        for number, family in enumerate(FAMILIES)
    ]


def products(folder: str) -> list[Image.Image]:
    """Rows of meshes, taken evenly from a library."""
    library = MeshLibrary(folder)
    names = library.names()
    chosen = names[:: max(1, len(names) // MESHES)][:MESHES]
    return [
        row(name.rsplit("/", 1)[-1][:60], library.solid(name), number)
        for number, name in enumerate(chosen)
    ]


def contact_sheet(rows: list[Image.Image]) -> Image.Image:
    """Several rows across; 8 greys, which keep thin strokes legible when small."""
    down = -(-len(rows) // ACROSS)
    width, height = rows[0].size
    page = Image.new("L", (width * ACROSS, height * down), 255)
    for number, image in enumerate(rows):
        page.paste(image, (width * (number // down), height * (number % down)))
    return page.quantize(8)


def sheet(family: str) -> Image.Image:
    """Three views of one solid on a sheet."""
    rng = np.random.default_rng(SEED)
    scene = RayScene(family_solid(family, SEED * 1_000_000))
    style = Style(line=2.2, outline_gain=1.4, shading="isophote", shade_pitch=22)
    figures = [draw(see(scene, camera), style, rng, size_px=900) for camera in VIEWS[:3]]
    page = compose_sheet(figures, Layout(font=3, label_px=52, landscape_share=0.0), rng)
    return Image.fromarray(page.grey).convert("1", dither=Image.Dither.NONE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="chair", help="the solid on the sheet")
    parser.add_argument("--meshes", default="", help="a folder, zip or tar of meshes")
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    contact_sheet(families()).save(IMAGES / "contact-sheet.png", optimize=True)
    if options.meshes:
        sheets = contact_sheet(products(options.meshes))
        sheets.save(IMAGES / "meshes.png", optimize=True)
    sheet(options.family).save(IMAGES / "sheet.png", optimize=True)


if __name__ == "__main__":
    main()

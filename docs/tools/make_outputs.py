"""Run everything README and docs print with the bundled model and write down what comes out.

Run after the weights, the gallery or a printed example has changed:

    python -m docs.tools outputs

It replaces the output below each example, the sentence about `patentzoo demo`, the picture
docs/images/demo.png, those of docs/how-it-works.md, and the outputs of the notebook.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import make_way
import marked
import notebook
import printed
import steps
from PIL import Image, ImageDraw, ImageFont, ImageOps

from patentzoo.evaluate.demo import DemoResult, gallery_folder, run_demo
from patentzoo.hit import Hit

PICTURE = printed.ROOT / "docs" / "images" / "demo.png"
EVERY = 5
"""The picture shows the last of every five queries of the demonstration: none is picked by hand."""
HITS = 5
CELL, GAP, TEXT = 240, 16, 64
INK, GREY, SAME = "#111111", "#666666", "#15803d"


def main() -> None:
    """Outputs, sentence, picture."""
    with tempfile.TemporaryDirectory() as scratch:
        demo = run_demo(out=Path(scratch, "demo"))
    draw_picture(demo, PICTURE)
    for number, path in enumerate(printed.PAGES):
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, str(number))
            way = steps if steps.has_steps(text) else printed
            way.lay_out(folder)
            new = printed.with_outputs(text, way.run(text, folder))
        new = marked.filled(new, {"demo:summary": lambda: f"> {demo.summary}"})
        if new != text:
            path.write_text(new, encoding="utf-8")
            print(f"{path.relative_to(printed.ROOT)}: outputs written")
    make_way.main()
    notebook.rewrite()


def draw_picture(demo: DemoResult, target: Path) -> None:
    """A row a query: the drawing, then its closest drawings."""
    shown = demo.findings[EVERY - 1 :: EVERY]
    width = (1 + HITS) * CELL + (3 + HITS) * GAP
    height = len(shown) * (CELL + TEXT + 2 * GAP) + GAP
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    for row, finding in enumerate(shown):
        top = GAP + row * (CELL + TEXT + 2 * GAP)
        _drawing(sheet, gallery_folder() / finding.result.query, GAP, top)
        _words(pen, GAP, top, "query", finding.result.query.removesuffix(".png"), INK)
        for place, hit in enumerate(finding.result[:HITS]):
            left = 3 * GAP + (1 + place) * CELL + place * GAP
            _hit(sheet, pen, hit, left, top, same=hit.patent == finding.patent)
        pen.line([2 * GAP + CELL, top, 2 * GAP + CELL, top + CELL + TEXT], fill="#bbbbbb", width=2)
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.quantize(24, dither=Image.Dither.NONE).save(target, optimize=True)


def _hit(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, hit: Hit, left: int, top: int, *, same: bool
) -> None:
    _drawing(sheet, Path(os.fspath(hit.path or "")), left, top)
    colour = SAME if same else GREY
    pen.rectangle(
        [left, top, left + CELL, top + CELL],
        outline=SAME if same else "#cccccc",
        width=5 if same else 1,
    )
    score = f"{hit.rank}   {hit.score:.2f}" + ("   same patent" if same else "")
    _words(pen, left, top, score, hit.id.removesuffix(".png"), colour)


def _drawing(sheet: Image.Image, path: Path, left: int, top: int) -> None:
    drawing = ImageOps.contain(Image.open(path).convert("L"), (CELL - 24, CELL - 24))
    x, y = (CELL - drawing.width) // 2, (CELL - drawing.height) // 2
    sheet.paste(drawing, (left + x, top + y))


def _words(
    pen: ImageDraw.ImageDraw, left: int, top: int, first: str, second: str, colour: str
) -> None:
    pen.text((left + 4, top + CELL + 6), first, fill=colour, font=ImageFont.load_default(24))
    pen.text((left + 4, top + CELL + 34), second, fill=GREY, font=ImageFont.load_default(20))


if __name__ == "__main__":
    main()

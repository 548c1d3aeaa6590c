"""Other hands and pens: bold, thin, broken, filled, sketched and annotated drawings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.degradations.camera import Grey
from patentzoo.evaluate.degradations.surfaces import smooth_noise
from patentzoo.system.opencv import load_cv2

Mask = NDArray[np.bool_]


def stroke_width(ink: Mask) -> float:
    """Typical width of the strokes in pixels: area over half the outline."""
    outline = ink & ~_eroded(ink)
    return float(max(1.0, 2 * ink.sum() / max(1, outline.sum())))


def bold(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Draw with a pen of two and a half times the width."""
    cv2 = load_cv2()
    radius = max(1, round(0.75 * stroke_width(drawing < 128)))
    padded = _margin(drawing, radius)
    nib = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.erode(padded, nib))


def thin(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Keep the middle of each stroke only."""
    cv2 = load_cv2()
    depth = cv2.distanceTransform((drawing < 128).astype(np.uint8), cv2.DIST_L2, 5)
    deepest = cv2.dilate(depth, np.ones((5, 5), np.uint8))
    return np.where((depth > 0) & (depth >= 0.75 * deepest), 0, 255).astype(np.uint8)


def broken(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Take a quarter of the ink away in short gaps, as a worn print has."""
    cv2 = load_cv2()
    ink = drawing < 128
    rows, columns = np.nonzero(ink)
    result = drawing.copy()
    radius = max(2, round(1.3 * stroke_width(ink)))
    while (result[ink] < 128).mean() > 0.75:
        for pick in rng.integers(len(rows), size=20):
            cv2.circle(result, (int(columns[pick]), int(rows[pick])), radius, 255, -1)
    return result


def grey_fill(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Fill what lines enclose with shades of grey that fall off to one side."""
    cv2 = load_cv2()
    page = _margin(drawing, 8)
    count, regions = cv2.connectedComponents((page >= 128).astype(np.uint8), connectivity=4)
    shades = rng.uniform(120, 235, count).astype(np.float32)
    shades[0], shades[regions[0, 0]] = 0, 255
    filled = shades[regions]
    y, x = np.mgrid[: page.shape[0], : page.shape[1]].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x * np.cos(angle) + y * np.sin(angle)) / max(page.shape)
    inside = (regions != regions[0, 0]) & (regions > 0)
    filled[inside] = np.clip(filled[inside] + 50 * (slope[inside] - slope.mean()), 90, 245)
    return np.asarray(np.where(page < 128, page, filled), np.uint8)


def sketch(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Draw by an unsure hand with a pencil: strokes waver, are gone over twice, press unevenly."""
    cv2 = load_cv2()
    scale = 900 / max(drawing.shape)
    size = tuple(max(16, round(each * scale)) for each in drawing.shape[::-1])
    page = _margin(cv2.resize(drawing, size, interpolation=cv2.INTER_AREA), 30)
    shape = page.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    slow = [smooth_noise(shape, 90, rng) * 4.0 for _ in range(2)]
    strokes = np.zeros(shape, np.float32)
    for weight in (0.95, 0.6):
        dx, dy = (each + smooth_noise(shape, 22, rng) * 1.3 for each in slow)
        moved = cv2.remap(page, x + dx, y + dy, cv2.INTER_LINEAR, borderValue=255)
        wide = cv2.erode(moved, np.ones((2, 2), np.uint8))
        dark = 1 - cv2.GaussianBlur(wide, (0, 0), 0.8).astype(np.float32) / 255
        press = np.clip(0.75 + 0.25 * smooth_noise(shape, 40, rng), 0.25, 1)
        strokes = np.maximum(strokes, weight * dark * press)
    tooth = np.clip(1 + 0.25 * smooth_noise(shape, 1.5, rng), 0.4, 1.3)
    return np.asarray(255 * (1 - np.clip(1.2 * strokes * tooth, 0, 0.9)), np.uint8)


def annotated(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Write reference numerals round a drawing, with lead lines, and two arrows."""
    cv2 = load_cv2()
    rows, columns = np.nonzero(drawing < 128)
    height, width = drawing.shape
    rim = max(30, round(0.14 * max(height, width)))
    page = _margin(drawing, rim)
    middle = np.array([page.shape[1], page.shape[0]]) / 2
    pen = max(1, round(0.7 * stroke_width(drawing < 128)))
    size = rim / 60
    for number in range(int(rng.integers(5, 10))):
        pick = rng.integers(len(rows))
        target = np.array([columns[pick], rows[pick]], float) + rim
        away = target - middle + rng.normal(0, 0.2 * max(height, width), 2)
        away /= max(1e-6, float(np.abs(away / (middle - rim / 2)).max()))
        start = middle + away
        if number < 2:
            cv2.arrowedLine(page, _point(start), _point(target), 0, pen, cv2.LINE_AA, 0, 0.12)
            continue
        bend = (start + target) / 2 + rng.normal(0, rim / 6, 2)
        curve = np.array([start, bend, target]).round().astype(np.int32)
        cv2.polylines(page, [curve], False, 0, pen, cv2.LINE_AA)
        text = str(rng.integers(10, 300)) + ("a" if rng.random() < 0.2 else "")
        place = _point(start - np.array([0.35 * rim, -0.15 * rim]))
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 5 * pen, cv2.LINE_AA)
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, 0, pen, cv2.LINE_AA)
    return page


def _point(place: NDArray[np.floating]) -> tuple[int, int]:
    return int(place[0]), int(place[1])


def _eroded(ink: Mask) -> Mask:
    cv2 = load_cv2()
    return np.asarray(cv2.erode(ink.astype(np.uint8), np.ones((3, 3), np.uint8)), bool)


def _margin(drawing: Grey, px: int) -> Grey:
    return np.pad(drawing, px, constant_values=255)

"""Copies of a drawing: inverted, on screen, faxed, small, stained, turned, mirrored and cut."""

from __future__ import annotations

import numpy as np

from patentzoo.evaluate.degradations.camera import Colour, Grey, as_jpeg
from patentzoo.evaluate.degradations.surfaces import smooth_noise
from patentzoo.system.opencv import load_cv2


def white_on_black(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Show light lines on a dark ground, as dark viewers do: black to charcoal, with a rim."""
    ground, line = rng.uniform(0, 45), rng.uniform(205, 255)
    page = np.pad(_fit(drawing, int(rng.integers(700, 1400))), int(rng.integers(15, 60)), "edge")
    cover = 1 - page.astype(np.float32) / 255
    return np.asarray(np.round(ground + (line - ground) * cover), np.uint8)


def screenshot(drawing: Grey, rng: np.random.Generator) -> Colour:
    """Cut a drawing out of a viewer's window: small, off-white, softened, saved as JPEG."""
    page = np.pad(_fit(drawing, int(rng.integers(380, 700))), 20, constant_values=255)
    ground = rng.integers(238, 256, 3)
    picture = (page[..., None].astype(np.float32) / 255 * ground).astype(np.uint8)
    return as_jpeg(picture, int(rng.integers(25, 55)))


def fax(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Fax a page in standard resolution, 204 x 98 dpi: bilevel, ragged, with specks and streaks."""
    cv2 = load_cv2()
    page = np.pad(_fit(drawing, 1300), 60, constant_values=255)
    height, width = page.shape
    coarse = cv2.resize(page, (width, round(height * 98 / 204)), interpolation=cv2.INTER_AREA)
    level = 150 + 22 * smooth_noise(coarse.shape, 1.2, rng)
    black = coarse < level - 20
    specks = rng.random(black.shape)
    black |= specks < 0.0006
    black &= specks < 0.985
    for column in rng.integers(width, size=rng.integers(0, 3)):
        black[:, column] = True
    line = np.where(black, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(line, (width, height), interpolation=cv2.INTER_NEAREST))


def thumbnail_64(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Shrink to 64 pixels."""
    return _fit(drawing, 64)


def thumbnail_96(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Shrink to 96 pixels."""
    return _fit(drawing, 96)


def coffee_stain(drawing: Grey, rng: np.random.Generator) -> Colour:
    """Scan a page on which a cup stood: a brown ring, darker at its rim, and drops."""
    page = np.pad(_fit(drawing, 1100), 40, constant_values=255)
    height, width = page.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    stain = np.zeros((height, width), np.float32)
    wobble = smooth_noise(page.shape, 60, rng)
    rings = [(rng.uniform(0.18, 0.3) * max(page.shape), 1.0)]
    rings += [(rng.uniform(8, 30), 0.7) for _ in range(rng.integers(1, 5))]
    for radius, strength in rings:
        away = np.hypot(x - rng.uniform(0, width), y - rng.uniform(0, height)) + 2 * wobble
        rim = np.exp(-(((away - radius) / (4 + radius / 40)) ** 2))
        wash = 0.15 * (1 - np.tanh((away - radius) / 6))
        stain = np.maximum(stain, strength * (0.75 * rim + wash))
    stain *= np.clip(0.8 + 0.2 * smooth_noise(page.shape, 45, rng), 0.3, 1.2)
    absorbed = np.array([0.38, 0.62, 0.88], np.float32)
    paper = 255 * (1 - np.clip(stain, 0, 1)[..., None] * absorbed)
    return np.asarray(page[..., None].astype(np.float32) / 255 * paper, np.uint8)


def rotated_15(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Turn by 15 degrees, one way or the other."""
    cv2 = load_cv2()
    height, width = drawing.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 15 * rng.choice((-1, 1)), 1)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(height * sin + width * cos) + 4, int(height * cos + width * sin) + 4)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(drawing, turn, size, flags=cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(turned)


def rotated_90(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Turn by a quarter, one way or the other."""
    return np.ascontiguousarray(np.rot90(drawing, rng.choice((1, 3))))


def rotated_180(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Turn upside down."""
    return np.ascontiguousarray(drawing[::-1, ::-1])


def mirrored(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Exchange left and right."""
    return np.ascontiguousarray(drawing[:, ::-1])


def crop_60(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Keep 60 % of the area."""
    return _crop(drawing, 0.6, rng)


def crop_40(drawing: Grey, rng: np.random.Generator) -> Grey:
    """Keep 40 % of the area."""
    return _crop(drawing, 0.4, rng)


def _crop(drawing: Grey, share: float, rng: np.random.Generator) -> Grey:
    """A window of the drawing's own proportions that holds at least a quarter of its ink."""
    height, width = (max(4, round(each * share**0.5)) for each in drawing.shape)
    ink = drawing < 128
    best, most = drawing, -1.0
    for _ in range(20):
        top = rng.integers(drawing.shape[0] - height + 1)
        left = rng.integers(drawing.shape[1] - width + 1)
        held = float(ink[top : top + height, left : left + width].sum() / max(1, ink.sum()))
        if held > most:
            best, most = drawing[top : top + height, left : left + width], held
        if held >= 0.25:
            break
    return np.ascontiguousarray(best)


def _fit(drawing: Grey, longest_px: int) -> Grey:
    """Scale to a longest side, by area where it shrinks."""
    cv2 = load_cv2()
    scale = longest_px / max(drawing.shape)
    size = (max(1, round(drawing.shape[1] * scale)), max(1, round(drawing.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(drawing, size, interpolation=way))

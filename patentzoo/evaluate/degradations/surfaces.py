"""What lies before the camera: a printed sheet, a plain table, a desk with other things on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.degradations.camera import Floats, Grey, linear
from patentzoo.system.opencv import load_cv2

SHEETS_MM = ((210.0, 297.0), (216.0, 279.0))
"""A4 and Letter."""
PRINT_PX_PER_MM = 6.0
"""About 150 dpi: finer than any of the photographs sees it."""
DESK_PX_PER_MM = 1.5


def printed_sheet(drawing: Grey, rng: np.random.Generator) -> tuple[Floats, tuple[float, float]]:
    """A drawing printed on a sheet: reflectance, float32 (H, W), and its size in millimetres.

    Toner reflects 3 to 8 %, paper 78 to 90 %, a little unevenly; some sheets were folded.
    """
    cv2 = load_cv2()
    short, long = SHEETS_MM[rng.integers(len(SHEETS_MM))]
    wide = drawing.shape[1] > 1.15 * drawing.shape[0]
    size_mm = (long, short) if wide else (short, long)
    width, height = (round(each * PRINT_PX_PER_MM) for each in size_mm)
    inside = rng.uniform(0.72, 0.88)
    scale = inside * min(width / drawing.shape[1], height / drawing.shape[0])
    fitted = (max(8, round(drawing.shape[1] * scale)), max(8, round(drawing.shape[0] * scale)))
    small = cv2.resize(drawing, fitted, interpolation=cv2.INTER_AREA)
    paper, toner = rng.uniform(0.78, 0.9), rng.uniform(0.03, 0.08)
    sheet = np.full((height, width), 255, np.uint8)
    left, top = (width - fitted[0]) // 2, (height - fitted[1]) // 2
    sheet[top : top + fitted[1], left : left + fitted[0]] = small
    cover = cv2.GaussianBlur(sheet.astype(np.float32) / 255, (0, 0), 0.6)
    grain = smooth_noise((height, width), 2.5, rng) * rng.uniform(0.004, 0.012)
    light = toner + (paper + grain - toner) * cover
    if rng.random() < 0.3:
        light *= _folds(height, rng)[:, None]
    return np.asarray(light, np.float32), size_mm


def plain_table(extent_mm: float, rng: np.random.Generator) -> Floats:
    """A table top of one colour, darker than paper, with a little grain."""
    n = round(extent_mm * DESK_PX_PER_MM)
    colour = linear(np.array(rng.integers((30, 25, 20), (150, 140, 130)), np.uint8))
    grain = 1 + 0.08 * smooth_noise((n, n), 1.5, rng) + 0.1 * smooth_noise((n, n), 60, rng)
    return np.asarray(grain[..., None] * colour, np.float32)


def cluttered_desk(extent_mm: float, rng: np.random.Generator) -> Floats:
    """A wooden or grey desk with pens, cups, cards, coins, leads and other papers on it."""
    desk = _wood(extent_mm, rng) if rng.random() < 0.7 else plain_table(extent_mm, rng)
    things = (paper_with_text, pen, cup, coin, card, lead, keyboard)
    for _ in range(rng.integers(7, 13)):
        thing = things[rng.integers(len(things))]
        centre = _beside_the_sheet(extent_mm, rng)
        _lay(desk, thing, centre, rng)
    return desk


def lay_sheet(desk: Floats, size_mm: tuple[float, float], rng: np.random.Generator) -> None:
    """Darken the desk round a sheet that lies in its middle: light does not reach under its rim."""
    n = len(desk)
    half = [round(each * DESK_PX_PER_MM / 2) for each in size_mm]
    cover = np.zeros((n, n), np.float32)
    dx, dy = rng.integers(-4, 5, 2)
    middle = n // 2
    cover[
        middle - half[1] + dy : middle + half[1] + dy, middle - half[0] + dx : middle + half[0] + dx
    ] = 1
    cover = load_cv2().GaussianBlur(cover, (0, 0), rng.uniform(1.5, 5))
    desk *= 1 - rng.uniform(0.2, 0.5) * cover[..., None]


def smooth_noise(shape: tuple[int, int], grain_px: float, rng: np.random.Generator) -> Floats:
    """Noise of a grain size: float32, mean 0, standard deviation 1."""
    small = (max(4, round(shape[0] / grain_px)), max(4, round(shape[1] / grain_px)))
    noise = rng.standard_normal(small, np.float32)
    cv2 = load_cv2()
    grown = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown / max(float(grown.std()), 1e-6), np.float32)


def _folds(height: int, rng: np.random.Generator) -> Floats:
    """Shading of a letter folded in three: each part leans another way."""
    shade = np.ones(height, np.float32)
    for crease in (height / 3, 2 * height / 3):
        row = crease + rng.normal(0, height / 60)
        y = np.arange(height)
        lean = rng.uniform(-0.06, 0.06)
        shade *= 1 + lean * np.tanh((y - row) / 12)
        shade *= 1 - 0.12 * np.exp(-(((y - row) / 4) ** 2))
    return np.asarray(shade, np.float32)


def _wood(extent_mm: float, rng: np.random.Generator) -> Floats:
    """Long grain along one side, rings where a branch was, gaps between boards."""
    n = round(extent_mm * DESK_PX_PER_MM)
    y = np.mgrid[:n, :n][0].astype(np.float32) / DESK_PX_PER_MM
    bend = 12 * smooth_noise((n, n), 250, rng)
    rings = np.sin((y + bend) / rng.uniform(1.5, 4)) * 0.5 + np.sin((y + bend) / 11) * 0.5
    fibre = load_cv2().GaussianBlur(smooth_noise((n, n), 1.5, rng), (0, 0), sigmaX=14, sigmaY=0.6)
    board = np.where(y % rng.uniform(70, 160) < 1.2, 0.35, 1.0)
    tone = (1 + 0.16 * rings + 0.35 * fibre) * board
    dark = linear(np.array(rng.integers((60, 40, 20), (190, 150, 110)), np.uint8))
    wood = np.asarray(np.clip(tone, 0.1, 2)[..., None] * dark, np.float32)
    return wood if rng.random() < 0.5 else np.ascontiguousarray(wood.transpose(1, 0, 2))


def _beside_the_sheet(extent_mm: float, rng: np.random.Generator) -> tuple[float, float]:
    """A place round the middle, some 120 to 300 mm away: things peep out from under the sheet."""
    angle = rng.uniform(0, 2 * np.pi)
    away = rng.uniform(125, min(300, extent_mm / 2))
    return away * np.cos(angle), 1.25 * away * np.sin(angle)


Thing = Callable[[np.random.Generator], tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def _lay(desk: Floats, thing: Thing, centre: tuple[float, float], rng: np.random.Generator) -> None:
    """Put a thing on the desk, turned any way, with its shadow."""
    cv2 = load_cv2()
    colour, cover = thing(rng)
    side = int(np.hypot(*cover.shape)) + 40
    turn = cv2.getRotationMatrix2D((cover.shape[1] / 2, cover.shape[0] / 2), rng.uniform(0, 360), 1)
    turn[:, 2] += side / 2 - np.array(cover.shape[::-1]) / 2
    mask = cv2.warpAffine(cover.astype(np.float32) / 255, turn, (side, side))
    paint = cv2.warpAffine(linear(colour), turn, (side, side))
    shift = np.array([[1, 0, rng.uniform(-8, 8)], [0, 1, rng.uniform(-8, 8)]], np.float32)
    shadow = cv2.warpAffine(mask, shift, (side, side))
    shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(1.5, 5))
    left, top = (round(each * DESK_PX_PER_MM + (len(desk) - side) / 2) for each in centre)
    here = desk[max(0, top) : top + side, max(0, left) : left + side]
    there = slice(max(0, -top), None), slice(max(0, -left), None)
    mask, paint, shadow = (
        each[there][: here.shape[0], : here.shape[1]] for each in (mask, paint, shadow)
    )
    here *= 1 - 0.45 * shadow[..., None]
    here += mask[..., None] * (paint - here)


def _blank(width_mm: float, height_mm: float, colour: NDArray[np.integer]) -> NDArray[np.uint8]:
    size = (round(height_mm * DESK_PX_PER_MM), round(width_mm * DESK_PX_PER_MM), 3)
    return np.asarray(np.broadcast_to(np.asarray(colour, np.uint8), size).copy())


def paper_with_text(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Another sheet, written on in lines."""
    picture = _blank(rng.uniform(100, 210), rng.uniform(140, 297), rng.integers(215, 250, 3))
    for row in range(30, len(picture) - 30, int(rng.integers(9, 18))):
        column = 25
        while column < picture.shape[1] - 50:
            word = int(rng.integers(6, 30))
            picture[row : row + 4, column : column + word] = rng.integers(20, 90)
            column += word + 6
    return picture, np.full(picture.shape[:2], 255, np.uint8)


def pen(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A pen or pencil, lit along its middle."""
    picture = _blank(rng.uniform(120, 180), rng.uniform(7, 12), rng.integers(10, 230, 3))
    across = np.sin(np.linspace(0.15, np.pi - 0.1, len(picture)))[:, None, None]
    picture = np.asarray(picture * (0.45 + 0.55 * across), np.uint8)
    picture[:, -18:] = rng.integers(20, 220, 3)
    return picture, np.full(picture.shape[:2], 255, np.uint8)


def cup(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A cup of coffee from above, with its handle."""
    cv2 = load_cv2()
    radius = int(rng.uniform(38, 46) * DESK_PX_PER_MM)
    side = 3 * radius
    picture, cover = np.zeros((side, side, 3), np.uint8), np.zeros((side, side), np.uint8)
    middle = (side // 2, side // 2)
    china = tuple(int(each) for each in rng.integers(60, 255, 3))
    cv2.line(picture, middle, (side - 10, side // 2), china, 18)
    cv2.line(cover, middle, (side - 10, side // 2), 255, 18)
    cv2.circle(picture, middle, radius, china, -1)
    cv2.circle(cover, middle, radius, 255, -1)
    cv2.circle(picture, middle, int(0.88 * radius), (52, 30, 18), -1, cv2.LINE_AA)
    return picture, cover


def coin(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A coin."""
    cv2 = load_cv2()
    radius = int(rng.uniform(9, 14) * DESK_PX_PER_MM)
    side = 2 * radius + 4
    picture, cover = np.zeros((side, side, 3), np.uint8), np.zeros((side, side), np.uint8)
    middle = (side // 2, side // 2)
    metal = rng.integers((150, 120, 70), (210, 190, 170))
    cv2.circle(cover, middle, radius, 255, -1)
    cv2.circle(picture, middle, radius, tuple(map(int, metal)), -1)
    cv2.circle(picture, middle, radius - 3, tuple(map(int, metal * 0.7)), 2)
    return picture, cover


def card(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A card, a phone, a note: one colour with a bar in another."""
    size = (rng.uniform(50, 90), rng.uniform(50, 160))
    picture = _blank(*size, rng.integers(10, 250, 3))
    low, high = len(picture) // 5, len(picture) // 5 + int(rng.integers(6, 40))
    picture[low:high, 8:-8] = rng.integers(10, 250, 3)
    return picture, np.full(picture.shape[:2], 255, np.uint8)


def lead(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A cable that lies in curves."""
    cv2 = load_cv2()
    picture, cover = np.zeros((400, 600, 3), np.uint8), np.zeros((400, 600), np.uint8)
    x = np.linspace(10, 590, 120)
    y = 200 + 90 * np.sin(x / rng.uniform(50, 120) + rng.uniform(0, 6)) + 40 * np.sin(x / 37)
    curve = np.stack([x, y], axis=1).astype(np.int32)
    shade = int(rng.integers(10, 240))
    for canvas, colour in ((picture, (shade,) * 3), (cover, 255)):
        cv2.polylines(canvas, [curve], False, colour, int(rng.integers(6, 12)), cv2.LINE_AA)
    return picture, cover


def keyboard(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A keyboard: rows of keys."""
    base = int(rng.integers(15, 200))
    picture = _blank(rng.uniform(280, 360), rng.uniform(100, 130), np.array([base] * 3))
    key = min(255, base + 35)
    for row in range(10, len(picture) - 30, 40):
        for column in range(10, picture.shape[1] - 30, 38):
            picture[row : row + 34, column : column + 32] = key
            picture[row + 12 : row + 22, column + 11 : column + 20] = 255 - key
    return picture, np.full(picture.shape[:2], 255, np.uint8)

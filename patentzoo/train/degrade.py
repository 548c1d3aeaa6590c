"""What happens to a drawing before a person holds it up as a query: one change at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Change = Callable[[Grey, np.random.Generator], Grey]


def degraded(grey: Grey, rng: np.random.Generator) -> Grey:
    """Change a drawing in one way picked by chance: uint8 (H, W) to uint8 (H', W')."""
    names = list(CHANGES)
    weights = np.array([CHANGES[name][1] for name in names])
    picked = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    return CHANGES[picked][0](grey, rng)


def jpeg(grey: Grey, rng: np.random.Generator) -> Grey:
    """A screenshot: scaled to 200 to 500 px and compressed."""
    import cv2

    small = _scaled_to(grey, float(rng.uniform(200, 500)))
    quality = int(rng.integers(8, 50))
    encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def thumbnail(grey: Grey, rng: np.random.Generator) -> Grey:
    """A preview of 64 to 140 px."""
    return _scaled_to(grey, float(np.exp(rng.uniform(np.log(64), np.log(140)))))


def blurred(grey: Grey, rng: np.random.Generator) -> Grey:
    """Out of focus, by up to a hundredth of the longer side, contrast stretched again."""
    import cv2

    sigma = float(rng.uniform(0.002, 0.008)) * max(grey.shape)
    soft = cv2.GaussianBlur(grey, (0, 0), max(0.5, sigma)).astype(np.float32)
    dark = float(soft.min())
    stretched = (soft - dark) * 255 / max(1.0, 255 - dark)
    return np.asarray(np.clip(stretched, 0, 255), np.uint8)


def bold(grey: Grey, rng: np.random.Generator) -> Grey:
    """Strokes up to a fiftieth of the longer side wider."""
    import cv2

    side = 1 + round(float(rng.uniform(0.004, 0.018)) * max(grey.shape))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.erode(grey, kernel), np.uint8)


def filled(grey: Grey, rng: np.random.Generator) -> Grey:
    """The object's area under a grey, as in a rendering: one tone, or one for each closed face."""
    import cv2

    mask = np.pad((grey < 200).astype(np.uint8), 1)
    if rng.random() < 0.5:
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)))
    count, faces = cv2.connectedComponents(1 - mask, connectivity=4)
    outside = faces[0, 0]
    if rng.random() < 0.5:
        tones = rng.uniform(100, 250, count).astype(np.float32)
    else:
        tones = np.full(count, rng.uniform(130, 235), np.float32)
    slope = np.linspace(0, float(rng.uniform(-60, 60)), grey.shape[1], dtype=np.float32)
    face = faces[1:-1, 1:-1]
    tone = np.clip(tones[face] + slope[None, :], 90, 250)
    return np.where(face != outside, np.minimum(grey, tone), grey).astype(np.uint8)


def broken(grey: Grey, rng: np.random.Generator) -> Grey:
    """Strokes with gaps, as a worn print or a bad scan has them: up to a third of the ink gone."""
    import cv2

    height, width = grey.shape
    cells = max(4, round(max(grey.shape) / float(rng.uniform(4, 14))))
    size = (max(2, width * cells // max(grey.shape)), max(2, height * cells // max(grey.shape)))
    worn = rng.random((size[1], size[0])).astype(np.float32)
    worn = np.asarray(cv2.resize(worn, (width, height), interpolation=cv2.INTER_LINEAR))
    level = float(np.quantile(worn[:: max(1, height // 99), :: max(1, width // 99)], 0.3))
    return np.where(worn < level * float(rng.uniform(0.7, 1.0)), 255, grey).astype(np.uint8)


def sketched(grey: Grey, rng: np.random.Generator) -> Grey:
    """Drawn again by hand: lines displaced smoothly by up to two hundredths, at times doubled."""
    import cv2

    once = _displaced(grey, rng)
    if rng.random() < 0.4:
        once = np.minimum(once, _displaced(grey, rng))
    if rng.random() < 0.5:
        once = np.asarray(cv2.erode(once, np.ones((2, 2), np.uint8)), np.uint8)
    return once


def _displaced(grey: Grey, rng: np.random.Generator) -> Grey:
    import cv2

    height, width = grey.shape
    longest = max(grey.shape)
    cells = int(rng.integers(4, 14))
    size = float(rng.uniform(0.005, 0.02)) * longest
    coarse = rng.normal(0, 1, (2, cells, cells)).astype(np.float32)
    field = [cv2.resize(c, (width, height), interpolation=cv2.INTER_CUBIC) * size for c in coarse]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = cv2.remap(
        grey,
        x + field[0],
        y + field[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    return np.asarray(moved, np.uint8)


def turned(grey: Grey, rng: np.random.Generator) -> Grey:
    """Held askew by up to 18°."""
    import cv2

    height, width = grey.shape
    angle = float(rng.uniform(-18, 18))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    reach = np.abs(matrix[:, :2]) @ np.array([width, height])
    matrix[:, 2] += reach / 2 - np.array([width, height]) / 2
    size = (int(np.ceil(reach[0])), int(np.ceil(reach[1])))
    out = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(out, np.uint8)


def cropped(grey: Grey, rng: np.random.Generator) -> Grey:
    """A part of 35 to 90 % of the area, if it holds a fair share of the ink."""
    height, width = grey.shape
    share = float(np.sqrt(rng.uniform(0.35, 0.9)))
    h, w = (min(side, max(8, int(side * share))) for side in grey.shape)
    y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    part = grey[y : y + h, x : x + w]
    ink, whole = (255 - part.astype(np.float32)).sum(), (255 - grey.astype(np.float32)).sum()
    return np.ascontiguousarray(part) if ink > 0.25 * whole else grey


def numbered(grey: Grey, rng: np.random.Generator) -> Grey:
    """Reference numerals round and in the figure, lead lines from them to its lines, arrows."""
    import cv2

    longest = max(grey.shape)
    rim = round(float(rng.uniform(0.03, 0.16)) * longest)
    page = np.pad(grey, rim, constant_values=255)
    ys, xs = np.nonzero(grey < 160)
    if not len(ys):
        return grey
    pen = max(1, round(float(rng.uniform(0.001, 0.005)) * longest))
    font = int(rng.integers(0, 8)) | (cv2.FONT_ITALIC if rng.random() < 0.3 else 0)
    scale = float(rng.uniform(0.025, 0.06)) * longest / 22
    for _ in range(int(rng.integers(3, 13))):
        pick = int(rng.integers(len(ys)))
        target = np.array([xs[pick], ys[pick]]) + rim
        start = _beside(target, page.shape, rng)
        _lead(page, start, target, pen, rng)
        number = f"{rng.integers(1, 400)}" + str(rng.choice(["", "", "", "a", "b", "'"]))
        (wide, high), _ = cv2.getTextSize(number, font, scale, pen)
        place = (int(start[0]) - wide // 2, int(start[1]) + high // 2)
        if rng.random() < 0.5:
            cv2.putText(page, number, place, font, scale, 255, 4 * pen + 3, cv2.LINE_AA)
        cv2.putText(page, number, place, font, scale, 0, pen, cv2.LINE_AA)
    return page


def _beside(
    target: npt.NDArray[np.int64], shape: tuple[int, ...], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Where the numeral of a part stands: away from the middle of the page, inside it."""
    height, width = shape
    away = target - np.array([width, height]) / 2 + rng.normal(0, 0.15 * max(shape), 2)
    away /= max(1e-6, float(np.hypot(*away)))
    start = target + away * float(rng.uniform(0.08, 0.4)) * max(shape)
    inset = 0.04 * max(shape)
    return np.clip(start, inset, np.maximum(np.array([width, height]) - inset, inset))


def _lead(
    page: Grey,
    start: npt.NDArray[np.float64],
    target: npt.NDArray[np.int64],
    pen: int,
    rng: np.random.Generator,
) -> None:
    """Draw a lead line: straight, bent or curved, some with an arrowhead, some left out."""
    import cv2

    ends = start.round().astype(int).tolist(), target.tolist()
    kind = rng.random()
    if kind < 0.1:
        return
    if kind < 0.3:
        tip = float(rng.uniform(0.08, 0.2))
        cv2.arrowedLine(page, ends[0], ends[1], 0, pen, cv2.LINE_AA, 0, tip)
        return
    along = np.linspace(0, 1, 12)[:, None]
    bend = (start + target) / 2 + rng.normal(0, 0.12, 2) * np.hypot(*(target - start))
    if kind < 0.6:
        bend = (start + target) / 2
    curve = (1 - along) ** 2 * start + 2 * along * (1 - along) * bend + along**2 * target
    cv2.polylines(page, [curve.round().astype(np.int32)], False, 0, pen, cv2.LINE_AA)


def unevenly_lit(grey: Grey, rng: np.random.Generator) -> Grey:
    """A shadow over the paper, noise of a sensor in it."""
    height, width = grey.shape
    across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, None]
    slope = rng.normal(0, 1, 2)
    plane = slope[0] * across[None, :] + slope[1] * down
    low = float(rng.uniform(0.75, 0.95))
    light = low + (1 - low) * (plane - plane.min()) / max(1e-6, float(np.ptp(plane)))
    noisy = grey * light + rng.normal(0, float(rng.uniform(0, 4)), grey.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _scaled_to(grey: Grey, longest_px: float) -> Grey:
    import cv2

    scale = longest_px / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


CHANGES: dict[str, tuple[Change, float]] = {
    "jpeg": (jpeg, 1.0),
    "thumbnail": (thumbnail, 1.5),
    "blurred": (blurred, 1.0),
    "bold": (bold, 1.5),
    "filled": (filled, 1.5),
    "sketched": (sketched, 1.5),
    "broken": (broken, 0.7),
    "numbered": (numbered, 2.0),
    "turned": (turned, 1.2),
    "cropped": (cropped, 2.0),
    "unevenly-lit": (unevenly_lit, 0.5),
}
"""Each change and how often it is picked, relative to the others."""

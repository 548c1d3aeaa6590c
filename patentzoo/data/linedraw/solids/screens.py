"""Flat content of screens and labels as strokes [(n, 2), ...] within a centred box."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solids import lettering, outlines
from patentzoo.data.linedraw.solids.draft import Floats

Strokes = list[Floats]


def loop(outline: Floats, x: float = 0.0, y: float = 0.0) -> Floats:
    """A closed stroke from an outline, moved to (x, y)."""
    closed: Floats = np.vstack([outline, outline[:1]]) + np.array([[x, y]])
    return closed


def frame(
    width: float, height: float, radius: float = 0.0, x: float = 0.0, y: float = 0.0
) -> Floats:
    """A closed stroke around a box."""
    return loop(outlines.box(width, height, radius, 3), x, y)


# A gable on a box, within a square of half side 1.
_HOUSE = np.array(
    [[-0.7, -1], [0.7, -1], [0.7, 0.1], [1, 0.1], [0, 1], [-1, 0.1], [-0.7, 0.1], [-0.7, -1]]
)


def icon(rng: np.random.Generator, size: float, x: float = 0.0, y: float = 0.0) -> Strokes:
    """One of many small signs, `size` across, centred on (x, y)."""
    r = size / 2
    kind = int(rng.integers(14))
    flat: Strokes
    if kind <= 3:
        flat = [loop(outlines.any_outline(rng, r, r * rng.uniform(0.6, 1)))]
        if rng.random() < 0.5:
            flat.append(flat[0] * rng.uniform(0.4, 0.8))
    elif kind == 4:  # an hourglass
        flat = [np.array([[-r, r], [r, r], [-r, -r], [r, -r], [-r, r]]) * np.array([0.7, 1.0])]
    elif kind == 5:  # a magnifier
        flat = [
            loop(outlines.ellipse(0.6 * r, 0.6 * r, 18), -0.3 * r, 0.3 * r),
            r * np.array([[0.15, -0.15], [1, -1]]),
        ]
    elif kind == 6:  # a house
        flat = [_HOUSE * r]
    elif kind == 7:  # a person
        flat = [
            loop(outlines.ellipse(0.4 * r, 0.4 * r, 16), 0, 0.5 * r),
            outlines.ellipse(r, 0.9 * r, 24)[:13] - [0, r],
        ]
    elif kind == 8:  # bars
        flat = [
            frame(0.35 * r, h, 0, k * 0.55 * r, h / 2 - r)
            for k, h in enumerate(rng.uniform(0.4, 2, 3) * r, -1)
        ]
    elif kind == 9:  # play, next
        flat = [loop(outlines.regular(3, r, np.pi / 6)), loop(outlines.ellipse(r, r, 24) * 1.2)]
    elif kind == 10:  # plus, cross
        flat = [r * np.array([[-1, 0], [1, 0]]), r * np.array([[0, -1], [0, 1]])]
    elif kind == 11:  # an envelope
        flat = [frame(2 * r, 1.3 * r), r * np.array([[-1, 0.65], [0, -0.1], [1, 0.65]])]
    elif kind == 12:  # a gear wheel
        flat = [loop(outlines.gear(8, r, 0.75 * r)), loop(outlines.ellipse(0.35 * r, 0.35 * r, 14))]
    else:
        flat = lettering.text(lettering.word(rng, 1, 2), 1.2 * r)
    return [stroke + np.array([x, y]) for stroke in flat]


def _rows(rng: np.random.Generator, w: float, h: float) -> Strokes:
    count = int(rng.integers(3, 8))
    pitch, strokes = h / count, []
    boxed, has_icon = rng.random() < 0.5, rng.random() < 0.6
    toggle = rng.random() < 0.4
    for k in range(count):
        y = h / 2 - (k + 0.5) * pitch
        if boxed:
            strokes.append(frame(0.94 * w, 0.8 * pitch, 0.15 * pitch, 0, y))
        else:
            strokes.append(np.array([[-w / 2, y - pitch / 2], [w / 2, y - pitch / 2]]))
        if has_icon:
            strokes += icon(rng, min(0.5 * pitch, 0.15 * w), -0.37 * w, y)
        strokes += lettering.fitted(rng, 0.42 * w, 0.3 * pitch, -0.02 * w, y)
        if toggle:
            strokes.append(frame(0.12 * w, 0.06 * w, 0.03 * w, 0.36 * w, y))
            strokes.append(
                loop(
                    outlines.ellipse(0.02 * w, 0.02 * w, 10),
                    (0.33 if rng.random() < 0.5 else 0.39) * w,
                    y,
                )
            )
    return strokes


def _grid(rng: np.random.Generator, w: float, h: float) -> Strokes:
    columns, rows = int(rng.integers(2, 6)), int(rng.integers(2, 7))
    dx, dy, strokes = w / columns, h / rows, []
    size, labels = 0.55 * min(dx, dy), rng.random() < 0.5
    framed = rng.random() < 0.5
    for i in range(columns):
        for j in range(rows):
            x, y = (i + 0.5) * dx - w / 2, (j + 0.5) * dy - h / 2
            if framed:
                strokes.append(frame(1.5 * size, 1.4 * size, 0.2 * size, x, y))
            strokes += icon(rng, size, x, y + 0.08 * dy)
            if labels:
                strokes.append(
                    np.array([[x - 0.35 * dx, y - 0.4 * dy], [x + 0.35 * dx, y - 0.4 * dy]])
                )
    return strokes


def _chart(rng: np.random.Generator, w: float, h: float) -> Strokes:
    kind, strokes = rng.integers(3), [np.array([[-w, h], [-w, -h], [w, -h]]) * 0.44]
    if kind == 0:
        n = int(rng.integers(4, 11))
        for k, top in enumerate(rng.uniform(0.1, 0.85, n) * h):
            strokes.append(
                frame(0.55 * w / n, top, 0, (k + 0.5) * 0.86 * w / n - 0.43 * w, top / 2 - 0.44 * h)
            )
    elif kind == 1:
        for _ in range(int(rng.integers(1, 4))):
            n = int(rng.integers(5, 14))
            strokes.append(
                np.stack([np.linspace(-0.44, 0.44, n) * w, rng.uniform(-0.4, 0.4, n) * h], 1)
            )
    else:
        r = 0.42 * min(w, h)
        strokes = [loop(outlines.ellipse(r, r))]
        hole = rng.uniform(0, 0.7) * r
        strokes += [loop(outlines.ellipse(hole, hole, 30))]
        for a in rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))):
            d = np.array([np.cos(a), np.sin(a)])
            strokes.append(np.stack([hole * d, r * d]))
    return strokes


def _form(rng: np.random.Generator, w: float, h: float) -> Strokes:
    strokes: Strokes = []
    y = h / 2
    while y > -0.42 * h:
        step = rng.uniform(0.08, 0.22) * h
        kind, yc = rng.integers(4), y - step / 2
        if kind == 0:
            strokes += lettering.fitted(rng, rng.uniform(0.4, 0.9) * w, 0.45 * step, 0, yc)
        elif kind == 1:
            strokes.append(frame(0.9 * w, 0.7 * step, rng.uniform(0, 0.3) * step, 0, yc))
        elif kind == 2:
            n = int(rng.integers(2, 6))
            for k in range(n):
                strokes += icon(rng, min(0.6 * step, 0.6 * w / n), (k + 0.5) * w / n - w / 2, yc)
        else:
            for k in range(int(rng.integers(2, 5))):
                length = rng.uniform(0.3, 0.9) * w
                yy = yc + step * (0.3 - 0.2 * k)
                strokes.append(np.array([[-0.45 * w, yy], [-0.45 * w + length, yy]]))
        y -= step
    return strokes


def _keys(rng: np.random.Generator, w: float, h: float) -> Strokes:
    columns, rows = int(rng.integers(3, 11)), int(rng.integers(3, 6))
    dx, dy, strokes = (
        w / columns,
        0.6 * h / rows,
        [frame(0.95 * w, 0.25 * h, 0.03 * w, 0, 0.33 * h)],
    )
    strokes += lettering.fitted(rng, 0.7 * w, 0.12 * h, 0, 0.33 * h)
    round_key, radius = rng.random() < 0.3, rng.uniform(0, 0.4)
    for i in range(columns):
        for j in range(rows):
            x, y = (i + 0.5) * dx - w / 2, (j + 0.5) * dy - h / 2
            r = 0.38 * min(dx, dy)
            strokes.append(
                loop(outlines.ellipse(r, r, 16), x, y)
                if round_key
                else frame(0.8 * dx, 0.8 * dy, radius * dy, x, y)
            )
            if columns < 6:
                strokes += lettering.text(
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[int(rng.integers(36))], r, x, y
                )
    return strokes


def _dial(rng: np.random.Generator, w: float, h: float) -> Strokes:
    r = 0.46 * min(w, h)
    strokes = [loop(outlines.ellipse(r, r, 48))]
    for k in sorted(rng.uniform(0.3, 0.95, int(rng.integers(1, 4)))):
        strokes.append(loop(outlines.ellipse(k * r, k * r, 36)))
    n, length = int(rng.choice([8, 12, 16, 24, 36])), rng.uniform(0.05, 0.3)
    for k in range(n):
        d = np.array([np.sin(2 * np.pi * k / n), np.cos(2 * np.pi * k / n)])
        strokes.append(np.stack([d * r * (1 - length * (1 if k % 3 == 0 else 0.6)), d * r]))
    for length in rng.uniform(0.4, 0.85, 2):
        a = rng.uniform(0, 2 * np.pi)
        strokes.append(np.array([[0.0, 0.0], [np.sin(a), np.cos(a)]]) * r * length)
    return strokes


def _picture(rng: np.random.Generator, w: float, h: float) -> Strokes:
    size = 0.5 * min(w, h)
    strokes = icon(rng, size, 0, 0.12 * h) + lettering.fitted(rng, 0.6 * w, 0.07 * h, 0, -0.25 * h)
    for k in range(int(rng.integers(0, 4))):
        half = rng.uniform(0.1, 0.35) * w
        y = -0.33 * h - 0.04 * h * k
        strokes.append(np.array([[-half, y], [half, y]]))
    return strokes


LAYOUTS: tuple[Callable[[np.random.Generator, float, float], Strokes], ...] = (
    _rows,
    _grid,
    _chart,
    _form,
    _keys,
    _dial,
    _picture,
    _form,
    _rows,
)


def content(rng: np.random.Generator, width: float, height: float) -> Strokes:
    """What a screen of this size shows: one layout or several, stacked or side by side."""
    if rng.random() < 0.45 and max(width, height) < 3.2 * min(width, height):
        return LAYOUTS[int(rng.integers(len(LAYOUTS)))](rng, 0.94 * width, 0.94 * height)
    share = rng.uniform(0.25, 0.65)
    tall = height > width
    strokes: Strokes = []
    for part, shift in ((share, (1 - share) / 2), (1 - share, -share / 2)):
        w, h = (width, part * height) if tall else (part * width, height)
        move = np.array([0.0, shift * height]) if tall else np.array([-shift * width, 0.0])
        flat = LAYOUTS[int(rng.integers(len(LAYOUTS)))](rng, 0.9 * w, 0.88 * h)
        strokes += [stroke + move for stroke in flat]
        if rng.random() < 0.5:
            strokes.append(frame(0.97 * w, 0.96 * h, 0, float(move[0]), float(move[1])))
    return strokes

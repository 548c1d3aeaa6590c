"""Stroke lettering: letters as polylines on a grid 4 wide and 6 high, and words from them."""

from __future__ import annotations

import numpy as np

from patentzoo.data.linedraw.solids.draft import Floats

# Each pair of digits is a point (x, y); strokes are separated by a blank.
GLYPHS: dict[str, str] = {
    "A": "002640 1232",
    "B": "0006364544330333424130 0030",
    "C": "4536160501103041",
    "D": "00062644422000",
    "E": "40000646 0333",
    "F": "000646 0333",
    "G": "45361605011030414323",
    "H": "0006 4046 0343",
    "I": "1030 1636 2026",
    "J": "3646413010 1001",
    "K": "0006 4603 1440",
    "L": "060040",
    "M": "0006234640",
    "N": "00064046",
    "O": "103041453616050110",
    "P": "00063645443303",
    "Q": "103041453616050110 2240",
    "R": "00063645443303 2340",
    "S": "0110304142331304051636 3645",
    "T": "2026 0646",
    "U": "060110304146",
    "V": "062046",
    "W": "0610233046",
    "X": "0046 0640",
    "Y": "062346 2320",
    "Z": "06460040",
    "0": "103041453616050110 0145",
    "1": "152620 1030",
    "2": "05163645440040",
    "3": "0516364544334241301001",
    "4": "30360141",
    "5": "4606034441301001",
    "6": "4536160501103041423303",
    "7": "064610",
    "8": "13040516364544331312011030414233",
    "9": "0110304145361605041343",
    "-": "1333",
    "+": "1333 2224",
    ".": "2021",
    "/": "0046",
    ":": "2122 2425",
}


def letter(character: str) -> list[Floats]:
    """The strokes of one character in a cell 1 high; none for a blank."""
    strokes = []
    for run in GLYPHS.get(character, "").split():
        digits = np.array([int(c) for c in run[: len(run) // 2 * 2]], dtype=np.float64)
        strokes.append(digits.reshape(-1, 2) / 6)
    return strokes


def text(
    words: str, height: float = 1.0, x: float = 0.0, y: float = 0.0, slant: float = 0.0
) -> list[Floats]:
    """The strokes of a line of text, centred on (x, y), `height` high."""
    pitch = height * 5.5 / 6
    left = x - (len(words) * pitch - height * 1.5 / 6) / 2
    strokes = []
    for k, character in enumerate(words):
        for stroke in letter(character):
            flat = stroke * height + np.array([left + k * pitch, y - height / 2])
            flat[:, 0] += slant * (flat[:, 1] - y)
            strokes.append(flat)
    return strokes


def word(rng: np.random.Generator, shortest: int = 2, longest: int = 8) -> str:
    """A word of random letters, or a number now and then."""
    pool = "0123456789:." if rng.random() < 0.15 else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "".join(
        pool[i] for i in rng.integers(len(pool), size=int(rng.integers(shortest, longest + 1)))
    )


def fitted(
    rng: np.random.Generator, width: float, height: float, x: float = 0.0, y: float = 0.0
) -> list[Floats]:
    """A random word as large as fits `width` by `height`, centred on (x, y)."""
    letters = word(rng)
    size = min(height, width / (len(letters) * 5.5 / 6))
    return text(letters, size, x, y, slant=0.25 if rng.random() < 0.2 else 0.0)
